"""The table of the sandbox: what a real provider would keep in a house of its own."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, UniqueConstraint, text
from sqlmodel import Field

from app.api.shared.models import TenantModel, Timestamped, text_enum


class SandboxStatus(StrEnum):
    """How a checkout at the sandbox stands."""

    OPEN = "open"
    UNDERWAY = "underway"
    """Paid by a transfer that arrives later; nobody can stop it."""

    HELD = "held"
    """On a card, to be captured or released by the organisation."""

    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    """By the organisation, which lets nobody pay any more."""


class SandboxCheckout(TenantModel, Timestamped, table=True):
    """A page on which an order is paid with money that is none.

    Like any provider, the sandbox knows orders by name only. ``refunds`` holds what was sent
    back, in minor units, by whoever asked: the id of a refund, or the sandbox's own desk.
    """

    __tablename__ = "sandbox_checkouts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        UniqueConstraint("tenant_id", "order_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        {"info": {"audited": False}},
    )

    reference: str
    """Unguessable: whoever knows it may pay."""

    order_id: UUID
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    description: str
    return_url: str
    status: SandboxStatus = Field(
        default=SandboxStatus.OPEN, sa_type=text_enum(SandboxStatus, "status")
    )
    captures_later: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    settles_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    refunds: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
