"""Every state, event and actor of an application has a known answer."""

from itertools import chain, combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.application.errors import ApplicationMoveRefused
from app.api.application.lifecycle import (
    NEXT,
    ON_START,
    START,
    TRANSITIONS,
    ApplicationActor,
    ApplicationEffect,
    ApplicationEvent,
    ApplicationFact,
    ApplicationStatus,
    move,
)

DRAFT, IN_REVIEW, ACCEPTED, REJECTED, WITHDRAWN = ApplicationStatus
E, A, F, X = ApplicationEvent, ApplicationActor, ApplicationFact, ApplicationEffect
TRIPLES = list(product(ApplicationStatus, ApplicationEvent, ApplicationActor))
FACTS = [
    frozenset(facts)
    for facts in chain.from_iterable(
        combinations(ApplicationFact, size) for size in range(len(ApplicationFact) + 1)
    )
]

# What may come of each triple, in all circumstances; "-" is a refusal. Triples not listed
# are always refused.
EXPECTED = {
    "draft submit human": "in_review accepted rejected",
    "draft submit staff": "in_review accepted rejected",
    "draft submit operator": "in_review accepted rejected",
    "draft submit leader": "accepted rejected -",
    "draft withdraw human": "withdrawn",
    "draft flag staff": "draft",
    "draft flag operator": "draft",
    "in_review accept system": "accepted -",
    "in_review accept staff": "accepted -",
    "in_review accept operator": "accepted -",
    "in_review accept leader": "accepted -",
    "in_review reject system": "rejected",
    "in_review reject staff": "rejected",
    "in_review reject operator": "rejected",
    "in_review flag staff": "rejected",
    "in_review flag operator": "rejected",
    "in_review withdraw human": "withdrawn",
    "accepted reject staff": "rejected -",
    "accepted reject operator": "rejected -",
    "accepted withdraw human": "withdrawn -",
    "accepted withdraw leader": "accepted withdrawn -",
    "accepted flag staff": "accepted",
    "accepted flag operator": "accepted",
    "rejected reopen staff": "in_review -",
    "rejected reopen operator": "in_review -",
    "rejected flag staff": "rejected",
    "rejected flag operator": "rejected",
    "withdrawn resume human": "draft",
    "withdrawn flag staff": "withdrawn",
    "withdrawn flag operator": "withdrawn",
}


def outcome(
    status: ApplicationStatus,
    event: ApplicationEvent,
    actor: ApplicationActor,
    facts: frozenset[ApplicationFact],
) -> str:
    try:
        return move(status, event, actor, facts).to
    except ApplicationMoveRefused:
        return "-"


@pytest.mark.parametrize(("status", "event", "actor"), TRIPLES)
def test_every_triple_has_a_known_answer(
    status: ApplicationStatus, event: ApplicationEvent, actor: ApplicationActor
) -> None:
    outcomes = {outcome(status, event, actor, facts) for facts in FACTS}

    assert outcomes == set(EXPECTED.get(f"{status} {event} {actor}", "-").split())


TURNED_DOWN = (X.SNAPSHOT, X.RELEASE_CARD, X.FREE_SEAT, X.RECOUNT_REVIEWS, X.MAIL_REJECTED)
TAKEN_IN = (X.SNAPSHOT, X.CAPTURE_CARD, X.RECOUNT_REVIEWS, X.MAIL_ACCEPTED)


@pytest.mark.parametrize(
    ("status", "event", "actor", "facts", "to", "effects"),
    [
        pytest.param(
            DRAFT,
            E.SUBMIT,
            A.HUMAN,
            [],
            IN_REVIEW,
            (X.SNAPSHOT, X.RECOUNT_REVIEWS, X.MAIL_RECEIVED),
            id="to be judged",
        ),
        pytest.param(
            DRAFT, E.SUBMIT, A.HUMAN, [F.AUTO_ACCEPT], ACCEPTED, TAKEN_IN, id="accepted at once"
        ),
        pytest.param(
            DRAFT, E.SUBMIT, A.LEADER, [F.IN_GROUP], ACCEPTED, TAKEN_IN, id="taken in by a group"
        ),
        pytest.param(
            DRAFT,
            E.SUBMIT,
            A.STAFF,
            [F.RED_FLAGGED, F.AUTO_ACCEPT, F.IN_GROUP],
            REJECTED,
            TURNED_DOWN,
            id="a red flag comes before all else",
        ),
        pytest.param(
            ACCEPTED,
            E.WITHDRAW,
            A.LEADER,
            [F.IN_GROUP, F.ACCEPTED_BEFORE],
            ACCEPTED,
            (X.FREE_SEAT,),
            id="out of the group, and accepted all the same",
        ),
        pytest.param(
            ACCEPTED,
            E.WITHDRAW,
            A.LEADER,
            [F.IN_GROUP],
            WITHDRAWN,
            (X.SNAPSHOT, X.RELEASE_CARD, X.FREE_SEAT),
            id="out of the group, by which alone it was accepted",
        ),
        pytest.param(IN_REVIEW, E.ACCEPT, A.SYSTEM, [], ACCEPTED, TAKEN_IN, id="the votes say yes"),
        pytest.param(IN_REVIEW, E.REJECT, A.SYSTEM, [], REJECTED, TURNED_DOWN, id="they say no"),
        pytest.param(IN_REVIEW, E.FLAG, A.STAFF, [], REJECTED, TURNED_DOWN, id="a flag in review"),
        pytest.param(ACCEPTED, E.FLAG, A.STAFF, [], ACCEPTED, (), id="a flag after acceptance"),
        pytest.param(
            REJECTED,
            E.REOPEN,
            A.STAFF,
            [],
            IN_REVIEW,
            (X.SNAPSHOT, X.CLEAR_VOTES, X.RECOUNT_REVIEWS),
            id="judged anew",
        ),
        pytest.param(
            WITHDRAWN, E.RESUME, A.HUMAN, [], DRAFT, (X.CLEAR_VOTES,), id="taken up again"
        ),
    ],
)
def test_move_tells_what_follows(
    status: ApplicationStatus,
    event: ApplicationEvent,
    actor: ApplicationActor,
    facts: list[ApplicationFact],
    to: ApplicationStatus,
    effects: tuple[ApplicationEffect, ...],
) -> None:
    row = move(status, event, actor, set(facts))

    assert (row.to, row.effects) == (to, effects)


@pytest.mark.parametrize(
    ("status", "event", "actor", "facts", "detail", "allowed"),
    [
        pytest.param(
            IN_REVIEW,
            E.SUBMIT,
            A.HUMAN,
            [],
            "Human cannot submit an application that is in review",
            ["withdraw"],
            id="submitted twice",
        ),
        pytest.param(
            ACCEPTED,
            E.WITHDRAW,
            A.HUMAN,
            [F.HAS_PURCHASES],
            "Human cannot withdraw an application that is accepted",
            [],
            id="withdrawn with tickets",
        ),
        pytest.param(
            IN_REVIEW,
            E.ACCEPT,
            A.STAFF,
            [F.RED_FLAGGED],
            "Staff cannot accept an application that is in review",
            ["flag", "reject"],
            id="accepted in spite of a flag",
        ),
    ],
)
def test_move_refuses_and_says_what_is_allowed(
    status: ApplicationStatus,
    event: ApplicationEvent,
    actor: ApplicationActor,
    facts: list[ApplicationFact],
    detail: str,
    allowed: list[str],
) -> None:
    with pytest.raises(ApplicationMoveRefused) as refused:
        move(status, event, actor, set(facts))

    assert refused.value.status == 409
    assert str(refused.value) == detail
    assert refused.value.members == {"allowed": allowed}


def test_an_application_starts_as_a_draft_with_its_attendee() -> None:
    assert START is DRAFT
    assert ON_START == (X.CREATE_ATTENDEE,)


def test_each_outcome_is_mailed_once_when_it_is_reached() -> None:
    mails = {IN_REVIEW: X.MAIL_RECEIVED, ACCEPTED: X.MAIL_ACCEPTED, REJECTED: X.MAIL_REJECTED}
    for row in TRANSITIONS:
        sent = [effect for effect in row.effects if effect.startswith("mail")]
        is_silent = row.to is row.start or row.event is E.REOPEN
        assert sent == ([] if is_silent or row.to not in mails else [mails[row.to]])


def test_what_enters_or_leaves_review_recounts_the_queue() -> None:
    for row in TRANSITIONS:
        if IN_REVIEW in {row.start, row.to}:
            assert X.RECOUNT_REVIEWS in row.effects


def test_a_seat_is_freed_by_whoever_does_not_come() -> None:
    for row in TRANSITIONS:
        leaves = row.to in {REJECTED, WITHDRAWN} and not row.changes_nothing
        assert (X.FREE_SEAT in row.effects) == (leaves or F.ACCEPTED_BEFORE in row.when)
        assert (X.RELEASE_CARD in row.effects) == leaves


def test_a_red_flag_is_never_accepted() -> None:
    for status, event, actor in TRIPLES:
        for facts in FACTS:
            if F.RED_FLAGGED in facts and status is not ACCEPTED:
                assert outcome(status, event, actor, facts) not in {ACCEPTED, IN_REVIEW}


def test_humans_decide_nothing_about_themselves() -> None:
    by_humans = {row.event for row in TRANSITIONS if A.HUMAN in row.by}

    assert by_humans == {E.SUBMIT, E.WITHDRAW, E.RESUME}


def test_no_row_is_out_of_reach() -> None:
    reached = {
        id(move(status, event, actor, facts))
        for status, event, actor in TRIPLES
        for facts in FACTS
        if outcome(status, event, actor, facts) != "-"
    }

    assert reached == {id(row) for row in TRANSITIONS}
    assert sum(len(rows) for rows in NEXT.values()) == len(TRANSITIONS)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(ApplicationEvent),
            st.sampled_from(ApplicationActor),
            st.frozensets(st.sampled_from([F.AUTO_ACCEPT, F.IN_GROUP])),
        ),
        max_size=15,
    )
)
def test_a_red_flag_holds_in_any_course_of_events(
    course: list[tuple[ApplicationEvent, ApplicationActor, frozenset[ApplicationFact]]],
) -> None:
    status, is_flagged = START, False
    for event, actor, facts in course:
        was_accepted = status is ACCEPTED
        known = facts | {F.RED_FLAGGED} if is_flagged else facts
        try:
            status = move(status, event, actor, known).to
        except ApplicationMoveRefused:
            continue
        is_flagged |= event is E.FLAG
        assert not is_flagged or status is not IN_REVIEW
        assert not is_flagged or status is not ACCEPTED or was_accepted
