"""What is read of the audit log."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from app.api.shared.response import ListQuery
from app.api.shared.types import Instant, Line, Output

TableName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z_]{1,63}$"),
    Field(description="The kind of row.", examples=["popups"]),
]


class AuditEntryPublic(Output):
    """One change of one row: who made it, when, and what it was."""

    id: UUID
    at: Instant
    actor: Annotated[str, Field(examples=["user:0197f1c2-7b1e-7c3a-9d8e-2f4a6b8c0d1e"])]
    action: Literal["insert", "update", "delete"]
    table_name: str
    row_id: UUID
    changes: Annotated[
        dict[str, JsonValue] | None,
        Field(
            description="Null for a new row, each column's old and new value for a changed one,"
            " the whole row for a deleted one."
        ),
    ]


class AuditQuery(ListQuery):
    """Filters of the audit log. ``at_from`` is at or after, ``at_until`` is before."""

    orders_of_creation: ClassVar = ("-at", "at")

    table_name: TableName | None = None
    row_id: UUID | None = None
    actor: Line | None = None
    at_from: Instant | None = None
    at_until: Instant | None = None
    sort: Literal["-at", "at"] = "-at"
