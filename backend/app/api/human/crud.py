"""Database operations on attendee accounts."""

from typing import ClassVar

from sqlmodel import select

from app.api.human.errors import HumanEmailTaken
from app.api.human.models import Human
from app.api.human.schemas import HumanCreate, HumanPublic, HumanSelf, HumanSelfUpdate
from app.api.shared.crud import BaseCRUD
from app.core.tenant_db import BoundSession


class HumanCRUD(BaseCRUD[Human, HumanCreate, HumanSelfUpdate]):
    """Reads and writes attendee accounts."""

    constraint_errors: ClassVar = {"humans_tenant_id_email_key": HumanEmailTaken}
    searched: ClassVar = ("email", "first_name", "last_name", "telegram", "organization")
    keeps_deleted: ClassVar = True

    async def by_email(self, session: BoundSession, email: str) -> Human | None:
        """Return the account of an address, or None."""
        statement = select(Human).where(Human.email == email)
        return (await session.exec(statement)).one_or_none()


human_crud = HumanCRUD(Human, HumanPublic)
self_crud = HumanCRUD(Human, HumanSelf)
