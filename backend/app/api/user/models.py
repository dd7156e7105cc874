"""The table of backoffice staff."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, text
from sqlmodel import Field

from app.api.shared.enums import UserRole
from app.api.shared.models import TenantModel, Timestamped, text_enum


class User(TenantModel, Timestamped, table=True):
    """A member of one organisation's staff.

    The same e-mail address may be on the staff of several organisations: each has its own
    row, and whoever logs in chooses. A deleted member's row stays for the audit log, and
    the address may be invited again.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('ADMIN', 'VIEWER')", name="staff_role"),
        Index(
            "users_tenant_id_email_key",
            "tenant_id",
            "email",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    email: str
    name: str = ""
    role: UserRole = Field(sa_type=text_enum(UserRole, "role"))
    deleted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
