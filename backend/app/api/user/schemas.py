"""What is sent and read of staff."""

from typing import Literal
from uuid import UUID

from app.api.shared.enums import UserRole
from app.api.shared.response import ListQuery
from app.api.shared.types import Email, Input, Instant, Omittable, OptionalLine, Output

StaffRole = Literal[UserRole.ADMIN, UserRole.VIEWER]
"""The roles a member of staff may have; an operator is nobody's staff."""


class UserCreate(Input):
    """An invitation: the person can log in at once, and is told by mail."""

    email: Email
    name: OptionalLine = ""
    role: StaffRole = UserRole.VIEWER


class UserUpdate(Input):
    """A key left out is left alone. An address is a person: invite another instead."""

    name: Omittable[OptionalLine] = None
    role: Omittable[StaffRole] = None


class UserPublic(Output):
    """A member of staff."""

    id: UUID
    email: str
    name: str
    role: UserRole
    created_at: Instant
    updated_at: Instant


class UserQuery(ListQuery):
    """Filters of the list of staff."""

    role: StaffRole | None = None
    sort: Literal["created_at", "-created_at", "name", "-name", "email", "-email"] = "created_at"
