"""What is sent and read of coupons."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool, StringConstraints

from app.api.shared.response import ListQuery
from app.api.shared.types import Input, Instant, Omittable, Output, printable

LONGEST_TYPED = 200

TypedCode = Annotated[
    str,
    StringConstraints(max_length=LONGEST_TYPED),
    AfterValidator(printable),
    Field(description="As a buyer typed it; case and space around it do not matter."),
]

CouponCode = Annotated[
    str,
    StringConstraints(max_length=LONGEST_TYPED),
    Field(
        description="3 to 40 letters, digits and inner hyphens; kept in capitals.",
        examples=["EARLY-BIRD"],
    ),
]

CouponPercent = Annotated[
    int, Field(ge=1, le=100, strict=True, description="Whole percent off the price.")
]
MaxUses = Annotated[
    int, Field(ge=1, le=1_000_000, strict=True, description="Orders in all. Null for no limit.")
]


class CouponCreate(Input):
    """A code for a percentage off at one popup.

    It can be used from ``starts_at`` and until before ``ends_at``; null sets no limit.
    """

    popup_id: UUID
    code: CouponCode
    percent: CouponPercent
    max_uses: MaxUses | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    is_active: StrictBool = True


class CouponUpdate(Input):
    """A key left out is left alone. A coupon keeps its popup and its code."""

    percent: Omittable[CouponPercent] = None
    max_uses: MaxUses | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    is_active: Omittable[StrictBool] = None


class CouponPublic(Output):
    """A coupon as staff read it: ``uses_held`` are those of orders that are not yet paid."""

    id: UUID
    popup_id: UUID
    code: str
    percent: int
    max_uses: int | None
    uses_held: int
    uses_taken: int
    starts_at: Instant | None
    ends_at: Instant | None
    is_active: bool
    created_at: Instant
    updated_at: Instant


class CouponQuery(ListQuery):
    """Filters of the list of coupons; ``search`` looks in their codes."""

    popup_id: UUID | None = None
    is_active: bool | None = None
    sort: Literal[
        "created_at", "-created_at", "code", "-code", "percent", "-percent", "ends_at", "-ends_at"
    ] = "created_at"


class CouponValidation(Input):
    """A code that somebody typed, and the popup they want to use it at."""

    popup_id: UUID
    code: TypedCode


class CouponOffer(Output):
    """What a good code takes off."""

    code: str
    percent: int
