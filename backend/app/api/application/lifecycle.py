"""The life of an application: who may do what to it in each state, and what follows from it."""

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import TypeAlias

from app.api.application.errors import ApplicationMoveRefused
from app.api.shared.transitions import Next, Transition, allowed_events, find, in_order


class ApplicationStatus(StrEnum):
    """Where an application is in its life."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ScholarshipStatus(StrEnum):
    """Where a request for a scholarship stands."""

    NONE = "none"
    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"


class ApplicationEvent(StrEnum):
    """What can happen to an application."""

    SUBMIT = "submit"
    ACCEPT = "accept"
    REJECT = "reject"
    FLAG = "flag"
    """The human behind it is given a red flag."""

    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    """Staff take a rejection back, to judge anew."""

    RESUME = "resume"
    """The human takes a withdrawal back: there is one application to a popup."""


class ApplicationActor(StrEnum):
    """On whose word it happens; the system speaks for the reviewers' votes."""

    HUMAN = "human"
    LEADER = "leader"
    STAFF = "staff"
    OPERATOR = "operator"
    SYSTEM = "system"


class ApplicationFact(StrEnum):
    """What the caller has found out before it moves an application."""

    RED_FLAGGED = "red_flagged"
    """The human has a red flag."""

    IN_GROUP = "in_group"
    """It holds a seat in a group, whose members need no review."""

    ACCEPTED_BEFORE = "accepted_before"
    """It was accepted before it joined its group, and stands without it."""

    AUTO_ACCEPT = "auto_accept"
    """The popup's approval strategy accepts it without a vote."""

    HAS_PURCHASES = "has_purchases"
    """Something was sold to its attendees and not given back, or is being paid."""


class ApplicationEffect(StrEnum):
    """What is done in the transaction of the move, in the order of the row."""

    CREATE_ATTENDEE = "create_attendee"
    """The applicant becomes the main attendee."""

    SNAPSHOT = "snapshot"
    """Keep the answers, the form's version and the new status as they are now."""

    RECOUNT_REVIEWS = "recount_reviews"
    """Count the review queue anew."""

    CLEAR_VOTES = "clear_votes"
    """Set the votes aside, so that the old ones do not decide again."""

    CAPTURE_CARD = "capture_card"
    """Queue the capture of the card authorised with the application, if any."""

    RELEASE_CARD = "release_card"
    """Queue the release of that card, if any."""

    FREE_SEAT = "free_seat"
    """Free its seat in its group, if it has one."""

    MAIL_RECEIVED = "mail_received"
    MAIL_ACCEPTED = "mail_accepted"
    MAIL_REJECTED = "mail_rejected"


ApplicationTransition: TypeAlias = Transition[
    ApplicationStatus, ApplicationEvent, ApplicationActor, ApplicationFact, ApplicationEffect
]

START = ApplicationStatus.DRAFT
ON_START: tuple[ApplicationEffect, ...] = (ApplicationEffect.CREATE_ATTENDEE,)
"""Whoever starts an application, it is a draft, and these are done with it."""

_S, _E, _A = ApplicationStatus, ApplicationEvent, ApplicationActor
_F, _X = ApplicationFact, ApplicationEffect
_HUMAN = frozenset({_A.HUMAN})
_STAFF = frozenset({_A.STAFF, _A.OPERATOR})
_APPLICANT = _HUMAN | _STAFF
_TURN_DOWN = (_X.SNAPSHOT, _X.RELEASE_CARD, _X.FREE_SEAT, _X.RECOUNT_REVIEWS, _X.MAIL_REJECTED)
_TAKE_IN = (_X.SNAPSHOT, _X.CAPTURE_CARD, _X.RECOUNT_REVIEWS, _X.MAIL_ACCEPTED)


def _row(
    start: ApplicationStatus,
    event: ApplicationEvent,
    by: frozenset[ApplicationActor],
    to: ApplicationStatus,
    *effects: ApplicationEffect,
    when: AbstractSet[ApplicationFact] = frozenset(),
    unless: AbstractSet[ApplicationFact] = frozenset(),
) -> ApplicationTransition:
    return Transition(start, event, by, to, effects, frozenset(when), frozenset(unless))


TRANSITIONS: tuple[ApplicationTransition, ...] = (
    # Staff submit on behalf of a human, a leader for those the group takes in.
    _row(
        _S.DRAFT,
        _E.SUBMIT,
        _APPLICANT | {_A.LEADER},
        _S.REJECTED,
        *_TURN_DOWN,
        when={_F.RED_FLAGGED},
    ),
    _row(
        _S.DRAFT,
        _E.SUBMIT,
        _APPLICANT | {_A.LEADER},
        _S.ACCEPTED,
        *_TAKE_IN,
        when={_F.IN_GROUP},
    ),
    _row(_S.DRAFT, _E.SUBMIT, _APPLICANT, _S.ACCEPTED, *_TAKE_IN, when={_F.AUTO_ACCEPT}),
    _row(
        _S.DRAFT,
        _E.SUBMIT,
        _APPLICANT,
        _S.IN_REVIEW,
        _X.SNAPSHOT,
        _X.RECOUNT_REVIEWS,
        _X.MAIL_RECEIVED,
    ),
    # The votes decide; staff may decide without them.
    _row(
        _S.IN_REVIEW,
        _E.ACCEPT,
        _STAFF | {_A.SYSTEM},
        _S.ACCEPTED,
        *_TAKE_IN,
        unless={_F.RED_FLAGGED},
    ),
    # A group takes in whoever waits, as it takes in whoever has not applied.
    _row(
        _S.IN_REVIEW,
        _E.ACCEPT,
        frozenset({_A.LEADER}),
        _S.ACCEPTED,
        *_TAKE_IN,
        when={_F.IN_GROUP},
        unless={_F.RED_FLAGGED},
    ),
    _row(_S.IN_REVIEW, _E.REJECT, _STAFF | {_A.SYSTEM}, _S.REJECTED, *_TURN_DOWN),
    _row(_S.IN_REVIEW, _E.FLAG, _STAFF, _S.REJECTED, *_TURN_DOWN),
    # An acceptance is taken back only while nothing hangs on it.
    _row(
        _S.ACCEPTED,
        _E.REJECT,
        _STAFF,
        _S.REJECTED,
        *_TURN_DOWN,
        unless={_F.HAS_PURCHASES},
    ),
    _row(
        _S.REJECTED,
        _E.REOPEN,
        _STAFF,
        _S.IN_REVIEW,
        _X.SNAPSHOT,
        _X.CLEAR_VOTES,
        _X.RECOUNT_REVIEWS,
        unless={_F.RED_FLAGGED},
    ),
    # Who leaves a group loses what they had by it: the acceptance, unless it was older.
    _row(
        _S.ACCEPTED,
        _E.WITHDRAW,
        frozenset({_A.LEADER}),
        _S.ACCEPTED,
        _X.FREE_SEAT,
        when={_F.IN_GROUP, _F.ACCEPTED_BEFORE},
        unless={_F.HAS_PURCHASES},
    ),
    _row(
        _S.ACCEPTED,
        _E.WITHDRAW,
        frozenset({_A.LEADER}),
        _S.WITHDRAWN,
        _X.SNAPSHOT,
        _X.RELEASE_CARD,
        _X.FREE_SEAT,
        when={_F.IN_GROUP},
        unless={_F.HAS_PURCHASES},
    ),
    # Otherwise only the human withdraws, and only the human comes back.
    _row(_S.DRAFT, _E.WITHDRAW, _HUMAN, _S.WITHDRAWN, _X.SNAPSHOT, _X.RELEASE_CARD, _X.FREE_SEAT),
    _row(
        _S.IN_REVIEW,
        _E.WITHDRAW,
        _HUMAN,
        _S.WITHDRAWN,
        _X.SNAPSHOT,
        _X.RELEASE_CARD,
        _X.FREE_SEAT,
        _X.RECOUNT_REVIEWS,
    ),
    _row(
        _S.ACCEPTED,
        _E.WITHDRAW,
        _HUMAN,
        _S.WITHDRAWN,
        _X.SNAPSHOT,
        _X.RELEASE_CARD,
        _X.FREE_SEAT,
        unless={_F.HAS_PURCHASES},
    ),
    _row(_S.WITHDRAWN, _E.RESUME, _HUMAN, _S.DRAFT, _X.CLEAR_VOTES),
    # A flag rejects what is in review, and what is submitted later; it undoes nothing.
    *(
        _row(start, _E.FLAG, _STAFF, start)
        for start in (_S.DRAFT, _S.ACCEPTED, _S.REJECTED, _S.WITHDRAWN)
    ),
)

NEXT: Next[
    ApplicationStatus, ApplicationEvent, ApplicationActor, ApplicationFact, ApplicationEffect
] = in_order(TRANSITIONS)


def move(
    status: ApplicationStatus,
    event: ApplicationEvent,
    actor: ApplicationActor,
    facts: AbstractSet[ApplicationFact] = frozenset(),
) -> ApplicationTransition:
    """Return where an application goes and what has to be done on the way.

    >>> move(_S.DRAFT, _E.SUBMIT, _A.HUMAN).to
    <ApplicationStatus.IN_REVIEW: 'in_review'>

    Raises:
        ApplicationMoveRefused: this actor may not do this now; nothing changes.
    """
    known = frozenset(facts)
    row = find(NEXT, status, event, actor, known)
    if row is None:
        raise ApplicationMoveRefused(
            f"{actor.capitalize()} cannot {event} an application that is "
            f"{status.replace('_', ' ')}",
            allowed=allowed_events(NEXT, status, actor, known),
        )
    return row
