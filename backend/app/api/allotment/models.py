"""The tables that count what there is a limited number of."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, UniqueConstraint
from sqlmodel import Field

from app.api.shared.models import TenantModel, tenant_reference, text_enum


class AllotmentKind(StrEnum):
    """What is counted."""

    PRODUCT = "product"
    COUPON = "coupon"
    GROUP = "group"


class Allotment(TenantModel, table=True):
    """How many there are of one thing, how many are held and how many are gone.

    Its id is the id of the product, coupon or group. No role of the application writes
    here: the functions of schema ``tenancy`` move the counters, one statement each, and
    the CHECK holds whatever they do. ``capacity`` null is without limit.
    """

    __tablename__ = "allotments"
    __table_args__ = (
        tenant_reference("popup_id", to="popups", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "popup_id", "id"),
        CheckConstraint("held >= 0 AND taken >= 0", name="counters"),
        CheckConstraint("held + taken <= capacity", name="capacity"),
        {"info": {"editable": [], "audited": False}},
    )

    popup_id: UUID
    kind: AllotmentKind = Field(sa_type=text_enum(AllotmentKind, "kind"))
    capacity: int | None = Field(default=None, sa_type=BigInteger)
    held: int = Field(default=0, sa_type=BigInteger)
    taken: int = Field(default=0, sa_type=BigInteger)


class HoldState(StrEnum):
    """Whether what was held is still held, was taken, or was let go."""

    HELD = "held"
    TAKEN = "taken"
    FREED = "freed"


class Hold(TenantModel, table=True):
    """So many of one allotment, held for one order until an instant."""

    __tablename__ = "holds"
    __table_args__ = (
        tenant_reference("allotment_id", to="allotments", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "order_id", "allotment_id"),
        Index(None, "tenant_id", "allotment_id", "state", "expires_at"),
        CheckConstraint("quantity > 0", name="quantity"),
        {"info": {"editable": [], "audited": False}},
    )

    order_id: UUID
    allotment_id: UUID
    quantity: int = Field(sa_type=BigInteger)
    state: HoldState = Field(sa_type=text_enum(HoldState, "state"))
    expires_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
