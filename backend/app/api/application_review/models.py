"""The table of votes."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.api.approval_strategy.decision import Vote
from app.api.shared.models import TenantModel, Timestamped, tenant_reference, text_enum


class ApplicationReview(TenantModel, Timestamped, table=True):
    """What one reviewer says of one application; they may change it until the outcome."""

    __tablename__ = "application_reviews"
    __table_args__ = (
        tenant_reference(
            "popup_id",
            "application_id",
            to="applications",
            key=("popup_id", "id"),
            ondelete="CASCADE",
        ),
        tenant_reference("user_id", to="users"),
        UniqueConstraint("tenant_id", "application_id", "user_id"),
        Index(None, "tenant_id", "user_id"),
    )

    popup_id: UUID
    application_id: UUID
    user_id: UUID
    vote: Vote = Field(sa_type=text_enum(Vote, "vote"))
    note: str = ""
