"""What every table of a tenant has."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import DateTime, Enum, ForeignKeyConstraint, func
from sqlmodel import Field, SQLModel

from app.api.shared.types import new_id


class TenantModel(SQLModel):
    """A row of one tenant; its key is ``(tenant_id, id)``.

    No code assigns ``tenant_id``: the session stamps it, and the database checks it.
    """

    __tablename__: ClassVar[str]

    tenant_id: UUID = Field(default=None, primary_key=True, foreign_key="tenants.id")
    id: UUID = Field(default_factory=new_id, primary_key=True)


class Timestamped(SQLModel):
    """When a row came to be and when it last changed, by the database's clock.

    Eagerly read back: what a service returns is rendered after its transaction.
    """

    __mapper_args__: ClassVar[dict[str, bool]] = {"eager_defaults": True}

    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )
    updated_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now(), "onupdate": func.now()},
        nullable=False,
    )


def tenant_reference(
    *columns: str,
    to: str,
    key: tuple[str, ...] = ("id",),
    ondelete: str | None = None,
    onupdate: str | None = None,
) -> ForeignKeyConstraint:
    """Reference another table of the same tenant: the key always begins with the tenant.

    ``tenant_reference("popup_id", to="popups")`` is
    ``(tenant_id, popup_id) -> popups (tenant_id, id)``.
    """
    return ForeignKeyConstraint(
        ["tenant_id", *columns],
        [f"app.{to}.tenant_id", *(f"app.{to}.{column}" for column in key)],
        ondelete=ondelete,
        onupdate=onupdate,
    )


def text_enum(values: type[StrEnum], name: str) -> Enum:
    """Store an enumeration as text with a CHECK named ``<table>_<name>_check``.

    Postgres's own enumerations cannot be compared ahead of a row-level security policy,
    which makes every filter on them a scan.
    """
    return Enum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )
