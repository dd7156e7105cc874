"""What can be given back, and that it is never more than was paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.payment.errors import NothingToRefund, RefundNotPositive, RefundTooLarge
from app.api.payment.pricing import Line, PricedOrder, price_order
from app.api.payment.refund import (
    Settlement,
    SoldLine,
    paid_per_unit,
    refund_amount,
    refund_rest,
    refund_units,
)
from app.api.shared.money import MinorUnits
from app.core.errors import DomainError


def paid(captured: int, credit: int = 0, refunded: int = 0, returned: int = 0) -> Settlement:
    return Settlement(
        captured=MinorUnits(captured),
        credit_spent=MinorUnits(credit),
        refunded=MinorUnits(refunded),
        credit_returned=MinorUnits(returned),
    )


@pytest.mark.parametrize(
    ("settlement", "amount", "to_provider", "to_credit", "is_rest"),
    [
        pytest.param(paid(700, 300), 1, 1, 0, False, id="a cent"),
        pytest.param(paid(700, 300), 700, 700, 0, False, id="all the money"),
        pytest.param(paid(700, 300), 701, 700, 1, False, id="money first"),
        pytest.param(paid(700, 300), 1000, 700, 300, True, id="everything"),
        pytest.param(paid(700, 300, 700), 300, 0, 300, True, id="the credit that is left"),
        pytest.param(paid(0, 300), 100, 0, 100, False, id="paid with credit alone"),
        pytest.param(paid(700, 0, 699), 1, 1, 0, True, id="the last cent"),
    ],
)
def test_refund_amount_gives_money_first(
    settlement: Settlement, amount: int, to_provider: int, to_credit: int, is_rest: bool
) -> None:
    refund = refund_amount(settlement, MinorUnits(amount))

    assert (refund.to_provider, refund.to_credit, refund.is_rest) == (
        to_provider,
        to_credit,
        is_rest,
    )
    assert refund.amount == amount


@pytest.mark.parametrize(
    ("settlement", "amount", "error"),
    [
        pytest.param(paid(700), 0, RefundNotPositive, id="nothing"),
        pytest.param(paid(700), -1, RefundNotPositive, id="a charge"),
        pytest.param(paid(700, 300, 700, 300), 1, NothingToRefund, id="after everything"),
        pytest.param(paid(0), 1, NothingToRefund, id="of what was free"),
        pytest.param(paid(700, 300, 1), 1000, RefundTooLarge, id="more than is left"),
    ],
)
def test_refund_amount_refuses(
    settlement: Settlement, amount: int, error: type[DomainError]
) -> None:
    with pytest.raises(error):
        refund_amount(settlement, MinorUnits(amount))


def test_refund_too_large_says_what_is_left() -> None:
    with pytest.raises(RefundTooLarge) as refused:
        refund_amount(paid(700, 300, 100), MinorUnits(901))

    assert refused.value.members == {"refundable_minor": 900}


def test_refund_rest_gives_back_what_is_left_once() -> None:
    settlement = paid(700, 300, 100)

    refund = refund_rest(settlement)

    assert (refund.to_provider, refund.to_credit, refund.is_rest) == (600, 300, True)
    with pytest.raises(NothingToRefund):
        refund_rest(settlement.after(refund))


def test_refund_rest_gives_back_a_last_cent() -> None:
    assert refund_rest(paid(700, 0, 699)).amount == 1


@pytest.mark.parametrize(
    ("settlement", "units", "amount"),
    [
        pytest.param(paid(1000), [250, 250], 500, id="two units"),
        pytest.param(paid(1000, 0, 900), [250], 100, id="less than the unit is left"),
        pytest.param(paid(1000), [0], 0, id="a free unit"),
        pytest.param(paid(0), [0], 0, id="a free unit of a free order"),
        pytest.param(paid(1000), [], 0, id="no unit"),
    ],
)
def test_refund_units_never_gives_back_more_than_is_left(
    settlement: Settlement, units: list[int], amount: int
) -> None:
    assert refund_units(settlement, map(MinorUnits, units)).amount == amount


def test_refund_units_refuses_a_negative_price() -> None:
    with pytest.raises(ValueError, match="negative price"):
        refund_units(paid(1), [MinorUnits(-1)])


@pytest.mark.parametrize(
    "amounts", [(1, 0, 2, 0), (1, 1, 0, 2), (1, 0, -1, 0), (-1, 0, 0, 0), (0, -1, 0, 0)]
)
def test_a_settlement_gives_back_no_more_than_was_paid(amounts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="No more is given back"):
        paid(*amounts)


def test_paid_per_unit_does_not_depend_on_the_order_of_lines() -> None:
    a, b = (SoldLine(key=key, quantity=2, net=MinorUnits(100)) for key in "ab")

    assert paid_per_unit([b, a], MinorUnits(1)) == paid_per_unit([a, b], MinorUnits(1))
    assert paid_per_unit([b, a], MinorUnits(1)) == {"a": (51, 50), "b": (50, 50)}


AMOUNT = st.integers(0, 10**6)


@given(AMOUNT, AMOUNT, st.lists(st.integers(1, 10**6)))
def test_refunds_in_any_number_never_pass_what_was_paid(
    captured: int, credit: int, wanted: list[int]
) -> None:
    settlement = paid(captured, credit)
    given_back = 0
    for amount in wanted:
        try:
            refund = refund_amount(settlement, MinorUnits(amount))
        except DomainError:
            continue
        settlement = settlement.after(refund)
        given_back += refund.amount
        assert refund.is_rest == (settlement.refundable == 0)

    assert 0 <= settlement.refunded <= captured
    assert 0 <= settlement.credit_returned <= credit
    assert given_back == settlement.refunded + settlement.credit_returned <= captured + credit


ORDERS = st.builds(
    price_order,
    st.lists(
        st.builds(
            Line,
            key=st.text(max_size=3),
            unit_price=st.integers(0, 10**5).map(MinorUnits),
            quantity=st.integers(1, 9),
        ),
        max_size=6,
        unique_by=lambda line: line.key,
    ),
    contribution_percent=st.integers(0, 100),
    credit=AMOUNT.map(MinorUnits),
)


@given(ORDERS, st.data())
def test_giving_back_every_unit_in_any_order_gives_back_exactly_the_total(
    order: PricedOrder, data: st.DataObject
) -> None:
    sold = [SoldLine(key=p.line.key, quantity=p.line.quantity, net=p.net) for p in order.lines]
    per_unit = paid_per_unit(sold, order.contribution)
    units = data.draw(st.permutations([unit for line in per_unit.values() for unit in line]))
    settlement = Settlement(captured=order.payable, credit_spent=order.credit_spent)

    for unit in units:
        refund = refund_units(settlement, [unit])
        assert refund.amount == unit
        settlement = settlement.after(refund)

    assert settlement.refundable == 0
    assert {key: len(line) for key, line in per_unit.items()} == {
        line.key: line.quantity for line in sold
    }
    assert all(max(line) - min(line) <= 1 for line in per_unit.values())
