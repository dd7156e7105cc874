"""What may be sold to whom, when, and how many of it: every rule a cart has to pass."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.api.attendee.party import AttendeeCategory
from app.api.popup.errors import PopupClosed
from app.api.product.errors import (
    OrderEmpty,
    OrderTooLong,
    OverOrderLimit,
    ProductExclusive,
    ProductNotForSale,
    ProductTermsInvalid,
    QuantityOutOfRange,
    SaleNotStarted,
    SaleOver,
    TicketForOthers,
)

MOST_LINES = 100
MOST_UNITS = 1000
"""Of one product for one attendee: more is a typing error or an attack."""


class ProductCategory(StrEnum):
    """What is sold; a donation is never discounted, and only a ticket says who it is for."""

    TICKET = "ticket"
    HOUSING = "housing"
    MERCH = "merch"
    DONATION = "donation"
    OTHER = "other"


class TicketDuration(StrEnum):
    """How much of the popup a ticket admits to."""

    DAY = "day"
    WEEKEND = "weekend"
    WEEK = "week"
    MONTH = "month"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductTerms:
    """On what terms a product is sold.

    The sale window is half open: it starts with ``sale_starts_at`` and ends before
    ``sale_ends_at``. ``None`` sets no limit; for ``attendee_category`` it means anybody.
    """

    id: UUID
    category: ProductCategory
    attendee_category: AttendeeCategory | None = None
    duration: TicketDuration | None = None
    sale_starts_at: datetime | None = None
    sale_ends_at: datetime | None = None
    max_per_order: int | None = None
    is_exclusive: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CartItem:
    """So many units of one product for one attendee."""

    product: ProductTerms
    attendee_id: UUID
    attendee_category: AttendeeCategory
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUnit:
    """A live unit that an attendee already has."""

    category: ProductCategory
    is_exclusive: bool
    attendee_id: UUID


def check_terms(
    terms: ProductTerms, *, price_minor: int, compare_price_minor: int | None = None
) -> None:
    """Refuse terms that contradict each other.

    The compare price is the one struck through beside the price, so it is not below it.

    Raises:
        ProductTermsInvalid: saying which.
    """
    if terms.category is not ProductCategory.TICKET and terms.attendee_category is not None:
        raise ProductTermsInvalid("Only a ticket is for one category of attendees")
    if terms.category is not ProductCategory.TICKET and terms.duration is not None:
        raise ProductTermsInvalid("Only a ticket has a duration")
    if price_minor < 0:
        raise ProductTermsInvalid("A price is not negative")
    if compare_price_minor is not None and compare_price_minor < price_minor:
        raise ProductTermsInvalid("The compare price is not below the price")
    if terms.max_per_order is not None and terms.max_per_order < 1:
        raise ProductTermsInvalid("An order may hold at least one")
    starts, ends = terms.sale_starts_at, terms.sale_ends_at
    if starts is not None and ends is not None and ends <= starts:
        raise ProductTermsInvalid("The sale ends after it starts")


def check_on_sale(terms: ProductTerms, *, now: datetime) -> None:
    """Refuse a product that is not sold at ``now``.

    Raises:
        ProductNotForSale: it is switched off.
        SaleNotStarted: its window has not opened; the member says when it does.
        SaleOver: its window has closed.
    """
    if not terms.is_active:
        raise ProductNotForSale(product=str(terms.id))
    if terms.sale_starts_at is not None and now < terms.sale_starts_at:
        raise SaleNotStarted(product=str(terms.id), sale_starts_at=terms.sale_starts_at.isoformat())
    if terms.sale_ends_at is not None and now >= terms.sale_ends_at:
        raise SaleOver(product=str(terms.id))


def check_attendee(terms: ProductTerms, attendee_category: AttendeeCategory) -> None:
    """Refuse a ticket for somebody it is not meant for.

    Raises:
        TicketForOthers: naming whom it is meant for.
    """
    wanted = terms.attendee_category
    if wanted is not None and wanted is not attendee_category:
        raise TicketForOthers(product=str(terms.id), attendee_category=str(wanted))


def check_cart(
    items: Sequence[CartItem],
    held: Iterable[HeldUnit] = (),
    *,
    popup_is_open: bool,
    now: datetime,
) -> None:
    """Refuse a cart that may not be sold; the same answer in whatever order its items come.

    ``held`` are the live units which the attendees already have and keep; they matter to
    exclusive products alone. Stock is not looked at here: two buyers race for it.

    Raises:
        PopupClosed: the popup is not open for buyers.
        OrderEmpty: there is nothing in the cart.
        OrderTooLong: there is more in it than an order can hold.
        QuantityOutOfRange: a quantity is not a whole number from 1 to 1000.
        DomainError: what ``check_on_sale`` and ``check_attendee`` raise for an item.
        OverOrderLimit: more of one product than an order may hold, over all attendees.
        ProductExclusive: see ``check_exclusive``.
    """
    if not popup_is_open:
        raise PopupClosed
    if not items:
        raise OrderEmpty
    if len(items) > MOST_LINES:
        raise OrderTooLong
    in_order = sorted(items, key=lambda item: item.product.id)
    for item in in_order:
        if type(item.quantity) is not int or not 1 <= item.quantity <= MOST_UNITS:
            raise QuantityOutOfRange(product=str(item.product.id))
    for item in in_order:
        check_on_sale(item.product, now=now)
    for item in in_order:
        check_attendee(item.product, item.attendee_category)
    check_order_limits(in_order)
    check_exclusive(in_order, held)


def check_order_limits(items: Iterable[CartItem]) -> None:
    """Refuse more of a product than one order may hold, whoever the units are for.

    Raises:
        OverOrderLimit: naming the limit.
    """
    units: Counter[ProductTerms] = Counter()
    for item in items:
        units[item.product] += item.quantity
    for terms, count in units.items():
        if terms.max_per_order is not None and count > terms.max_per_order:
            raise OverOrderLimit(product=str(terms.id), max_per_order=terms.max_per_order)


def check_exclusive(items: Iterable[CartItem], held: Iterable[HeldUnit] = ()) -> None:
    """Refuse an exclusive product beside another of its category.

    An exclusive product is the only unit of its category that its attendee has: an
    exclusive ticket is the attendee's only ticket, exclusive housing the only housing. It
    leaves other categories and other attendees alone. What the attendee already holds
    counts, so it does not matter whether two things are bought together or in turn.

    Raises:
        ProductExclusive: naming attendee and category.
    """
    units: Counter[tuple[UUID, ProductCategory]] = Counter()
    exclusive: defaultdict[tuple[UUID, ProductCategory], bool] = defaultdict(bool)
    for item in items:
        place = (item.attendee_id, item.product.category)
        units[place] += item.quantity
        exclusive[place] |= item.product.is_exclusive
    bought = set(units)
    for unit in held:
        place = (unit.attendee_id, unit.category)
        units[place] += 1
        exclusive[place] |= unit.is_exclusive
    for attendee_id, category in sorted(bought):
        if exclusive[attendee_id, category] and units[attendee_id, category] > 1:
            raise ProductExclusive(attendee=str(attendee_id), category=str(category))
