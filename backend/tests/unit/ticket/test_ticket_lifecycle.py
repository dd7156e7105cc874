"""Every state, event and actor of a ticket has a known answer."""

from itertools import chain, combinations, product

import pytest

from app.api.ticket.errors import TicketMoveRefused
from app.api.ticket.lifecycle import (
    NEXT,
    TRANSITIONS,
    TicketActor,
    TicketEffect,
    TicketEvent,
    TicketFact,
    TicketStatus,
    move,
)

ISSUED, VOIDED, EXCHANGED, REFUNDED = TicketStatus
E, A, F, X = TicketEvent, TicketActor, TicketFact, TicketEffect
TRIPLES = list(product(TicketStatus, TicketEvent, TicketActor))
FACTS = [
    frozenset(facts)
    for facts in chain.from_iterable(
        combinations(TicketFact, size) for size in range(len(TicketFact) + 1)
    )
]

# What may come of each triple, in all circumstances; "-" is a refusal. Triples not listed
# are always refused.
EXPECTED = {
    "issued check_in scanner": "issued",
    "issued check_in staff": "issued",
    "issued check_in operator": "issued",
    "issued void staff": "voided",
    "issued void operator": "voided",
    "issued exchange buyer": "exchanged -",
    "issued exchange staff": "exchanged -",
    "issued exchange operator": "exchanged -",
    "issued exchange system": "exchanged -",
    "issued refund staff": "refunded",
    "issued refund operator": "refunded",
    "issued refund system": "refunded",
    "voided check_in scanner": "voided -",
    "voided check_in staff": "voided -",
    "voided check_in operator": "voided -",
    "exchanged check_in scanner": "exchanged -",
    "exchanged check_in staff": "exchanged -",
    "exchanged check_in operator": "exchanged -",
    "refunded check_in scanner": "refunded -",
    "refunded check_in staff": "refunded -",
    "refunded check_in operator": "refunded -",
}


def outcome(
    status: TicketStatus, event: TicketEvent, actor: TicketActor, facts: frozenset[TicketFact]
) -> str:
    try:
        return move(status, event, actor, facts).to
    except TicketMoveRefused:
        return "-"


@pytest.mark.parametrize(("status", "event", "actor"), TRIPLES)
def test_every_triple_has_a_known_answer(
    status: TicketStatus, event: TicketEvent, actor: TicketActor
) -> None:
    outcomes = {outcome(status, event, actor, facts) for facts in FACTS}

    assert outcomes == set(EXPECTED.get(f"{status} {event} {actor}", "-").split())


@pytest.mark.parametrize("event", [E.VOID, E.EXCHANGE, E.REFUND])
def test_closing_a_ticket_frees_its_place(event: TicketEvent) -> None:
    assert move(ISSUED, event, A.STAFF).effects == (X.FREE_PLACE,)


@pytest.mark.parametrize("event", [E.VOID, E.REFUND])
def test_the_place_of_somebody_who_came_is_not_sold_again(event: TicketEvent) -> None:
    assert move(ISSUED, event, A.STAFF, {F.IS_USED}).effects == ()


@pytest.mark.parametrize("status", TicketStatus)
def test_what_a_scanner_saw_in_time_is_recorded_however_late(status: TicketStatus) -> None:
    row = move(status, E.CHECK_IN, A.SCANNER, {F.WAS_VALID, F.IS_USED})

    assert (row.to, row.effects) == (status, (X.RECORD_SCAN,))


def test_move_refuses_and_says_why_and_what_is_allowed() -> None:
    with pytest.raises(TicketMoveRefused) as refused:
        move(ISSUED, E.EXCHANGE, A.STAFF, {F.IS_USED})

    assert refused.value.status == 409
    assert str(refused.value) == "Staff cannot exchange a ticket that is issued"
    assert refused.value.members == {
        "ticket_status": "issued",
        "allowed": ["check_in", "refund", "void"],
    }


def test_a_closed_ticket_is_never_opened_again() -> None:
    assert all(row.to is row.start for row in TRANSITIONS if row.start is not ISSUED)


def test_no_row_is_out_of_reach() -> None:
    reached = {
        id(move(status, event, actor, facts))
        for status, event, actor in TRIPLES
        for facts in FACTS
        if outcome(status, event, actor, facts) != "-"
    }

    assert reached == {id(row) for row in TRANSITIONS}
    assert sum(len(rows) for rows in NEXT.values()) == len(TRANSITIONS)
