"""The registry of tenants: the organisations that run events here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, DateTime, UniqueConstraint
from sqlalchemy.orm import synonym
from sqlmodel import Field

from app.api.shared.enums import Language
from app.api.shared.models import Timestamped, text_enum
from app.api.shared.types import new_id
from app.api.tenant.lifecycle import TenantStatus

__all__ = ["BRANDING", "Tenant", "TenantStatus"]


BRANDING = (
    "name",
    "sender_email",
    "sender_name",
    "image_url",
    "icon_url",
    "default_currency",
    "default_timezone",
    "language",
    "updated_at",
)
"""The columns an organisation's own staff may change; the others are the platform's."""


class Tenant(Timestamped, table=True):
    """An organisation. Its slug is its address everywhere, so it never changes.

    ``language`` is that of the mail its people get.
    """

    __tablename__ = "tenants"
    __table_args__ = (
        UniqueConstraint("slug"),
        CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name="slug"),
        CheckConstraint("default_currency ~ '^[A-Z]{3}$'", name="default_currency"),
        {"info": {"tenant_column": "id", "published": "is_active", "editable": BRANDING}},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    slug: str
    status: TenantStatus = Field(
        default=TenantStatus.ACTIVE, sa_type=text_enum(TenantStatus, "status")
    )
    is_active: bool = Field(
        default=None, sa_column_args=(Computed("status = 'active'", persisted=True),)
    )
    sender_email: str | None = None
    sender_name: str | None = None
    image_url: str | None = None
    icon_url: str | None = None
    default_currency: str = "EUR"
    default_timezone: str = "UTC"
    language: Language = Field(
        default=Language.ENGLISH,
        sa_type=text_enum(Language, "language"),
        sa_column_kwargs={"server_default": Language.ENGLISH.value},
    )
    deleted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


# A tenant's own tenant is itself: every statement can be held to it by one name.
Tenant.__mapper__.add_property("tenant_id", synonym("id"))  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]  # by SQLModel
