"""The platform's own tables of who may log in and who is: no tenant role reads them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, func, text
from sqlmodel import Field, SQLModel

from app.api.shared.enums import CredentialType
from app.api.shared.models import text_enum
from app.api.shared.types import new_id


class Operator(SQLModel, table=True):
    """Somebody who runs the platform and belongs to no tenant."""

    __tablename__ = "operators"
    __table_args__ = (
        Index(
            "operators_email_key",
            "email",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        {"info": {"global": "operators belong to no tenant", "audited": True}},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str
    name: str = ""
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )
    deleted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class LoginCode(SQLModel, table=True):
    """One code asked for. Its digits are derived from the id and stored nowhere."""

    __tablename__ = "login_codes"
    __table_args__ = (
        Index(None, "email", "kind", "tenant_id"),
        Index(None, "expires_at"),
        {"info": {"global": "codes come before anybody is known to belong to a tenant"}},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: CredentialType = Field(sa_type=text_enum(CredentialType, "kind"))
    tenant_id: UUID | None = Field(
        default=None, sa_column_args=(ForeignKey("tenants.id", ondelete="CASCADE"),)
    )
    email: str
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Login(SQLModel, table=True):
    """A login session. ``tenancy.enter`` asks for it at the start of every transaction."""

    __tablename__ = "logins"
    __table_args__ = (
        CheckConstraint("(kind = 'operator') = (tenant_id IS NULL)", name="tenant"),
        Index(None, "subject_id"),
        Index(None, "tenant_id"),
        Index(None, "expires_at"),
        {"info": {"global": "operators' sessions have no tenant, and tokens hang off them"}},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: CredentialType = Field(sa_type=text_enum(CredentialType, "kind"))
    tenant_id: UUID | None = Field(
        default=None, sa_column_args=(ForeignKey("tenants.id", ondelete="CASCADE"),)
    )
    subject_id: UUID
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    ended_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class RefreshToken(SQLModel, table=True):
    """One refresh token of a login, hashed; each is used once."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        Index("refresh_tokens_token_hash_key", "token_hash", unique=True),
        Index(None, "login_id"),
        {"info": {"global": "token hashes are the platform's secrets"}},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    login_id: UUID = Field(sa_column_args=(ForeignKey("logins.id", ondelete="CASCADE"),))
    token_hash: str
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class LoginAttempt(SQLModel, table=True):
    """One event that a limit counts: a code asked for, a code typed wrong."""

    __tablename__ = "login_attempts"
    __table_args__ = (
        Index(None, "kind", "subject", "at"),
        Index(None, "at"),
        {"info": {"global": "limits hold before anybody is known to belong to a tenant"}},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    subject: str
    at: datetime = Field(sa_type=DateTime(timezone=True))
