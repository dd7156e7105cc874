"""What is sent and read of popups."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool

from app.api.popup.lifecycle import PopupStatus
from app.api.popup.profile import USUAL_QUESTIONS, ProfileKey, ProfileQuestion
from app.api.shared.response import ListQuery
from app.api.shared.types import (
    CurrencyCode,
    Day,
    Input,
    Instant,
    Line,
    Omittable,
    OptionalLine,
    Output,
    Percent,
    Prose,
    Slug,
    TimeZone,
    Url,
)

PopupSort = Literal[
    "created_at", "-created_at", "name", "-name", "starts_on", "-starts_on", "ends_on", "-ends_on"
]


def _each_once(questions: list[ProfileQuestion]) -> list[ProfileQuestion]:
    if len({question.key for question in questions}) < len(questions):
        raise ValueError("A part of the profile is asked for once")
    return questions


DepositMinor = Annotated[
    int,
    Field(
        ge=1,
        le=10**12,
        strict=True,
        description="Held on the card of whoever applies, and captured when they are accepted.",
    ),
]


ProfileQuestions = Annotated[
    list[ProfileQuestion],
    Field(
        max_length=len(ProfileKey),
        description="What the form asks of the applicant's profile, in this order.",
    ),
    AfterValidator(_each_once),
]


class PopupCreate(Input):
    """``currency`` and ``timezone`` default to the organisation's. A new popup is a draft."""

    name: Line
    slug: Slug
    tagline: OptionalLine = ""
    description: Prose = ""
    location: OptionalLine = ""
    timezone: TimeZone | None = None
    starts_on: Day
    ends_on: Day
    currency: CurrencyCode | None = None
    allows_spouse: StrictBool = False
    allows_children: StrictBool = False
    allows_coupons: StrictBool = False
    contribution_percent: Percent = 0
    application_deposit_minor: DepositMinor | None = None
    profile_fields: ProfileQuestions = Field(default_factory=lambda: list(USUAL_QUESTIONS))
    image_url: Url | None = None
    icon_url: Url | None = None
    website_url: Url | None = None
    terms_url: Url | None = None


class PopupUpdate(Input):
    """A key left out is left alone. The currency can change until there is a product."""

    name: Omittable[Line] = None
    slug: Omittable[Slug] = None
    tagline: Omittable[OptionalLine] = None
    description: Omittable[Prose] = None
    location: Omittable[OptionalLine] = None
    timezone: Omittable[TimeZone] = None
    starts_on: Omittable[Day] = None
    ends_on: Omittable[Day] = None
    status: Omittable[PopupStatus] = None
    currency: Omittable[CurrencyCode] = None
    allows_spouse: Omittable[StrictBool] = None
    allows_children: Omittable[StrictBool] = None
    allows_coupons: Omittable[StrictBool] = None
    contribution_percent: Omittable[Percent] = None
    application_deposit_minor: DepositMinor | None = None
    profile_fields: Omittable[ProfileQuestions] = None
    image_url: Url | None = None
    icon_url: Url | None = None
    website_url: Url | None = None
    terms_url: Url | None = None


class PopupPublic(Output):
    """A popup, as staff and attendees read it."""

    id: UUID
    name: str
    slug: str
    tagline: str
    description: str
    location: str
    timezone: str
    starts_on: Annotated[Day, Field(description="In the popup's time zone, as is the end.")]
    ends_on: Annotated[Day, Field(description="The last day, which is part of the popup.")]
    status: PopupStatus
    currency: str
    allows_spouse: bool
    allows_children: bool
    allows_coupons: bool
    contribution_percent: int
    application_deposit_minor: int | None
    profile_fields: list[ProfileQuestion]
    image_url: str | None
    icon_url: str | None
    website_url: str | None
    terms_url: str | None
    created_at: Instant
    updated_at: Instant


class PublishedPopupQuery(ListQuery):
    """Filters of the public's list, whose popups are active or ended."""

    status: Literal[PopupStatus.ACTIVE, PopupStatus.ENDED] | None = None
    starts_on_from: Day | None = None
    starts_on_until: Day | None = None
    sort: PopupSort = "starts_on"


class PopupQuery(ListQuery):
    """Filters of the staff's list."""

    status: PopupStatus | None = None
    starts_on_from: Day | None = None
    starts_on_until: Day | None = None
    sort: PopupSort = "-created_at"
