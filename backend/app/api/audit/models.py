"""The tables of the audit log. The application adds to them and never changes them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.api.shared.models import TenantModel
from app.api.shared.types import new_id

Changes = dict[str, object]


class AuditEntry(TenantModel, table=True):
    """One change of one row of a tenant, written by the database as it happens.

    ``changes`` is null for a new row, ``{column: [old, new]}`` for a changed one and the
    whole row for a deleted one, so that any past state can be told.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        Index(None, "tenant_id", "at"),
        Index(None, "tenant_id", "table_name", "row_id"),
        {"info": {"audited": False, "insert_only": True}},
    )

    at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )
    actor: str
    action: str
    table_name: str
    row_id: UUID
    changes: Changes | None = Field(default=None, sa_type=JSONB)


class PlatformAuditEntry(SQLModel, table=True):
    """One change of one row of the platform's own tables."""

    __tablename__ = "platform_audit_log"
    __table_args__ = (
        {"info": {"global": "records what happens outside any tenant", "insert_only": True}},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )
    actor: str
    action: str
    table_name: str
    row_id: UUID
    changes: Changes | None = Field(default=None, sa_type=JSONB)
