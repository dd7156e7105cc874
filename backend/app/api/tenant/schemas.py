"""What is sent and read of organisations."""

from typing import Literal
from uuid import UUID

from app.api.shared.enums import Language
from app.api.shared.response import ListQuery
from app.api.shared.types import (
    CurrencyCode,
    Email,
    Input,
    Instant,
    Line,
    Omittable,
    OptionalLine,
    Output,
    Slug,
    TimeZone,
    Url,
)
from app.api.tenant.lifecycle import TenantStatus


class TenantCreate(Input):
    """A new organisation. ``admin_email`` invites its first administrator."""

    name: Line
    slug: Slug
    admin_email: Email | None = None
    sender_email: Email | None = None
    sender_name: OptionalLine | None = None
    image_url: Url | None = None
    icon_url: Url | None = None
    default_currency: CurrencyCode = "EUR"
    default_timezone: TimeZone = "UTC"
    language: Language = Language.ENGLISH


class BrandingUpdate(Input):
    """What an administrator may change of their own organisation."""

    name: Omittable[Line] = None
    sender_email: Email | None = None
    sender_name: OptionalLine | None = None
    image_url: Url | None = None
    icon_url: Url | None = None
    default_currency: Omittable[CurrencyCode] = None
    default_timezone: Omittable[TimeZone] = None
    language: Omittable[Language] = None


class TenantUpdate(BrandingUpdate):
    """What an operator may change besides; a suspended organisation stops at once."""

    status: Omittable[Literal[TenantStatus.ACTIVE, TenantStatus.SUSPENDED]] = None


class TenantBranding(Output):
    """What everybody may know of an organisation."""

    id: UUID
    name: str
    slug: str
    image_url: str | None
    icon_url: str | None
    default_currency: str
    default_timezone: str
    language: Language


class TenantPublic(TenantBranding):
    """An organisation as its staff and the operators read it."""

    status: TenantStatus
    sender_email: str | None
    sender_name: str | None
    created_at: Instant
    updated_at: Instant


class TenantQuery(ListQuery):
    """Filters of the operators' list."""

    status: TenantStatus | None = None
    sort: Literal["created_at", "-created_at", "name", "-name", "slug", "-slug"] = "created_at"
