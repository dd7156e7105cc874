"""The tables of tickets and of their scans."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, UniqueConstraint
from sqlmodel import Field

from app.api.shared.models import TenantModel, Timestamped, tenant_reference, text_enum
from app.api.ticket.lifecycle import TicketStatus


class Ticket(TenantModel, Timestamped, table=True):
    """One unit of one product that one attendee owns, with its own secret code.

    Created only by the approval of the payment whose line it is.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        tenant_reference("popup_id", "payment_line_id", to="payment_lines", key=("popup_id", "id")),
        tenant_reference("popup_id", "product_id", to="products", key=("popup_id", "id")),
        tenant_reference("popup_id", "attendee_id", to="attendees", key=("popup_id", "id")),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "popup_id", "id"),
        UniqueConstraint("tenant_id", "payment_line_id", "unit"),
        Index(None, "tenant_id", "popup_id", "status"),
        Index(None, "tenant_id", "attendee_id"),
        Index(None, "tenant_id", "product_id"),
        Index(None, "tenant_id", "human_id"),
        CheckConstraint("unit > 0", name="unit"),
        CheckConstraint("value_minor >= 0", name="value"),
        {"info": {"human": "human_id"}},
    )

    popup_id: UUID
    payment_line_id: UUID
    unit: int
    product_id: UUID
    attendee_id: UUID
    human_id: UUID
    code: str
    status: TicketStatus = Field(sa_type=text_enum(TicketStatus, "status"))
    value_minor: int = Field(sa_type=BigInteger)
    voided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class CheckIn(TenantModel, table=True):
    """A scanner's report that a code was shown at the door. Added to, never changed.

    ``scan_id`` is the scanner's own, so that a log told twice counts once; ``scanned_at``
    is when it happened, ``received_at`` when we heard of it.
    """

    __tablename__ = "check_ins"
    __table_args__ = (
        tenant_reference("popup_id", to="popups"),
        tenant_reference("popup_id", "ticket_id", to="tickets", key=("popup_id", "id")),
        UniqueConstraint("tenant_id", "popup_id", "scan_id"),
        Index(None, "tenant_id", "ticket_id", "scanned_at"),
        Index(None, "tenant_id", "popup_id", "scanned_at"),
        {"info": {"insert_only": True, "audited": False}},
    )

    popup_id: UUID
    ticket_id: UUID
    scan_id: UUID
    scanned_at: datetime = Field(sa_type=DateTime(timezone=True))
    received_at: datetime = Field(sa_type=DateTime(timezone=True))
    scanner: str
