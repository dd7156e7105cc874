"""Database operations on operators."""

from typing import ClassVar

from sqlmodel import col, select

from app.api.auth.models import Operator
from app.api.operator.errors import OperatorEmailTaken, OperatorUnknown
from app.api.operator.schemas import OperatorCreate, OperatorPublic
from app.api.shared.crud import BaseCRUD
from app.core.tenant_db import BoundSession


class OperatorCRUD(BaseCRUD[Operator, OperatorCreate, OperatorCreate]):
    """Reads and writes operators, in the platform's session."""

    constraint_errors: ClassVar = {"operators_email_key": OperatorEmailTaken}
    searched: ClassVar = ("email", "name")
    keeps_deleted: ClassVar = True
    not_found: ClassVar = OperatorUnknown

    async def by_email(self, session: BoundSession, email: str) -> Operator | None:
        """Return the operator of an address, or None."""
        statement = select(Operator).where(
            Operator.email == email, col(Operator.deleted_at).is_(None)
        )
        return (await session.exec(statement)).one_or_none()

    async def locked(self, session: BoundSession) -> list[Operator]:
        """Return all operators, locked: two who remove each other take turns."""
        statement = (
            select(Operator)
            .where(col(Operator.deleted_at).is_(None))
            .order_by(col(Operator.id))
            .with_for_update()
        )
        return list((await session.exec(statement)).all())


operator_crud = OperatorCRUD(Operator, OperatorPublic)
