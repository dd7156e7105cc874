"""Staff say through whom their organisation is paid, and with which keys."""

from uuid import UUID

from app.api.payment.errors import ProviderNotOffered
from app.api.payment.lifecycle import PaymentProvider
from app.api.payment.models import ProviderAccount
from app.api.provider_account.crud import provider_account_crud
from app.api.provider_account.errors import ProviderInUse, SandboxNotForSale
from app.api.provider_account.schemas import OfferedProvider, ProviderAccountPut
from app.core.config import Settings
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.services import providers

_SET_KEYS = "SELECT tenancy.set_provider_keys(%(provider)s::text, %(sealed)s::text)"


async def put_account(
    session: BoundSession, settings: Settings, provider: PaymentProvider, data: ProviderAccountPut
) -> UUID:
    """Let an organisation be paid through a provider; keys are sealed before they are sent on.

    Raises:
        ProviderKeysInvalid: the provider gives others.
        ProviderKeysMissing: there are none, and the provider needs some.
        SandboxNotForSale: this is production.
    """
    if provider is PaymentProvider.SANDBOX and not providers.takes_sandbox(settings):
        raise SandboxNotForSale
    row = await provider_account_crud.at_or_none(session, provider)
    row = row or ProviderAccount(provider=provider)
    sent = {name: key.get_secret_value() for name, key in data.keys.items()} if data.keys else None
    keys = providers.kept_keys(provider, sent, has_keys=row.keys_changed_at is not None)
    row.is_active, row.public_settings = data.is_active, dict(data.public_settings)
    if keys is not None:
        row.keys_changed_at = utc_now()
        sealed = providers.sealed(settings, session.tenant_id, provider, keys)
        await session.fetch(_SET_KEYS, {"provider": provider, "sealed": sealed})
    session.add(row)
    await provider_account_crud.flush(session)
    return row.id


async def drop_account(session: BoundSession, provider: PaymentProvider) -> None:
    """Forget an account that was never used, and its keys.

    Raises:
        ProviderAccountUnknown: there is none.
        ProviderInUse: orders go through it, or went; their refunds and notices need it.
    """
    row = await provider_account_crud.at(session, provider)
    if await provider_account_crud.is_used(session, provider):
        raise ProviderInUse
    await session.fetch(_SET_KEYS, {"provider": provider, "sealed": None})
    await provider_account_crud.delete(session, row)


async def offered(session: BoundSession, *, takes_sandbox: bool) -> list[OfferedProvider]:
    """Return through whom orders are paid, the one that is taken unless told first."""
    rows = await provider_account_crud.active(session)
    return [
        OfferedProvider(provider=row.provider, public_settings=row.public_settings)
        for row in rows
        if takes_sandbox or row.provider is not PaymentProvider.SANDBOX
    ] or [OfferedProvider(provider=PaymentProvider.MANUAL, public_settings={})]


async def chosen(
    session: BoundSession,
    wish: PaymentProvider | None,
    *,
    takes_sandbox: bool,
    captures_later: bool = False,
) -> PaymentProvider:
    """Return through whom an order is paid: as its buyer wishes, or the organisation's first.

    With ``captures_later`` it is one that can hold an amount.

    Raises:
        ProviderNotOffered: the organisation is not paid so.
    """
    accounts = await offered(session, takes_sandbox=takes_sandbox)
    possible = [
        one.provider
        for one in accounts
        if not captures_later or one.provider in providers.CAPTURE_LATER
    ]
    if not possible or (wish is not None and wish not in possible):
        raise ProviderNotOffered(offered=[str(one) for one in possible])
    return wish or possible[0]
