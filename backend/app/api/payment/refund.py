"""What of a payment can be given back, and in which form: money, then store credit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.api.payment.errors import NothingToRefund, RefundNotPositive, RefundTooLarge
from app.api.shared.money import NOTHING, MinorUnits, add_up, minor_units, split


class RefundStatus(StrEnum):
    """Whether the provider has given the money back yet."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a payment was paid, and what of it has been given back so far.

    ``captured`` came through the provider, ``credit_spent`` from the buyer's store credit or,
    in an exchange, from the passes that were given up for it. ``exchanged`` is what passes of
    this payment were worth that were given up since: that has moved to another payment.
    """

    captured: MinorUnits
    credit_spent: MinorUnits = NOTHING
    refunded: MinorUnits = NOTHING
    credit_returned: MinorUnits = NOTHING
    exchanged: MinorUnits = NOTHING

    def __post_init__(self) -> None:
        if not (
            0 <= minor_units(self.refunded) <= minor_units(self.captured)
            and 0 <= minor_units(self.credit_returned) <= minor_units(self.credit_spent)
            and minor_units(self.exchanged) >= 0
            and self.refundable >= 0
        ):
            raise ValueError("No more is given back than was paid")

    @property
    def refundable(self) -> MinorUnits:
        """What has neither been given back nor exchanged yet, in money and credit together."""
        in_form = self.captured - self.refunded + self.credit_spent - self.credit_returned
        return MinorUnits(in_form - self.exchanged)

    @property
    def money_left(self) -> MinorUnits:
        """What of that can still go back to where it came from."""
        return MinorUnits(min(self.captured - self.refunded, self.refundable))

    def after(self, refund: "Refund") -> "Settlement":
        """Return the settlement once ``refund`` has been made."""
        return Settlement(
            captured=self.captured,
            credit_spent=self.credit_spent,
            refunded=MinorUnits(self.refunded + refund.to_provider),
            credit_returned=MinorUnits(self.credit_returned + refund.to_credit),
            exchanged=self.exchanged,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """An amount to give back: to the card it came from, and to store credit.

    ``is_rest`` says that nothing is left to give back afterwards.
    """

    to_provider: MinorUnits
    to_credit: MinorUnits
    is_rest: bool

    @property
    def amount(self) -> MinorUnits:
        """What the buyer gets back in all."""
        return MinorUnits(self.to_provider + self.to_credit)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """A line as it was sold: so many units for ``net`` in all, after discount."""

    key: str
    quantity: int
    net: MinorUnits


def refund_amount(settlement: Settlement, amount: MinorUnits) -> Refund:
    """Give back an amount: money first, as far as money was paid, the rest as store credit.

    Store credit is spent first, so it is given back last.

    >>> paid = Settlement(captured=MinorUnits(700), credit_spent=MinorUnits(300))
    >>> refund = refund_amount(paid, MinorUnits(800))
    >>> refund.to_provider, refund.to_credit, refund.is_rest
    (700, 100, False)

    Raises:
        RefundNotPositive: there is nothing in it.
        NothingToRefund: everything has been given back.
        RefundTooLarge: it is more than is left; the member says what is.
    """
    if minor_units(amount) < 1:
        raise RefundNotPositive
    if settlement.refundable == 0:
        raise NothingToRefund
    if amount > settlement.refundable:
        raise RefundTooLarge(refundable_minor=settlement.refundable)
    return _refund(settlement, amount)


def refund_rest(settlement: Settlement) -> Refund:
    """Give back everything that is left.

    Raises:
        NothingToRefund: nothing is.
    """
    return refund_amount(settlement, MinorUnits(max(settlement.refundable, 1)))


def refund_units(settlement: Settlement, paid: Iterable[MinorUnits]) -> Refund:
    """Give back what was paid for some units, as ``paid_per_unit`` tells it.

    Never more than is left: what was given back by amount is not given back again with the
    unit. So the refund of a unit can be of nothing, as that of a free one is.
    """
    amount = add_up(paid)
    if amount < 0:
        raise ValueError("Nothing sold has a negative price")
    return _refund(settlement, MinorUnits(min(amount, settlement.refundable)))


def paid_per_unit(
    lines: Sequence[SoldLine], contribution: MinorUnits = NOTHING
) -> Mapping[str, tuple[MinorUnits, ...]]:
    """Return what was paid for each unit of each line; together exactly what was paid.

    The contribution is shared among the lines in proportion to their nets, and each line
    among its units equally; units left over go to the largest remainders, and to the
    first unit when they are equal.

    >>> paid_per_unit(
    ...     [SoldLine(key="bed", quantity=3, net=MinorUnits(100))], contribution=MinorUnits(5)
    ... )
    {'bed': (35, 35, 35)}
    """
    in_order = sorted(lines, key=lambda line: line.key)
    shares = split(contribution, [line.net for line in in_order])
    return {
        line.key: tuple(split(MinorUnits(line.net + share), [1] * line.quantity))
        for line, share in zip(in_order, shares, strict=True)
    }


def _refund(settlement: Settlement, amount: MinorUnits) -> Refund:
    to_provider = min(amount, settlement.money_left)
    return Refund(
        to_provider=MinorUnits(to_provider),
        to_credit=MinorUnits(amount - to_provider),
        is_rest=amount == settlement.refundable,
    )
