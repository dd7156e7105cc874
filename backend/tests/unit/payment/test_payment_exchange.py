"""Changing passes: the smallest change, and an exact settlement."""

from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.payment.errors import ExchangeEmpty, UsedPassStays
from app.api.payment.exchange import (
    HeldPass,
    WantedPass,
    compare_passes,
    quote_exchange,
)
from app.api.payment.pricing import DiscountSource, Line, Offer, price_order
from app.api.shared.money import MinorUnits

WEEK, MONTH = UUID(int=1), UUID(int=2)
ANN, BOB = UUID(int=11), UUID(int=12)


def held(number: int, product: UUID = WEEK, attendee: UUID = ANN, paid: int = 100) -> HeldPass:
    return HeldPass(
        ticket_id=UUID(int=number), product_id=product, attendee_id=attendee, paid=MinorUnits(paid)
    )


def wanted(product: UUID = WEEK, attendee: UUID = ANN, quantity: int = 1) -> WantedPass:
    return WantedPass(product_id=product, attendee_id=attendee, quantity=quantity)


ONE, TWO, THREE = held(1), held(2), held(3)
USED = replace(TWO, is_used=True)


@pytest.mark.parametrize(
    ("tickets", "wishes", "kept", "returned", "added"),
    [
        pytest.param([], [wanted()], [], [], [wanted()], id="a first pass"),
        pytest.param([ONE], [wanted(), wanted(MONTH)], [ONE], [], [wanted(MONTH)], id="one more"),
        pytest.param([ONE], [wanted(MONTH)], [], [ONE], [wanted(MONTH)], id="another instead"),
        pytest.param([ONE], [], [], [ONE], [], id="none any more"),
        pytest.param(
            [THREE, ONE, TWO], [wanted(quantity=2)], [ONE, TWO], [THREE], [], id="oldest stay"
        ),
        pytest.param([ONE, USED], [wanted()], [USED], [ONE], [], id="used ones stay"),
        pytest.param(
            [ONE], [wanted(), wanted()], [ONE], [], [wanted()], id="wishes of a kind add up"
        ),
        pytest.param(
            [ONE], [wanted(attendee=BOB)], [], [ONE], [wanted(attendee=BOB)], id="not for another"
        ),
        pytest.param(
            [ONE, TWO], [wanted(), wanted(MONTH, quantity=0)], [ONE], [TWO], [], id="none wanted"
        ),
    ],
)
def test_compare_passes_finds_the_smallest_change(
    tickets: list[HeldPass],
    wishes: list[WantedPass],
    kept: list[HeldPass],
    returned: list[HeldPass],
    added: list[WantedPass],
) -> None:
    change = compare_passes(tickets, wishes)

    assert (list(change.kept), list(change.returned), list(change.added)) == (
        kept,
        returned,
        added,
    )


@pytest.mark.parametrize(
    ("tickets", "wishes"),
    [
        pytest.param([], [], id="nothing, for nothing"),
        pytest.param([TWO, ONE], [wanted(), wanted()], id="what is held already"),
        pytest.param([], [wanted(quantity=0)], id="none, for nothing"),
    ],
)
def test_compare_passes_refuses_no_change(
    tickets: list[HeldPass], wishes: list[WantedPass]
) -> None:
    with pytest.raises(ExchangeEmpty):
        compare_passes(tickets, wishes)


def test_compare_passes_refuses_to_take_a_used_pass_back() -> None:
    with pytest.raises(UsedPassStays) as refused:
        compare_passes([USED], [wanted(MONTH)])

    assert refused.value.members == {"attendee": str(ANN)}


def test_compare_passes_refuses_a_negative_wish() -> None:
    with pytest.raises(ValueError, match="fewer than no passes"):
        compare_passes([ONE], [wanted(quantity=-1)])


def test_compare_passes_does_not_depend_on_the_order_of_tickets() -> None:
    tickets = [held(1, MONTH, BOB), held(2, WEEK, BOB), held(3, MONTH), held(4, WEEK)]

    forwards = compare_passes(tickets, [])

    assert compare_passes(tickets[::-1], []) == forwards
    assert [ticket.ticket_id.int for ticket in forwards.returned] == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("price", "percent", "paid", "credit", "expected"),
    [
        pytest.param(300, 0, 100, 0, (300, 100, 0, 200, 0), id="the difference is charged"),
        pytest.param(100, 0, 300, 0, (100, 300, 0, 0, 200), id="the difference is credited"),
        pytest.param(100, 0, 100, 50, (100, 100, 0, 0, 0), id="even: credit is left alone"),
        pytest.param(300, 0, 100, 50, (300, 100, 50, 150, 0), id="credit before money"),
        pytest.param(300, 0, 100, 500, (300, 100, 200, 0, 0), id="credit for all of it"),
        pytest.param(300, 50, 100, 0, (150, 100, 0, 50, 0), id="today's discount"),
        pytest.param(300, 0, 0, -7, (300, 0, 0, 300, 0), id="a debt is not paid off here"),
    ],
)
def test_quote_exchange(
    price: int, percent: int, paid: int, credit: int, expected: tuple[int, ...]
) -> None:
    order = price_order(
        [Line(key="a", unit_price=MinorUnits(price))],
        [Offer(source=DiscountSource.COUPON, percent=percent)],
    )

    quote = quote_exchange([held(1, paid=paid)], order, credit=MinorUnits(credit))

    assert expected == (
        quote.total,
        quote.returned_value,
        quote.credit_spent,
        quote.payable,
        quote.credited,
    )


def test_quote_exchange_spends_credit_once() -> None:
    order = price_order([Line(key="a", unit_price=MinorUnits(300))], credit=MinorUnits(100))

    with pytest.raises(ValueError, match="spent on the exchange"):
        quote_exchange([], order)


AMOUNT = st.integers(0, 10**6).map(MinorUnits)


@given(AMOUNT, st.lists(AMOUNT, max_size=4), AMOUNT)
def test_an_exchange_loses_and_makes_no_money(
    price: MinorUnits, paid: list[MinorUnits], credit: MinorUnits
) -> None:
    order = price_order([Line(key="a", unit_price=price)])

    quote = quote_exchange([held(i, paid=p) for i, p in enumerate(paid)], order, credit=credit)

    assert quote.returned_value + quote.credit_spent + quote.payable == (
        quote.total + quote.credited
    )
    assert min(quote.credit_spent, quote.payable, quote.credited) >= 0
    assert quote.credit_spent <= credit
    assert quote.credited == 0 or quote.payable == quote.credit_spent == 0


PLACES = st.tuples(st.sampled_from([WEEK, MONTH]), st.sampled_from([ANN, BOB]))


@given(
    st.lists(st.tuples(PLACES, st.booleans()), max_size=6),
    st.lists(st.tuples(PLACES, st.integers(0, 3)), max_size=4),
    st.data(),
)
def test_a_change_leads_from_what_is_held_to_what_is_wanted(
    have: list[tuple[tuple[UUID, UUID], bool]],
    want: list[tuple[tuple[UUID, UUID], int]],
    data: st.DataObject,
) -> None:
    tickets = [
        replace(held(i, product, attendee), is_used=used)
        for i, ((product, attendee), used) in enumerate(have)
    ]
    wishes = [wanted(product, attendee, quantity) for (product, attendee), quantity in want]
    try:
        change = compare_passes(tickets, wishes)
    except (ExchangeEmpty, UsedPassStays):
        return

    after = Counter((t.product_id, t.attendee_id) for t in change.kept)
    for one in change.added:
        after[one.product_id, one.attendee_id] += one.quantity
    goal: Counter[tuple[UUID, UUID]] = Counter()
    for place, quantity in want:
        goal[place] += quantity
    gone = {(t.product_id, t.attendee_id) for t in change.returned}
    assert +after == +goal
    assert set(change.kept) | set(change.returned) == set(tickets)
    assert not set(change.kept) & set(change.returned)
    assert not gone & {(one.product_id, one.attendee_id) for one in change.added}
    assert not any(t.is_used for t in change.returned)
    shuffled = data.draw(st.permutations(tickets)), data.draw(st.permutations(wishes))
    assert compare_passes(*shuffled) == change
