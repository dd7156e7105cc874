"""What is sent and read of operators."""

from typing import Literal
from uuid import UUID

from app.api.shared.response import ListQuery
from app.api.shared.types import Email, Input, Instant, OptionalLine, Output


class OperatorCreate(Input):
    """One more operator; they log in with a code by mail."""

    email: Email
    name: OptionalLine = ""


class OperatorPublic(Output):
    """Somebody who runs the platform."""

    id: UUID
    email: str
    name: str
    created_at: Instant


class OperatorQuery(ListQuery):
    """Orders of the list of operators."""

    sort: Literal["created_at", "-created_at", "email", "-email"] = "created_at"
