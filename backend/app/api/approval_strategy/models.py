"""The table of approval strategies."""

from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field

from app.api.approval_strategy.decision import StrategyKind
from app.api.shared.models import TenantModel, Timestamped, tenant_reference, text_enum


class ApprovalStrategy(TenantModel, Timestamped, table=True):
    """How one popup decides on its applications; a popup without one accepts everybody.

    ``weights`` maps votes to what they weigh, under the weighted strategy alone.
    """

    __tablename__ = "approval_strategies"
    __table_args__ = (
        tenant_reference("popup_id", to="popups", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "popup_id"),
        CheckConstraint("(kind = 'weighted') = (weights IS NOT NULL)", name="weights"),
    )

    popup_id: UUID
    kind: StrategyKind = Field(sa_type=text_enum(StrategyKind, "kind"))
    accept_at: int = 1
    reject_at: int | None = None
    weights: dict[str, int] | None = Field(default=None, sa_type=JSON(none_as_null=True))
