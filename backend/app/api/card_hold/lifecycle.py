"""The life of a deposit: held on a card with the application, captured or released with it."""

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import TypeAlias

from app.api.card_hold.errors import CardHoldMoveRefused
from app.api.shared.transitions import Next, Transition, allowed_events, find, in_order


class CardHoldStatus(StrEnum):
    """Where a deposit is in its life."""

    OPENING = "opening"
    """A page waits, on which the applicant names a card."""

    HELD = "held"
    CAPTURING = "capturing"
    """The application was accepted, and the provider is being asked to take the amount."""

    CAPTURED = "captured"
    RELEASING = "releasing"
    RELEASED = "released"
    FAILED = "failed"
    """The card was refused, or what was held could not be captured."""

    EXPIRED = "expired"
    """Nobody named a card in time, or the bank gave up what it held before a decision."""


class CardHoldEvent(StrEnum):
    """What can happen to a deposit."""

    HOLD = "hold"
    PAY = "pay"
    """The amount was taken."""

    CAPTURE = "capture"
    """The application was accepted."""

    RELEASE = "release"
    """The application was rejected or withdrawn."""

    LET_GO = "let_go"
    """Nothing is held any more: the applicant, the provider or the bank gave it up."""

    FAIL = "fail"
    EXPIRE = "expire"
    RETURN = "return"
    """Some of what was taken went back, at the provider's own desk."""


class CardHoldActor(StrEnum):
    """On whose word it happens."""

    PROVIDER = "provider"
    """By a notice, or in answer to what it was asked."""

    SYSTEM = "system"


class CardHoldFact(StrEnum):
    """What the caller has found out, under lock, before it moves a deposit."""

    WAS_HELD = "was_held"
    """The amount was held at some time, and may still be."""

    HAS_CREDIT = "has_credit"
    """The application still has as much store credit as went back."""


class CardHoldEffect(StrEnum):
    """What is done in the transaction of the move, in the order of the row."""

    SEND_CAPTURE = "send_capture"
    """Queue the request to take the amount; it is sent after the commit."""

    SEND_RELEASE = "send_release"
    """Queue the request to close the page and let the amount go."""

    BOOK_CREDIT = "book_credit"
    """The amount is store credit of the application, spent first at checkout."""

    TAKE_CREDIT = "take_credit"
    """What went back is store credit no more."""


CardHoldTransition: TypeAlias = Transition[
    CardHoldStatus, CardHoldEvent, CardHoldActor, CardHoldFact, CardHoldEffect
]

START = CardHoldStatus.OPENING

_S, _E, _A, _F, _X = CardHoldStatus, CardHoldEvent, CardHoldActor, CardHoldFact, CardHoldEffect
_BY_PROVIDER = frozenset({_A.PROVIDER})
_BY_SYSTEM = frozenset({_A.SYSTEM})
_ANYONE = _BY_PROVIDER | _BY_SYSTEM
_OVER = (_S.RELEASED, _S.FAILED, _S.EXPIRED)


def _row(
    start: CardHoldStatus,
    event: CardHoldEvent,
    by: frozenset[CardHoldActor],
    to: CardHoldStatus,
    *effects: CardHoldEffect,
    when: AbstractSet[CardHoldFact] = frozenset(),
) -> CardHoldTransition:
    return Transition(start, event, by, to, effects, frozenset(when))


TRANSITIONS: tuple[CardHoldTransition, ...] = (
    _row(_S.OPENING, _E.HOLD, _BY_PROVIDER, _S.HELD),
    # Whoever is accepted or turned down while the page waits has nothing held any more.
    _row(_S.OPENING, _E.CAPTURE, _BY_SYSTEM, _S.RELEASING, _X.SEND_RELEASE),
    _row(_S.HELD, _E.CAPTURE, _BY_SYSTEM, _S.CAPTURING, _X.SEND_CAPTURE),
    *(
        _row(start, _E.RELEASE, _BY_SYSTEM, _S.RELEASING, _X.SEND_RELEASE)
        for start in (_S.OPENING, _S.HELD, _S.CAPTURING)
    ),
    # What could not be captured may be held still.
    _row(_S.FAILED, _E.RELEASE, _BY_SYSTEM, _S.RELEASING, _X.SEND_RELEASE, when={_F.WAS_HELD}),
    # The page lapses; or the bank gives up what it held, as it does after some days.
    _row(_S.OPENING, _E.EXPIRE, _ANYONE, _S.EXPIRED, _X.SEND_RELEASE),
    *(_row(_S.HELD, event, _BY_PROVIDER, _S.EXPIRED) for event in (_E.LET_GO, _E.EXPIRE)),
    _row(_S.OPENING, _E.LET_GO, _BY_PROVIDER, _S.RELEASED),
    *(_row(start, _E.FAIL, _BY_PROVIDER, _S.FAILED) for start in (_S.OPENING, _S.HELD)),
    # It was owed, and is not to be had any more: staff have to look at it.
    *(
        _row(_S.CAPTURING, event, _BY_PROVIDER, _S.FAILED)
        for event in (_E.LET_GO, _E.FAIL, _E.EXPIRE)
    ),
    *(
        _row(_S.RELEASING, event, _BY_PROVIDER, _S.RELEASED)
        for event in (_E.LET_GO, _E.FAIL, _E.EXPIRE)
    ),
    # An amount is held once: this is older news, told in another way. It must not release
    # what staff are about to capture by hand.
    *(
        _row(start, _E.HOLD, _BY_PROVIDER, start, when={_F.WAS_HELD})
        for start in (_S.RELEASING, *_OVER)
    ),
    # Somebody names a card on a page that is over: the amount is let go again.
    *(
        _row(start, _E.HOLD, _BY_PROVIDER, _S.RELEASING, _X.SEND_RELEASE)
        for start in (_S.RELEASING, *_OVER)
    ),
    # Money that came in is the applicant's, whatever was thought of it before.
    *(
        _row(start, _E.PAY, _BY_PROVIDER, _S.CAPTURED, _X.BOOK_CREDIT)
        for start in CardHoldStatus
        if start is not _S.CAPTURED
    ),
    _row(_S.CAPTURED, _E.RETURN, _BY_PROVIDER, _S.CAPTURED, _X.TAKE_CREDIT, when={_F.HAS_CREDIT}),
    # Echoes: providers repeat themselves and overtake one another, and jobs run late.
    *(
        _row(start, event, by, start)
        for start, event, by in (
            *((start, _E.HOLD, _BY_PROVIDER) for start in (_S.HELD, _S.CAPTURING, _S.CAPTURED)),
            (_S.CAPTURED, _E.PAY, _BY_PROVIDER),
            *(
                (start, _E.CAPTURE, _BY_SYSTEM)
                for start in (_S.CAPTURING, _S.CAPTURED, _S.RELEASING, *_OVER)
            ),
            *((start, _E.RELEASE, _BY_SYSTEM) for start in (_S.CAPTURED, _S.RELEASING, *_OVER)),
            *(
                (start, event, _BY_PROVIDER)
                for start in (_S.CAPTURED, *_OVER)
                for event in (_E.LET_GO, _E.FAIL, _E.EXPIRE)
            ),
            *((start, _E.EXPIRE, _BY_SYSTEM) for start in CardHoldStatus if start is not START),
        )
    ),
)

NEXT: Next[CardHoldStatus, CardHoldEvent, CardHoldActor, CardHoldFact, CardHoldEffect] = in_order(
    TRANSITIONS
)


def move(
    status: CardHoldStatus,
    event: CardHoldEvent,
    actor: CardHoldActor,
    facts: AbstractSet[CardHoldFact] = frozenset(),
) -> CardHoldTransition:
    """Return where a deposit goes and what has to be done on the way.

    >>> move(_S.HELD, _E.CAPTURE, _A.SYSTEM).to
    <CardHoldStatus.CAPTURING: 'capturing'>

    Raises:
        CardHoldMoveRefused: this actor may not do this now; nothing changes.
    """
    known = frozenset(facts)
    row = find(NEXT, status, event, actor, known)
    if row is None:
        raise CardHoldMoveRefused(
            f"{actor.capitalize()} cannot {event.replace('_', ' ')} a deposit that is {status}",
            allowed=allowed_events(NEXT, status, actor, known),
        )
    return row
