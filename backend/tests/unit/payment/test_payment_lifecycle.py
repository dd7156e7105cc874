"""Every state, event and actor of a payment has a known answer."""

from itertools import chain, combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.payment.errors import PaymentMoveRefused
from app.api.payment.lifecycle import (
    NEXT,
    TRANSITIONS,
    PaymentActor,
    PaymentEffect,
    PaymentEvent,
    PaymentFact,
    PaymentStatus,
    move,
)

PENDING, APPROVED, REJECTED, EXPIRED, CANCELLED, PART, REFUNDED = PaymentStatus
TRIPLES = list(product(PaymentStatus, PaymentEvent, PaymentActor))
FACTS = [
    frozenset(facts)
    for facts in chain.from_iterable(
        combinations(PaymentFact, size) for size in range(len(PaymentFact) + 1)
    )
]

# What may come of each triple, in all circumstances; "-" is a refusal. Triples not listed
# are always refused.
EXPECTED = {
    "pending approve provider": "approved expired",
    "pending approve staff": "approved -",
    "pending approve operator": "approved -",
    "pending approve system": "approved -",
    "pending reject provider": "rejected",
    "pending reject staff": "rejected -",
    "pending reject operator": "rejected -",
    "pending expire provider": "expired",
    "pending expire system": "expired -",
    "pending cancel buyer": "cancelled",
    "pending cancel staff": "cancelled",
    "pending cancel operator": "cancelled",
    "pending cancel system": "cancelled",
    "pending cancel provider": "cancelled",
    "approved approve provider": "approved",
    "approved reject provider": "approved",
    "approved expire provider": "approved",
    "approved expire system": "approved",
    "approved cancel provider": "approved",
    "approved refund_part staff": "partially_refunded",
    "approved refund_part operator": "partially_refunded",
    "approved refund_part provider": "partially_refunded",
    "approved refund_rest staff": "refunded",
    "approved refund_rest operator": "refunded",
    "approved refund_rest provider": "refunded",
    "rejected approve provider": "approved rejected",
    "rejected approve staff": "approved -",
    "rejected approve operator": "approved -",
    "rejected reject provider": "rejected",
    "rejected expire provider": "rejected",
    "rejected expire system": "rejected",
    "rejected cancel provider": "rejected",
    "rejected refund_rest staff": "refunded -",
    "rejected refund_rest operator": "refunded -",
    "rejected refund_rest system": "refunded -",
    "rejected refund_rest provider": "refunded -",
    "expired approve provider": "approved expired",
    "expired approve staff": "approved -",
    "expired approve operator": "approved -",
    "expired reject provider": "expired",
    "expired expire provider": "expired",
    "expired expire system": "expired",
    "expired cancel provider": "expired",
    "expired refund_rest staff": "refunded -",
    "expired refund_rest operator": "refunded -",
    "expired refund_rest system": "refunded -",
    "expired refund_rest provider": "refunded -",
    "cancelled approve provider": "cancelled",
    "cancelled reject provider": "cancelled",
    "cancelled expire provider": "cancelled",
    "cancelled expire system": "cancelled",
    "cancelled cancel provider": "cancelled",
    "cancelled refund_rest staff": "refunded -",
    "cancelled refund_rest operator": "refunded -",
    "cancelled refund_rest system": "refunded -",
    "cancelled refund_rest provider": "refunded -",
    "partially_refunded approve provider": "partially_refunded",
    "partially_refunded reject provider": "partially_refunded",
    "partially_refunded expire provider": "partially_refunded",
    "partially_refunded expire system": "partially_refunded",
    "partially_refunded cancel provider": "partially_refunded",
    "partially_refunded refund_part staff": "partially_refunded",
    "partially_refunded refund_part operator": "partially_refunded",
    "partially_refunded refund_part provider": "partially_refunded",
    "partially_refunded refund_rest staff": "refunded",
    "partially_refunded refund_rest operator": "refunded",
    "partially_refunded refund_rest provider": "refunded",
    "refunded approve provider": "refunded",
    "refunded reject provider": "refunded",
    "refunded expire provider": "refunded",
    "refunded expire system": "refunded",
    "refunded cancel provider": "refunded",
    "refunded refund_rest provider": "refunded",
}


def outcome(
    status: PaymentStatus, event: PaymentEvent, actor: PaymentActor, facts: frozenset[PaymentFact]
) -> str:
    try:
        return move(status, event, actor, facts).to
    except PaymentMoveRefused:
        return "-"


@pytest.mark.parametrize(("status", "event", "actor"), TRIPLES)
def test_every_triple_has_a_known_answer(
    status: PaymentStatus, event: PaymentEvent, actor: PaymentActor
) -> None:
    outcomes = {outcome(status, event, actor, facts) for facts in FACTS}

    assert outcomes == set(EXPECTED.get(f"{status} {event} {actor}", "-").split())


F, E, A, X = PaymentFact, PaymentEvent, PaymentActor, PaymentEffect
SELL = (
    X.SELL_RESERVED,
    X.GIVE_UP_TICKETS,
    X.ISSUE_TICKETS,
    X.CREDIT_SURPLUS,
    X.MAIL_CONFIRMED,
)


@pytest.mark.parametrize(
    ("status", "event", "actor", "facts", "to", "effects"),
    [
        pytest.param(PENDING, E.APPROVE, A.PROVIDER, [F.RESERVED], APPROVED, SELL, id="in time"),
        pytest.param(
            PENDING,
            E.APPROVE,
            A.SYSTEM,
            [F.NOTHING_TO_PAY, F.RESERVED],
            APPROVED,
            SELL,
            id="nothing to pay",
        ),
        pytest.param(
            PENDING, E.APPROVE, A.STAFF, [F.IS_OFFLINE, F.RESERVED], APPROVED, SELL, id="by hand"
        ),
        pytest.param(
            PENDING,
            E.APPROVE,
            A.PROVIDER,
            [F.CAN_RESERVE],
            APPROVED,
            (X.RESERVE_AGAIN, *SELL),
            id="late, with room left",
        ),
        pytest.param(
            PENDING,
            E.APPROVE,
            A.PROVIDER,
            [],
            EXPIRED,
            (X.FREE_RESERVED, X.RETURN_CREDIT, X.MARK_FOR_REFUND, X.MAIL_EXPIRED),
            id="late, and sold out",
        ),
        pytest.param(
            EXPIRED,
            E.APPROVE,
            A.PROVIDER,
            [F.CAN_RESERVE],
            APPROVED,
            (X.RESERVE_AGAIN, *SELL),
            id="after expiry, with room left",
        ),
        pytest.param(
            EXPIRED,
            E.APPROVE,
            A.PROVIDER,
            [],
            EXPIRED,
            (X.MARK_FOR_REFUND,),
            id="after expiry, and sold out",
        ),
        pytest.param(
            EXPIRED,
            E.APPROVE,
            A.PROVIDER,
            [F.REFUND_DUE, F.CAN_RESERVE],
            EXPIRED,
            (),
            id="once marked for refund, it stays so though room appears",
        ),
        pytest.param(
            CANCELLED,
            E.APPROVE,
            A.PROVIDER,
            [F.CAN_RESERVE],
            CANCELLED,
            (X.MARK_FOR_REFUND,),
            id="what the buyer gave up is never taken up again",
        ),
        pytest.param(
            CANCELLED,
            E.REFUND_REST,
            A.SYSTEM,
            [F.REFUND_DUE],
            REFUNDED,
            (X.RECORD_REFUND, X.SEND_REFUND, X.MAIL_REFUNDED),
            id="and its money goes back",
        ),
        pytest.param(
            PENDING,
            E.EXPIRE,
            A.SYSTEM,
            [F.OVERDUE],
            EXPIRED,
            (X.FREE_RESERVED, X.RETURN_CREDIT, X.CLOSE_CHECKOUT, X.MAIL_EXPIRED),
            id="time is up",
        ),
        pytest.param(
            PENDING,
            E.CANCEL,
            A.BUYER,
            [],
            CANCELLED,
            (X.FREE_RESERVED, X.RETURN_CREDIT, X.CLOSE_CHECKOUT),
            id="the buyer gives up",
        ),
        pytest.param(
            APPROVED,
            E.REFUND_PART,
            A.STAFF,
            [],
            PART,
            (X.RETURN_NAMED_TICKETS, X.RECORD_REFUND, X.SEND_REFUND, X.MAIL_REFUNDED),
            id="a part back",
        ),
        pytest.param(
            PART,
            E.REFUND_REST,
            A.PROVIDER,
            [],
            REFUNDED,
            (X.RETURN_ALL_TICKETS, X.RECORD_REFUND, X.MAIL_REFUNDED),
            id="the rest back, at the provider's desk",
        ),
        pytest.param(REFUNDED, E.APPROVE, A.PROVIDER, [], REFUNDED, (), id="an echo"),
    ],
)
def test_move_tells_what_follows(
    status: PaymentStatus,
    event: PaymentEvent,
    actor: PaymentActor,
    facts: list[PaymentFact],
    to: PaymentStatus,
    effects: tuple[PaymentEffect, ...],
) -> None:
    row = move(status, event, actor, set(facts))

    assert (row.to, row.effects) == (to, effects)


def test_move_refuses_and_says_what_is_allowed() -> None:
    with pytest.raises(PaymentMoveRefused) as refused:
        move(PENDING, E.REFUND_PART, A.STAFF)

    assert refused.value.status == 409
    assert str(refused.value) == "Staff cannot refund part a payment that is pending"
    assert refused.value.members == {"allowed": ["cancel"]}


def test_facts_decide_what_staff_are_allowed() -> None:
    with pytest.raises(PaymentMoveRefused) as refused:
        move(PENDING, E.REFUND_PART, A.STAFF, {F.IS_OFFLINE, F.RESERVED})

    assert refused.value.members == {"allowed": ["approve", "cancel", "reject"]}


def test_tickets_are_issued_on_becoming_approved_and_never_else() -> None:
    for row in TRANSITIONS:
        becomes_approved = row.to is APPROVED and row.start is not APPROVED
        assert (X.ISSUE_TICKETS in row.effects) == becomes_approved
        assert (X.SELL_RESERVED in row.effects) == becomes_approved
        assert (X.GIVE_UP_TICKETS in row.effects) == becomes_approved
        assert (X.CREDIT_SURPLUS in row.effects) == becomes_approved
        assert (X.RESERVE_AGAIN in row.effects) <= becomes_approved


def test_an_order_that_was_let_go_is_never_sold_without_reserving_again() -> None:
    for row in TRANSITIONS:
        if row.start is not PENDING and X.SELL_RESERVED in row.effects:
            assert row.effects[:2] == (X.RESERVE_AGAIN, X.SELL_RESERVED)
            assert F.CAN_RESERVE in row.when


def test_what_was_reserved_is_let_go_once() -> None:
    for row in TRANSITIONS:
        lets_go = row.start is PENDING and row.to is not APPROVED
        assert (X.FREE_RESERVED in row.effects) == lets_go
        assert (X.RETURN_CREDIT in row.effects) == lets_go


def test_a_refund_is_recorded_whenever_and_only_when_money_goes_back() -> None:
    for row in TRANSITIONS:
        gives_back = row.event in {E.REFUND_PART, E.REFUND_REST} and not row.changes_nothing
        assert (X.RECORD_REFUND in row.effects) == gives_back
        asked_here = gives_back and A.PROVIDER not in row.by
        assert (X.SEND_REFUND in row.effects) == asked_here


def test_buyers_only_ever_cancel() -> None:
    assert {row.event for row in TRANSITIONS if A.BUYER in row.by} == {E.CANCEL}


def test_no_row_is_out_of_reach() -> None:
    reached = {
        id(move(status, event, actor, facts))
        for status, event, actor in TRIPLES
        for facts in FACTS
        if outcome(status, event, actor, facts) != "-"
    }

    assert reached == {id(row) for row in TRANSITIONS}
    assert sum(len(rows) for rows in NEXT.values()) == len(TRANSITIONS)


class Shop:
    """What the effects do to the world, told in five flags."""

    def __init__(self) -> None:
        self.status = PENDING
        self.holds_places = True
        self.has_tickets = self.is_marked = self.money_came = False

    def facts(self, *, has_room: bool) -> set[PaymentFact]:
        places = {F.RESERVED} if self.holds_places else {F.CAN_RESERVE} if has_room else set()
        return places | ({F.REFUND_DUE} if self.is_marked else set())

    def have(self, effect: PaymentEffect) -> None:
        if effect is X.RESERVE_AGAIN:
            assert not self.holds_places
            self.holds_places = True
        elif effect is X.FREE_RESERVED:
            assert not self.has_tickets
            self.holds_places = False
        elif effect is X.ISSUE_TICKETS:
            assert self.holds_places
            assert not self.has_tickets
            self.has_tickets = True
        elif effect is X.RETURN_ALL_TICKETS:
            assert self.has_tickets
            self.has_tickets = self.holds_places = False
        elif effect is X.MARK_FOR_REFUND:
            assert not self.is_marked
            self.is_marked = True
        elif effect is X.RECORD_REFUND:
            self.is_marked = False


@given(
    st.lists(
        st.tuples(
            st.sampled_from(PaymentEvent),
            st.sampled_from(PaymentActor),
            st.frozensets(st.sampled_from([F.IS_OFFLINE, F.NOTHING_TO_PAY, F.OVERDUE])),
            st.booleans(),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_no_course_of_events_sells_twice_or_loses_money(
    course: list[tuple[PaymentEvent, PaymentActor, frozenset[PaymentFact], bool, bool]],
) -> None:
    shop = Shop()
    for event, actor, facts, lapses, has_room in course:
        if shop.status is PENDING and lapses:
            shop.holds_places = False
        try:
            row = move(shop.status, event, actor, facts | shop.facts(has_room=has_room))
        except PaymentMoveRefused:
            continue
        shop.status = row.to
        shop.money_came |= (event, actor) == (E.APPROVE, A.PROVIDER)
        for effect in row.effects:
            shop.have(effect)
        assert shop.has_tickets == (shop.status in {APPROVED, PART})
        is_settled = shop.has_tickets or shop.is_marked or shop.status is REFUNDED
        assert is_settled or not shop.money_came
