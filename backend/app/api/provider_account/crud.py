"""Database operations on accounts at payment providers."""

from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy import ColumnElement, FromClause, Text, cast, func, literal_column
from sqlmodel import col, select

from app.api.card_hold.models import CardHold
from app.api.payment.lifecycle import PaymentProvider
from app.api.payment.models import Payment, ProviderAccount
from app.api.provider_account.errors import ProviderAccountUnknown
from app.api.provider_account.schemas import ProviderAccountPublic, ProviderAccountPut
from app.api.shared.crud import BaseCRUD
from app.core.tenant_db import BoundSession


def _webhook_path(row: FromClause) -> ColumnElement[object]:
    """Return where the provider sends its notices, below the API's address."""
    start: ColumnElement[str] = literal_column("'/api/v1/webhooks'")
    slash: ColumnElement[str] = literal_column("'/'")
    tenant = cast(row.c.tenant_id, Text)
    return cast(func.concat_ws(slash, start, row.c.provider, tenant), Text)


class ProviderAccountCRUD(BaseCRUD[ProviderAccount, ProviderAccountPut, ProviderAccountPut]):
    """Reads and writes accounts; their keys are not among what it knows."""

    computed: ClassVar = {"webhook_path": _webhook_path}
    not_found: ClassVar = ProviderAccountUnknown

    async def at(self, session: BoundSession, provider: PaymentProvider) -> ProviderAccount:
        """Return the account at a provider.

        Raises:
            ProviderAccountUnknown: there is none.
        """
        row = await self.at_or_none(session, provider)
        if row is None:
            raise self.not_found
        return row

    async def at_or_none(
        self, session: BoundSession, provider: PaymentProvider
    ) -> ProviderAccount | None:
        """Return the account at a provider, or None."""
        statement = select(ProviderAccount).where(col(ProviderAccount.provider) == provider)
        return (await session.exec(statement)).one_or_none()

    async def active(self, session: BoundSession) -> Sequence[ProviderAccount]:
        """Return the accounts that orders are paid through, the oldest first."""
        statement = (
            select(ProviderAccount)
            .where(col(ProviderAccount.is_active))
            .order_by(col(ProviderAccount.id))
        )
        return (await session.exec(statement)).all()

    async def is_used(self, session: BoundSession, provider: PaymentProvider) -> bool:
        """Whether orders or deposits go through the account at a provider, or went."""
        orders = select(Payment.id).where(col(Payment.provider) == provider).limit(1)
        if (await session.exec(orders)).first() is not None:
            return True
        deposits = select(CardHold.id).where(col(CardHold.provider) == provider).limit(1)
        return (await session.exec(deposits)).first() is not None


provider_account_crud = ProviderAccountCRUD(ProviderAccount, ProviderAccountPublic)
