"""The life of a ticket: it admits until it is voided, exchanged or refunded."""

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import TypeAlias

from app.api.shared.transitions import Next, Transition, allowed_events, find, in_order
from app.api.ticket.errors import TicketMoveRefused


class TicketStatus(StrEnum):
    """Where a ticket is in its life. Being seen at the door is its history, not a status."""

    ISSUED = "issued"
    VOIDED = "voided"
    EXCHANGED = "exchanged"
    REFUNDED = "refunded"


class TicketEvent(StrEnum):
    """What can happen to a ticket."""

    CHECK_IN = "check_in"
    VOID = "void"
    EXCHANGE = "exchange"
    REFUND = "refund"


class TicketActor(StrEnum):
    """On whose word it happens; the system speaks for a payment that moves."""

    BUYER = "buyer"
    SCANNER = "scanner"
    STAFF = "staff"
    OPERATOR = "operator"
    SYSTEM = "system"


class TicketFact(StrEnum):
    """What the caller has found out before it moves a ticket."""

    IS_USED = "is_used"
    """It has been seen at the door."""

    WAS_VALID = "was_valid"
    """The scan, told late, happened while the ticket still admitted."""


class TicketEffect(StrEnum):
    """What is done in the transaction of the move."""

    RECORD_SCAN = "record_scan"
    FREE_PLACE = "free_place"
    """Its unit of the product can be sold again."""


TicketTransition: TypeAlias = Transition[
    TicketStatus, TicketEvent, TicketActor, TicketFact, TicketEffect
]

_S, _E, _A, _F, _X = TicketStatus, TicketEvent, TicketActor, TicketFact, TicketEffect
_STAFF = frozenset({_A.STAFF, _A.OPERATOR})
_DOOR = _STAFF | {_A.SCANNER}
_USED = frozenset({_F.IS_USED})
_CLOSED = (_S.VOIDED, _S.EXCHANGED, _S.REFUNDED)

TRANSITIONS: tuple[TicketTransition, ...] = (
    # Seen again is recorded again: the door is told, and decides.
    Transition(_S.ISSUED, _E.CHECK_IN, _DOOR, _S.ISSUED, (_X.RECORD_SCAN,)),
    # The place of somebody who came is not sold to another.
    Transition(_S.ISSUED, _E.VOID, _STAFF, _S.VOIDED, when=_USED),
    Transition(_S.ISSUED, _E.VOID, _STAFF, _S.VOIDED, (_X.FREE_PLACE,)),
    Transition(
        _S.ISSUED,
        _E.EXCHANGE,
        _STAFF | {_A.BUYER, _A.SYSTEM},
        _S.EXCHANGED,
        (_X.FREE_PLACE,),
        unless=_USED,
    ),
    Transition(_S.ISSUED, _E.REFUND, _STAFF | {_A.SYSTEM}, _S.REFUNDED, when=_USED),
    Transition(_S.ISSUED, _E.REFUND, _STAFF | {_A.SYSTEM}, _S.REFUNDED, (_X.FREE_PLACE,)),
    # A scanner that was offline tells later what it saw in time.
    *(
        Transition(
            start,
            _E.CHECK_IN,
            _DOOR,
            start,
            (_X.RECORD_SCAN,),
            when=frozenset({_F.WAS_VALID}),
        )
        for start in _CLOSED
    ),
)

NEXT: Next[TicketStatus, TicketEvent, TicketActor, TicketFact, TicketEffect] = in_order(TRANSITIONS)


def move(
    status: TicketStatus,
    event: TicketEvent,
    actor: TicketActor,
    facts: AbstractSet[TicketFact] = frozenset(),
) -> TicketTransition:
    """Return where a ticket goes and what has to be done on the way.

    >>> move(_S.ISSUED, _E.VOID, _A.STAFF).to
    <TicketStatus.VOIDED: 'voided'>

    Raises:
        TicketMoveRefused: this actor may not do this now; nothing changes.
    """
    known = frozenset(facts)
    row = find(NEXT, status, event, actor, known)
    if row is None:
        raise TicketMoveRefused(
            f"{actor.capitalize()} cannot {event.replace('_', ' ')} a ticket that is {status}",
            ticket_status=str(status),
            allowed=allowed_events(NEXT, status, actor, known),
        )
    return row
