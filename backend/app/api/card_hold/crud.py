"""Database operations on deposits."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from sqlmodel import SQLModel, col, select

from app.api.card_hold.errors import CardHoldUnknown
from app.api.card_hold.models import CardHold
from app.api.card_hold.schemas import CardHolder, CardHoldOpen, CardHoldPublic, CardHoldSelf
from app.api.human.models import Human
from app.api.payment.lifecycle import PaymentProvider
from app.api.shared.crud import BaseCRUD
from app.api.shared.rendering import nested
from app.core.tenant_db import BoundSession

_HUMANS = SQLModel.metadata.tables[f"app.{Human.__tablename__}"]


class CardHoldCRUD(BaseCRUD[CardHold, CardHoldOpen, CardHoldOpen]):
    """Reads deposits, with their applicants."""

    computed: ClassVar = {
        "human": nested(CardHolder, _HUMANS, lambda row, human: human.c.id == row.c.human_id)
    }
    not_found: ClassVar = CardHoldUnknown

    async def locked(self, session: BoundSession, hold_id: UUID) -> CardHold:
        """Return a deposit that nobody else moves until this transaction ends.

        Raises:
            CardHoldUnknown: there is none of that id in this tenant.
        """
        statement = select(CardHold).where(col(CardHold.id) == hold_id)
        fresh = statement.with_for_update().execution_options(populate_existing=True)
        row = (await session.exec(fresh)).one_or_none()
        if row is None:
            raise self.not_found
        return row

    async def of_reference(
        self, session: BoundSession, provider: PaymentProvider, reference: str
    ) -> CardHold | None:
        """Return the deposit that a provider calls so, or None."""
        statement = select(CardHold).where(
            col(CardHold.provider) == provider, col(CardHold.provider_reference) == reference
        )
        return (await session.exec(statement)).one_or_none()

    async def of_application(
        self, session: BoundSession, application_id: UUID
    ) -> Sequence[CardHold]:
        """Return an application's deposits, locked, the oldest first.

        Whoever calls holds the application's lock, so there will not be another one.
        """
        statement = (
            select(CardHold)
            .where(col(CardHold.application_id) == application_id)
            .order_by(col(CardHold.id))
        )
        fresh = statement.with_for_update().execution_options(populate_existing=True)
        return (await session.exec(fresh)).all()


card_hold_crud = CardHoldCRUD(CardHold, CardHoldPublic)
own_card_hold_crud = CardHoldCRUD(CardHold, CardHoldSelf)
