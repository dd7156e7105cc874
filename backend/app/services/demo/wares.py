"""What a popup of the story sells, one thing of every category, and what people put in a cart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from app.api.attendee.models import Attendee
from app.api.attendee.party import AttendeeCategory
from app.api.payment.schemas import CartLine
from app.api.product.eligibility import ProductCategory, TicketDuration
from app.api.product.models import Product
from app.api.product.schemas import ProductCreate

NIGHTS = {"early-pass": 42, "full-pass": 42, "month-pass": 28, "week-pass": 7, "weekend-pass": 3}
"""How long whoever has a pass stays, in days."""

KIDS_PASS = "kids-pass"  # noqa: S105  # a product's slug
EARLY_PASS = "early-pass"  # noqa: S105  # the same


EXTRAS: Sequence[Mapping[str, object]] = (
    {
        "name": "T-shirt",
        "slug": "t-shirt",
        "category": ProductCategory.MERCH,
        "price_minor": 2_500,
        "max_per_order": 5,
    },
    {
        "name": "Meal plan, one week",
        "slug": "meals",
        "category": ProductCategory.OTHER,
        "price_minor": 7_900,
    },
    {
        "name": "For the scholarship fund",
        "slug": "donation",
        "category": ProductCategory.DONATION,
        "price_minor": 5_000,
    },
)


@dataclass(frozen=True, slots=True)
class Taste:
    """What somebody buys for whom."""

    lines: Sequence[CartLine]
    stay: int
    """In days."""


def wares_of(guests: int, early_until: datetime, popup_id: UUID) -> list[ProductCreate]:
    """Return what is on sale, as much of it as suits so many guests."""
    shelf = [*_passes_for(guests, early_until), *_rooms_for(guests), *EXTRAS]
    return [
        ProductCreate.model_validate({"popup_id": popup_id, "position": place, **ware})
        for place, ware in enumerate(shelf)
    ]


def _passes_for(guests: int, early_until: datetime) -> list[dict[str, object]]:
    early = {
        "compare_price_minor": 120_000,
        "sale_ends_at": early_until,
        "capacity": max(2, guests // 10),
        "is_exclusive": True,
    }
    full = {"capacity": max(4, guests // 4), "is_exclusive": True}
    for_kids = {"attendee_category": AttendeeCategory.KID}
    return [
        _pass("Early full pass", EARLY_PASS, TicketDuration.FULL, 90_000) | early,
        _pass("Full pass", "full-pass", TicketDuration.FULL, 120_000) | full,
        _pass("Month pass", "month-pass", TicketDuration.MONTH, 85_000),
        _pass("Week pass", "week-pass", TicketDuration.WEEK, 28_000),
        _pass("Weekend pass", "weekend-pass", TicketDuration.WEEKEND, 14_000),
        _pass("Kids pass", KIDS_PASS, TicketDuration.FULL, 9_000) | for_kids,
    ]


def _rooms_for(guests: int) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "slug": slug,
            "category": ProductCategory.HOUSING,
            "price_minor": price_minor,
            "capacity": capacity,
            "is_discountable": False,
        }
        for name, slug, price_minor, capacity in (
            ("Shared room", "shared-room", 60_000, max(2, guests // 9)),
            ("Studio", "studio", 145_000, max(1, guests // 24)),
        )
    ]


def _pass(name: str, slug: str, duration: TicketDuration, price_minor: int) -> dict[str, object]:
    return {
        "name": name,
        "slug": slug,
        "category": ProductCategory.TICKET,
        "duration": duration,
        "price_minor": price_minor,
    }


def fill_cart(
    dice: Random,
    party: Sequence[Attendee],
    products: dict[str, Product],
    *,
    now: datetime,
    sold_out: set[UUID],
) -> Taste:
    """Choose a pass for everybody of a party, and what else they fancy."""
    left = {slug: one for slug, one in products.items() if one.id not in sold_out}
    early = left.get(EARLY_PASS)
    if early is not None and early.sale_ends_at is not None and now >= early.sale_ends_at:
        del left[EARLY_PASS]
    chosen = _passes(dice, left)
    lines = [
        CartLine(
            product_id=products[KIDS_PASS if guest.category is AttendeeCategory.KID else chosen].id,
            attendee_id=guest.id,
        )
        for guest in party
    ]
    stay = NIGHTS[chosen]
    buyer = party[0].id
    for slug, odds, quantity in (
        ("shared-room", 0.3, 1),
        ("studio", 0.1, 1),
        ("t-shirt", 0.3, dice.choice((1, 1, 2, 3))),
        ("meals", 0.35, max(1, stay // 7)),
        ("donation", 0.1, dice.choice((1, 2, 4))),
    ):
        if dice.random() < odds and slug in left:
            product_id = left[slug].id
            lines.append(CartLine(product_id=product_id, attendee_id=buyer, quantity=quantity))
    return Taste(lines, stay)


def _passes(dice: Random, left: dict[str, Product]) -> str:
    wishes = {
        EARLY_PASS: 6,
        "full-pass": 3,
        "month-pass": 3,
        "week-pass": 4,
        "weekend-pass": 2,
    }
    slugs = [slug for slug in wishes if slug in left]
    (chosen,) = dice.choices(slugs, [wishes[slug] for slug in slugs])
    return chosen
