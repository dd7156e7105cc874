"""Database operations on staff."""

from typing import ClassVar

from sqlmodel import col, select

from app.api.shared.crud import BaseCRUD
from app.api.shared.enums import UserRole
from app.api.user.errors import UserEmailTaken
from app.api.user.models import User
from app.api.user.schemas import UserCreate, UserPublic, UserUpdate
from app.core.tenant_db import BoundSession


class UserCRUD(BaseCRUD[User, UserCreate, UserUpdate]):
    """Reads and writes members of staff."""

    constraint_errors: ClassVar = {"users_tenant_id_email_key": UserEmailTaken}
    searched: ClassVar = ("email", "name")
    keeps_deleted: ClassVar = True

    async def locked_admins(self, session: BoundSession) -> list[User]:
        """Return the administrators, locked: two who dismiss each other take turns."""
        statement = (
            select(User)
            .where(User.role == UserRole.ADMIN, col(User.deleted_at).is_(None))
            .order_by(col(User.id))
            .with_for_update()
        )
        return list((await session.exec(statement)).all())


user_crud = UserCRUD(User, UserPublic)
