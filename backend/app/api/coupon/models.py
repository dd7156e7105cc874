"""The table of coupons."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, UniqueConstraint
from sqlmodel import Field

from app.api.shared.models import TenantModel, Timestamped, tenant_reference


class Coupon(TenantModel, Timestamped, table=True):
    """A code a buyer types for a percentage off. Kept in upper case, so case is ignored.

    The uses are an allotment of the same id, which the database counts.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        tenant_reference("popup_id", to="popups", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "popup_id", "code"),
        UniqueConstraint("tenant_id", "popup_id", "id"),
        CheckConstraint("code = upper(code) AND code <> ''", name="code"),
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent"),
        CheckConstraint("max_uses BETWEEN 0 AND 1000000", name="max_uses"),
        CheckConstraint("ends_at > starts_at", name="window"),
    )

    popup_id: UUID
    code: str
    percent: int
    max_uses: int | None = None
    starts_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    ends_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    is_active: bool = True
