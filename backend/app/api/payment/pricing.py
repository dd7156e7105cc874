"""What an order costs: every line, the discount that won on it, and how the sum is paid.

On each line the highest percentage offered wins, alone: percentages never stack. Donations
and lines that are not discountable have none. The order's discount is the sum of the exact
discounts of its lines, rounded half up once; each line gets its exact share rounded down, and
the units left over go one each to the lines with the largest remainders, the one whose key
sorts first when two are equal. So lines always add up to the order, none gets more than its
exact share rounded up, and it does not matter in which order the lines come. The contribution
is a percentage of the discounted amount, rounded half up, donations included. Store credit is
spent first, as far as it goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.api.payment.errors import OrderUnpriceable
from app.api.shared.money import (
    NOTHING,
    WHOLE,
    MinorUnits,
    add_up,
    apportion,
    minor_units,
    percent_of,
    whole_percent,
)


class DiscountSource(StrEnum):
    """Where a percentage comes from, the one that wins a tie first.

    The coupon comes last, so that no use of it is spent on what was had without it.
    """

    SCHOLARSHIP = "scholarship"
    GROUP = "group"
    COUPON = "coupon"


class DiscountReason(StrEnum):
    """Why a line has the discount it has."""

    DONATION = "donation"
    NOT_DISCOUNTABLE = "not_discountable"
    NONE_OFFERED = "none_offered"
    ONLY_OFFER = "only_offer"
    BEST_OFFER = "best_offer"
    FIRST_OF_EQUALS = "first_of_equals"


_WHY: Mapping[DiscountReason, str] = {
    DiscountReason.DONATION: "A donation is never discounted.",
    DiscountReason.NOT_DISCOUNTABLE: "This product is never discounted.",
    DiscountReason.NONE_OFFERED: "No discount applies.",
    DiscountReason.ONLY_OFFER: "{percent}% off: {source}.",
    DiscountReason.BEST_OFFER: "{percent}% off: {source}, better than {others}.",
    DiscountReason.FIRST_OF_EQUALS: "{percent}% off: {source}, no worse than {others}.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A percentage off; on every line, or on those of ``line_keys`` alone."""

    source: DiscountSource
    percent: int
    line_keys: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So many units at a price. ``key`` names the line in its order and appears once."""

    key: str
    unit_price: MinorUnits
    quantity: int = 1
    is_discountable: bool = True
    is_donation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """A line with its discount; ``beaten`` are the offers that would have applied to it."""

    line: Line
    gross: MinorUnits
    discount: MinorUnits
    percent: int
    source: DiscountSource | None
    reason: DiscountReason
    beaten: tuple[Offer, ...]

    @property
    def net(self) -> MinorUnits:
        """What the line costs after its discount."""
        return MinorUnits(self.gross - self.discount)

    @property
    def why(self) -> str:
        """Say in a sentence how the discount came about."""
        others = " and ".join(f"{offer.source} ({offer.percent}%)" for offer in self.beaten)
        return _WHY[self.reason].format(percent=self.percent, source=self.source, others=others)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedOrder:
    """A priced order. Its lines' nets and the contribution add up to ``total``."""

    lines: tuple[PricedLine, ...]
    subtotal: MinorUnits
    discount: MinorUnits
    contribution_percent: int
    contribution: MinorUnits
    credit_spent: MinorUnits

    @property
    def discounted(self) -> MinorUnits:
        """What the lines cost after their discounts."""
        return MinorUnits(self.subtotal - self.discount)

    @property
    def total(self) -> MinorUnits:
        """What the order costs."""
        return MinorUnits(self.discounted + self.contribution)

    @property
    def payable(self) -> MinorUnits:
        """What is left to pay after store credit."""
        return MinorUnits(self.total - self.credit_spent)

    @property
    def takes_coupon(self) -> bool:
        """Whether the coupon won on a line that costs something, and so a use of it is spent."""
        return any(p.source is DiscountSource.COUPON and p.gross > 0 for p in self.lines)


def price_order(
    lines: Sequence[Line],
    offers: Sequence[Offer] = (),
    *,
    contribution_percent: int = 0,
    credit: MinorUnits = NOTHING,
) -> PricedOrder:
    """Price an order, to the last minor unit.

    The rules stand at the head of this module.

    >>> coupon = Offer(source=DiscountSource.COUPON, percent=50)
    >>> lines = [Line(key=key, unit_price=MinorUnits(333)) for key in ("a", "b", "c")]
    >>> order = price_order(lines, [coupon], contribution_percent=5, credit=MinorUnits(100))
    >>> [line.discount for line in order.lines], order.discount
    ([167, 167, 166], 500)
    >>> order.total, order.credit_spent, order.payable
    (524, 100, 424)

    Raises:
        OrderUnpriceable: a price is negative, or a quantity below one.
        PercentOutOfRange: a percentage is not within 0 to 100.
        AmountOutOfRange: the order costs more than the platform handles.
    """
    _check(lines, offers)
    gross = {line.key: minor_units(line.unit_price * line.quantity) for line in lines}
    chosen = {line.key: _choose(line, offers) for line in lines}
    keys = sorted(gross)
    exact = [gross[key] * chosen[key].percent for key in keys]
    discounts = dict(zip(keys, apportion(exact, per=WHOLE), strict=True))
    subtotal = add_up(gross.values())
    discount = add_up(discounts.values())
    contribution = percent_of(MinorUnits(subtotal - discount), contribution_percent)
    total = minor_units(subtotal - discount + contribution)
    return PricedOrder(
        lines=tuple(
            PricedLine(
                line=line,
                gross=gross[line.key],
                discount=discounts[line.key],
                percent=chosen[line.key].percent,
                source=chosen[line.key].source,
                reason=chosen[line.key].reason,
                beaten=chosen[line.key].beaten,
            )
            for line in lines
        ),
        subtotal=subtotal,
        discount=discount,
        contribution_percent=contribution_percent,
        contribution=contribution,
        credit_spent=MinorUnits(min(max(minor_units(credit), 0), total)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    percent: int
    source: DiscountSource | None
    reason: DiscountReason
    beaten: tuple[Offer, ...] = ()


def _choose(line: Line, offers: Sequence[Offer]) -> _Choice:
    """Choose the one percentage of a line; an offer of zero percent is none."""
    if line.is_donation:
        return _Choice(percent=0, source=None, reason=DiscountReason.DONATION)
    if not line.is_discountable:
        return _Choice(percent=0, source=None, reason=DiscountReason.NOT_DISCOUNTABLE)
    applying = [
        offer
        for offer in offers
        if offer.percent > 0 and (offer.line_keys is None or line.key in offer.line_keys)
    ]
    if not applying:
        return _Choice(percent=0, source=None, reason=DiscountReason.NONE_OFFERED)
    precedence = list(DiscountSource)
    best, *beaten = sorted(applying, key=lambda o: (-o.percent, precedence.index(o.source)))
    reason = DiscountReason.ONLY_OFFER
    if beaten:
        is_tie = beaten[0].percent == best.percent
        reason = DiscountReason.FIRST_OF_EQUALS if is_tie else DiscountReason.BEST_OFFER
    return _Choice(percent=best.percent, source=best.source, reason=reason, beaten=tuple(beaten))


def _check(lines: Sequence[Line], offers: Sequence[Offer]) -> None:
    if len({line.key for line in lines}) < len(lines):
        raise ValueError("Two lines of an order share a key")
    for line in lines:
        if minor_units(line.unit_price) < 0 or minor_units(line.quantity) < 1:
            raise OrderUnpriceable(line=line.key)
    for offer in offers:
        whole_percent(offer.percent)
