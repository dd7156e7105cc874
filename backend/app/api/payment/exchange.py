"""Changing one's passes: which tickets stay as they are, which go back, what is owed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.api.payment.errors import DonationStays, ExchangeEmpty, UsedPassStays
from app.api.payment.pricing import PricedOrder
from app.api.shared.money import NOTHING, MinorUnits, add_up, minor_units


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPass:
    """A live ticket, and what was paid for it, its share of the contribution included."""

    ticket_id: UUID
    product_id: UUID
    attendee_id: UUID
    paid: MinorUnits
    is_used: bool = False
    is_donation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPass:
    """So many passes of one product that an attendee wants to end up with."""

    product_id: UUID
    attendee_id: UUID
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PassChange:
    """What becomes of the tickets held, and what is bought beside them.

    A ticket that is kept keeps its row and its code.
    """

    kept: tuple[HeldPass, ...]
    returned: tuple[HeldPass, ...]
    added: tuple[WantedPass, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeQuote:
    """What an exchange costs, or brings.

    ``total`` is paid with what the returned passes were paid with, then with store credit,
    then with money; what the returned passes leave over becomes store credit.
    """

    total: MinorUnits
    returned_value: MinorUnits
    credit_spent: MinorUnits
    payable: MinorUnits
    credited: MinorUnits


def compare_passes(held: Iterable[HeldPass], wanted: Iterable[WantedPass]) -> PassChange:
    """Find the smallest change from the tickets held to the passes wanted.

    Wanting as many of a product for an attendee as are held changes none of them. When
    some of several equal tickets go back, used ones stay, and the oldest of the others.

    Raises:
        ExchangeEmpty: there is nothing to change.
        UsedPassStays: a used ticket would have to go back.
        DonationStays: a donation would have to go back.
        ValueError: a quantity is negative.
    """
    left: Counter[tuple[UUID, UUID]] = Counter()
    for one in wanted:
        if minor_units(one.quantity) < 0:
            raise ValueError("Nobody wants fewer than no passes")
        left[one.attendee_id, one.product_id] += one.quantity
    tickets: defaultdict[tuple[UUID, UUID], list[HeldPass]] = defaultdict(list)
    for ticket in held:
        tickets[ticket.attendee_id, ticket.product_id].append(ticket)
    kept: list[HeldPass] = []
    returned: list[HeldPass] = []
    for place in sorted(tickets):
        stack = sorted(tickets[place], key=lambda t: (not t.is_used, t.ticket_id))
        staying = min(len(stack), left[place])
        left[place] -= staying
        kept += stack[:staying]
        returned += stack[staying:]
    added = tuple(
        WantedPass(product_id=product_id, attendee_id=attendee_id, quantity=quantity)
        for (attendee_id, product_id), quantity in sorted(left.items())
        if quantity > 0
    )
    if not returned and not added:
        raise ExchangeEmpty
    for ticket in returned:
        if ticket.is_used:
            raise UsedPassStays(attendee=str(ticket.attendee_id))
        if ticket.is_donation:
            raise DonationStays(attendee=str(ticket.attendee_id))
    return PassChange(kept=tuple(kept), returned=tuple(returned), added=added)


def value_passes(
    returned: Iterable[HeldPass],
    bought_with: Mapping[UUID, UUID],
    left: Mapping[UUID, MinorUnits],
) -> tuple[HeldPass, ...]:
    """Let each pass count for what was paid for it, as far as that much is left of its order.

    ``bought_with`` is each ticket's order, ``left`` what of each order has not gone yet: what
    was given back by amount is not given once more for the pass.
    """
    still = dict(left)
    valued: list[HeldPass] = []
    for ticket in returned:
        order = bought_with[ticket.ticket_id]
        paid = min(ticket.paid, still[order])
        still[order] = MinorUnits(still[order] - paid)
        valued.append(replace(ticket, paid=paid))
    return tuple(valued)


def quote_exchange(
    returned: Sequence[HeldPass], order: PricedOrder, *, credit: MinorUnits = NOTHING
) -> ExchangeQuote:
    """Settle an exchange: ``order`` prices what is added, on today's terms and without credit.

    A returned pass is worth what was paid for it, whatever it costs today. Either something
    is paid or something is credited, never both.

    Raises:
        ValueError: the order has already been given store credit.
    """
    if order.credit_spent:
        raise ValueError("The credit is spent on the exchange, not on its order")
    returned_value = add_up(ticket.paid for ticket in returned)
    covered = min(returned_value, order.total)
    owed = order.total - covered
    credit_spent = min(max(minor_units(credit), 0), owed)
    return ExchangeQuote(
        total=order.total,
        returned_value=returned_value,
        credit_spent=MinorUnits(credit_spent),
        payable=MinorUnits(owed - credit_spent),
        credited=MinorUnits(returned_value - covered),
    )
