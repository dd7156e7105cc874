"""What an order costs, line by line, and that it adds up whatever is in it."""

from fractions import Fraction
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.payment.errors import OrderUnpriceable
from app.api.payment.pricing import (
    DiscountReason,
    DiscountSource,
    Line,
    Offer,
    PricedOrder,
    price_order,
)
from app.api.shared.errors import AmountOutOfRange, PercentOutOfRange
from app.api.shared.money import LARGEST_AMOUNT, MinorUnits, half_up

SCHOLARSHIP, GROUP, COUPON = DiscountSource


def line(
    key: str,
    price: int,
    quantity: int = 1,
    *,
    is_discountable: bool = True,
    is_donation: bool = False,
) -> Line:
    return Line(
        key=key,
        unit_price=MinorUnits(price),
        quantity=quantity,
        is_discountable=is_discountable,
        is_donation=is_donation,
    )


def off(source: DiscountSource, percent: int, *keys: str) -> Offer:
    return Offer(source=source, percent=percent, line_keys=frozenset(keys) or None)


@pytest.mark.parametrize(
    ("lines", "offers", "discounts"),
    [
        pytest.param([line("a", 1000)], [], [0], id="nothing offered"),
        pytest.param([line("a", 1000)], [off(COUPON, 0)], [0], id="zero percent is nothing"),
        pytest.param([line("a", 1000)], [off(COUPON, 100)], [1000], id="free"),
        pytest.param([line("a", 999, 3)], [off(COUPON, 50)], [1499], id="half a cent up"),
        pytest.param(
            [line("a", 1000)], [off(COUPON, 20), off(GROUP, 30)], [300], id="the best alone"
        ),
        pytest.param(
            [line("a", 1000), line("b", 500, is_donation=True)],
            [off(COUPON, 10)],
            [100, 0],
            id="donations are exempt",
        ),
        pytest.param(
            [line("a", 1000), line("b", 500, is_discountable=False)],
            [off(COUPON, 10)],
            [100, 0],
            id="some products are exempt",
        ),
        pytest.param(
            [line("a", 333), line("b", 333), line("c", 334)],
            [off(COUPON, 50)],
            [167, 166, 167],
            id="equal remainders: the first key",
        ),
        pytest.param(
            [line("b", 333), line("a", 333)],
            [off(COUPON, 50)],
            [166, 167],
            id="the first key, wherever it stands",
        ),
        pytest.param(
            [line("a", 1, 1), line("b", 1), line("c", 1)],
            [off(COUPON, 50)],
            [1, 1, 0],
            id="rounded once, not on every line",
        ),
        pytest.param(
            [line("a", 1000), line("b", 1000)],
            [off(GROUP, 10), off(SCHOLARSHIP, 75, "b"), off(COUPON, 80, "c")],
            [100, 750],
            id="a percentage of its own for a line",
        ),
        pytest.param(
            [line("a", 333), line("b", 333)],
            [off(GROUP, 10), off(SCHOLARSHIP, 15, "b")],
            [33, 50],
            id="different percentages: 33.30 and 49.95 make 83.25",
        ),
        pytest.param([line("a", 0)], [off(COUPON, 50)], [0], id="free of itself"),
        pytest.param([], [off(COUPON, 50)], [], id="nothing in it"),
    ],
)
def test_price_order_discounts(
    lines: list[Line], offers: list[Offer], discounts: list[int]
) -> None:
    order = price_order(lines, offers)

    assert [priced.discount for priced in order.lines] == discounts
    assert order.discount == sum(discounts)
    assert [priced.line for priced in order.lines] == lines


@pytest.mark.parametrize(
    ("one", "offers", "source", "reason", "why"),
    [
        pytest.param(
            line("a", 9, is_donation=True),
            [off(COUPON, 10)],
            None,
            DiscountReason.DONATION,
            "A donation is never discounted.",
            id="donation",
        ),
        pytest.param(
            line("a", 9, is_discountable=False),
            [off(COUPON, 10)],
            None,
            DiscountReason.NOT_DISCOUNTABLE,
            "This product is never discounted.",
            id="not discountable",
        ),
        pytest.param(
            line("a", 9),
            [off(COUPON, 10, "b")],
            None,
            DiscountReason.NONE_OFFERED,
            "No discount applies.",
            id="for another line",
        ),
        pytest.param(
            line("a", 9),
            [off(COUPON, 0)],
            None,
            DiscountReason.NONE_OFFERED,
            "No discount applies.",
            id="an offer of nothing",
        ),
        pytest.param(
            line("a", 9),
            [off(COUPON, 10)],
            COUPON,
            DiscountReason.ONLY_OFFER,
            "10% off: coupon.",
            id="one offer",
        ),
        pytest.param(
            line("a", 9),
            [off(COUPON, 20), off(GROUP, 10), off(SCHOLARSHIP, 5)],
            COUPON,
            DiscountReason.BEST_OFFER,
            "20% off: coupon, better than group (10%) and scholarship (5%).",
            id="best of three",
        ),
        pytest.param(
            line("a", 9),
            [off(COUPON, 10), off(GROUP, 10)],
            GROUP,
            DiscountReason.FIRST_OF_EQUALS,
            "10% off: group, no worse than coupon (10%).",
            id="a tie leaves the coupon",
        ),
        pytest.param(
            line("a", 9),
            [off(GROUP, 10), off(SCHOLARSHIP, 10)],
            SCHOLARSHIP,
            DiscountReason.FIRST_OF_EQUALS,
            "10% off: scholarship, no worse than group (10%).",
            id="a tie goes to the scholarship",
        ),
    ],
)
def test_price_order_explains_each_line(
    one: Line,
    offers: list[Offer],
    source: DiscountSource | None,
    reason: DiscountReason,
    why: str,
) -> None:
    (priced,) = price_order([one], offers).lines

    assert (priced.source, priced.reason, priced.why) == (source, reason, why)


@pytest.mark.parametrize(
    ("offers", "takes_coupon"),
    [
        pytest.param([off(COUPON, 10)], True, id="it won"),
        pytest.param([off(COUPON, 10, "cent")], True, id="it won on a cent"),
        pytest.param([off(COUPON, 10), off(GROUP, 10)], False, id="it tied"),
        pytest.param([off(COUPON, 10, "free")], False, id="it won on what is free"),
        pytest.param([off(COUPON, 10, "gift")], False, id="it does not apply"),
        pytest.param([], False, id="there is none"),
    ],
)
def test_a_coupon_is_used_up_only_where_it_wins(offers: list[Offer], takes_coupon: bool) -> None:
    lines = [
        line("a", 100),
        line("cent", 1),
        line("free", 0),
        line("gift", 100, is_donation=True),
    ]

    assert price_order(lines, offers).takes_coupon is takes_coupon


@pytest.mark.parametrize(
    ("percent", "credit", "contribution", "credit_spent", "payable"),
    [
        pytest.param(0, 0, 0, 0, 950, id="neither"),
        pytest.param(5, 0, 48, 0, 998, id="47.5 rounds up"),
        pytest.param(100, 0, 950, 0, 1900, id="all of it again"),
        pytest.param(5, 500, 48, 500, 498, id="credit first"),
        pytest.param(5, 998, 48, 998, 0, id="credit for all of it"),
        pytest.param(5, 5000, 48, 998, 0, id="no more credit than it costs"),
        pytest.param(5, -50, 48, 0, 998, id="a debt is not paid off here"),
    ],
)
def test_price_order_adds_contribution_and_spends_credit(
    percent: int, credit: int, contribution: int, credit_spent: int, payable: int
) -> None:
    lines = [line("a", 500), line("b", 500, is_donation=True)]

    order = price_order(
        lines, [off(COUPON, 10)], contribution_percent=percent, credit=MinorUnits(credit)
    )

    assert (order.subtotal, order.discount, order.discounted) == (1000, 50, 950)
    assert order.contribution == contribution
    assert order.total == 950 + contribution
    assert (order.credit_spent, order.payable) == (credit_spent, payable)


@pytest.mark.parametrize(
    ("price", "quantity"), [pytest.param(-1, 1, id="price"), pytest.param(1, 0, id="none")]
)
def test_price_order_refuses_what_has_no_price(price: int, quantity: int) -> None:
    with pytest.raises(OrderUnpriceable) as refused:
        price_order([line("a", price, quantity)])

    assert refused.value.members == {"line": "a"}


@pytest.mark.parametrize("quantity", [1.5, True])
def test_price_order_counts_in_whole_numbers(quantity: float) -> None:
    with pytest.raises(TypeError):
        price_order([line("a", 1, cast("int", quantity))])


@pytest.mark.parametrize(
    ("lines", "offers", "percent", "error"),
    [
        pytest.param([], [off(COUPON, 101)], 0, PercentOutOfRange, id="more than all off"),
        pytest.param([], [off(COUPON, -1)], 0, PercentOutOfRange, id="a surcharge"),
        pytest.param([], [], 101, PercentOutOfRange, id="contribution"),
        pytest.param([line("a", LARGEST_AMOUNT, 2)], [], 0, AmountOutOfRange, id="a line"),
        pytest.param(
            [line("a", LARGEST_AMOUNT), line("b", 1)], [], 0, AmountOutOfRange, id="the sum"
        ),
        pytest.param([line("a", LARGEST_AMOUNT)], [], 1, AmountOutOfRange, id="with contribution"),
        pytest.param([line("a", 1), line("a", 1)], [], 0, ValueError, id="the same key twice"),
    ],
)
def test_price_order_refuses(
    lines: list[Line], offers: list[Offer], percent: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        price_order(lines, offers, contribution_percent=percent)


KEYS = [f"k{i}" for i in range(8)]
LINES = st.lists(
    st.builds(
        Line,
        key=st.sampled_from(KEYS),
        unit_price=st.integers(0, 10**6).map(MinorUnits),
        quantity=st.integers(1, 20),
        is_discountable=st.booleans(),
        is_donation=st.sampled_from([False, False, True]),
    ),
    max_size=8,
    unique_by=lambda one: one.key,
)
OFFERS = st.lists(
    st.builds(
        Offer,
        source=st.sampled_from(DiscountSource),
        percent=st.integers(0, 100),
        line_keys=st.none() | st.frozensets(st.sampled_from(KEYS)),
    ),
    max_size=4,
)
PERCENT = st.integers(0, 100)
CREDIT = st.integers(0, 10**7).map(MinorUnits)


def applying(one: Line, offers: list[Offer]) -> list[int]:
    """The percentages offered on a line, told without the code under test."""
    if one.is_donation or not one.is_discountable:
        return [0]
    return [0, *(o.percent for o in offers if o.line_keys is None or one.key in o.line_keys)]


@given(LINES, OFFERS, PERCENT, CREDIT)
def test_an_order_always_adds_up(
    lines: list[Line], offers: list[Offer], percent: int, credit: MinorUnits
) -> None:
    order = price_order(lines, offers, contribution_percent=percent, credit=credit)

    assert sum(p.net for p in order.lines) + order.contribution == order.total
    assert sum(p.gross for p in order.lines) == order.subtotal
    assert sum(p.discount for p in order.lines) == order.discount
    assert order.payable + order.credit_spent == order.total
    assert 0 <= order.payable <= order.total
    assert 0 <= order.credit_spent <= credit
    assert order.payable == 0 or order.credit_spent == credit


@given(LINES, OFFERS)
def test_the_best_percentage_wins_alone_and_never_raises_a_price(
    lines: list[Line], offers: list[Offer]
) -> None:
    order = price_order(lines, offers)

    exact = [
        Fraction(one.unit_price * one.quantity * max(applying(one, offers)), 100) for one in lines
    ]
    assert order.discount == half_up(sum(exact, Fraction(0)).numerator, sum(exact).denominator)
    for priced, share in zip(order.lines, exact, strict=True):
        assert 0 <= priced.discount <= priced.gross
        assert abs(priced.discount - share) < 1
        assert priced.percent == max(applying(priced.line, offers))
        assert priced.percent > 0 or (priced.discount, priced.source) == (0, None)


@given(LINES.flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines))), OFFERS)
def test_the_order_of_lines_changes_nothing(
    pair: tuple[list[Line], list[Line]], offers: list[Offer]
) -> None:
    lines, shuffled = pair

    def told(order: PricedOrder) -> object:
        return order.total, sorted((p.line.key, p.discount, p.why) for p in order.lines)

    assert told(price_order(lines, offers)) == told(price_order(shuffled, offers))


@given(LINES, OFFERS, PERCENT)
def test_offering_more_never_makes_an_order_dearer(
    lines: list[Line], offers: list[Offer], percent: int
) -> None:
    fewer = price_order(lines, offers[1:], contribution_percent=percent)

    more = price_order(lines, offers, contribution_percent=percent)

    assert more.total <= fewer.total


@given(LINES, OFFERS)
def test_a_coupon_is_used_exactly_when_doing_without_would_lose_it_a_line(
    lines: list[Line], offers: list[Offer]
) -> None:
    others = [offer for offer in offers if offer.source is not COUPON]

    order = price_order(lines, offers)

    assert order.takes_coupon == any(
        one.unit_price > 0 and max(applying(one, offers)) > max(applying(one, others))
        for one in lines
    )
