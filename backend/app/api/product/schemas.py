"""What is sent and read of products."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool

from app.api.attendee.party import AttendeeCategory
from app.api.product.eligibility import MOST_UNITS, ProductCategory, TicketDuration
from app.api.shared.response import ListQuery
from app.api.shared.types import (
    Input,
    Instant,
    Line,
    Omittable,
    Output,
    PriceMinor,
    Prose,
    Slug,
    Url,
)

Capacity = Annotated[
    int, Field(ge=0, le=1_000_000, strict=True, description="Units in all. Null for no limit.")
]
MaxPerOrder = Annotated[
    int, Field(ge=1, le=MOST_UNITS, strict=True, description="Null for no limit.")
]
Position = Annotated[
    int, Field(ge=0, le=10_000, strict=True, description="Where it stands in the popup's list.")
]
ForAttendee = Annotated[
    AttendeeCategory, Field(description="Whom the ticket is for; null for anybody. Tickets only.")
]
Duration = Annotated[TicketDuration, Field(description="What it admits to. Tickets only.")]

ProductSort = Literal[
    "created_at",
    "-created_at",
    "name",
    "-name",
    "position",
    "-position",
    "price_minor",
    "-price_minor",
]


class ProductCreate(Input):
    """Something to sell at a popup, in the popup's currency.

    The sale window starts with ``sale_starts_at`` and ends before ``sale_ends_at``. A
    compare price is the one struck through beside the price.
    """

    popup_id: UUID
    name: Line
    slug: Slug
    description: Prose = ""
    category: ProductCategory
    attendee_category: ForAttendee | None = None
    duration: Duration | None = None
    price_minor: PriceMinor
    compare_price_minor: PriceMinor | None = None
    sale_starts_at: Instant | None = None
    sale_ends_at: Instant | None = None
    capacity: Capacity | None = None
    max_per_order: MaxPerOrder | None = None
    is_exclusive: StrictBool = False
    is_discountable: StrictBool = True
    is_active: StrictBool = True
    position: Position = 0
    image_url: Url | None = None


class ProductUpdate(Input):
    """A key left out is left alone. A product stays with its popup."""

    name: Omittable[Line] = None
    slug: Omittable[Slug] = None
    description: Omittable[Prose] = None
    category: Omittable[ProductCategory] = None
    attendee_category: ForAttendee | None = None
    duration: Duration | None = None
    price_minor: Omittable[PriceMinor] = None
    compare_price_minor: PriceMinor | None = None
    sale_starts_at: Instant | None = None
    sale_ends_at: Instant | None = None
    capacity: Capacity | None = None
    max_per_order: MaxPerOrder | None = None
    is_exclusive: Omittable[StrictBool] = None
    is_discountable: Omittable[StrictBool] = None
    is_active: Omittable[StrictBool] = None
    position: Omittable[Position] = None
    image_url: Url | None = None


class ProductOffer(Output):
    """A product as the public reads it: what it is and costs, not how many there are."""

    id: UUID
    popup_id: UUID
    name: str
    slug: str
    description: str
    category: ProductCategory
    attendee_category: AttendeeCategory | None
    duration: TicketDuration | None
    price_minor: int
    compare_price_minor: int | None
    currency: str
    sale_starts_at: Instant | None
    sale_ends_at: Instant | None
    max_per_order: int | None
    is_exclusive: bool
    position: int
    image_url: str | None


class ProductPublic(ProductOffer):
    """A product as staff read it."""

    capacity: int | None
    is_discountable: bool
    is_active: bool
    created_at: Instant
    updated_at: Instant


class OfferQuery(ListQuery):
    """Filters of the public's list of one popup's products."""

    category: ProductCategory | None = None
    attendee_category: AttendeeCategory | None = None
    sort: ProductSort = "position"


class ProductQuery(OfferQuery):
    """Filters of the staff's list."""

    popup_id: UUID | None = None
    is_active: bool | None = None
    sort: ProductSort = "created_at"
