"""The table of reviewers."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from app.api.shared.models import TenantModel, Timestamped, tenant_reference


class PopupReviewer(TenantModel, Timestamped, table=True):
    """A member of staff who votes on one popup's applications.

    ``multiplier`` multiplies the weight of their vote under the weighted strategy.
    """

    __tablename__ = "popup_reviewers"
    __table_args__ = (
        tenant_reference("popup_id", to="popups", ondelete="CASCADE"),
        tenant_reference("user_id", to="users"),
        UniqueConstraint("tenant_id", "popup_id", "user_id"),
        Index(None, "tenant_id", "user_id"),
        CheckConstraint("multiplier BETWEEN 1 AND 100", name="multiplier"),
    )

    popup_id: UUID
    user_id: UUID
    multiplier: int = 1
