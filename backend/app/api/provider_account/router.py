"""Endpoints of accounts at payment providers."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from app.api.payment.lifecycle import PaymentProvider
from app.api.provider_account.crud import provider_account_crud
from app.api.provider_account.errors import (
    ProviderAccountUnknown,
    ProviderInUse,
    ProviderKeysInvalid,
    ProviderKeysMissing,
    SandboxNotForSale,
)
from app.api.provider_account.schemas import (
    OfferedProvider,
    ProviderAccountPublic,
    ProviderAccountPut,
    ProviderAccountQuery,
)
from app.api.shared.dependencies import PublicSession, Requires, SettingsDep, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import provider_accounts, providers

router = APIRouter(prefix="/provider-accounts", tags=["provider accounts"])

ANYONE = [Requires(Permission.PUBLISHED_READ)]
READ = [Requires(Permission.PROVIDERS_READ)]
WRITE = [Requires(Permission.PROVIDERS_WRITE)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)
KEYS_REFUSED = (ProviderKeysInvalid, ProviderKeysMissing, SandboxNotForSale)


@router.get("/offered", dependencies=ANYONE, responses=problems(TenantUnknown))
async def list_offered_providers(
    session: PublicSession, settings: SettingsDep
) -> list[OfferedProvider]:
    """List through whom orders can be paid; the first is taken where a cart names none."""
    takes_sandbox = providers.takes_sandbox(settings)
    return await provider_accounts.offered(session, takes_sandbox=takes_sandbox)


@router.get(
    "",
    response_model=ListModel[ProviderAccountPublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_provider_accounts(
    session: TenantSession, query: Annotated[ProviderAccountQuery, Query()]
) -> Rendered:
    """List the organisation's accounts at payment providers."""
    return await provider_account_crud.find_json(session, query)


@router.get(
    "/{provider}",
    response_model=ProviderAccountPublic,
    dependencies=READ,
    responses=problems(ProviderAccountUnknown, *REFUSED),
)
async def read_provider_account(provider: PaymentProvider, session: TenantSession) -> Rendered:
    """Read the account at one provider; its keys are read nowhere."""
    account = await provider_account_crud.at(session, provider)
    return await provider_account_crud.get_json(session, account.id)


@router.put(
    "/{provider}",
    response_model=ProviderAccountPublic,
    dependencies=WRITE,
    responses=problems(*KEYS_REFUSED, *REFUSED),
)
async def put_provider_account(
    provider: PaymentProvider,
    data: ProviderAccountPut,
    session: TenantSession,
    settings: SettingsDep,
) -> Rendered:
    """Say how the organisation is paid through a provider from now on."""
    account_id = await provider_accounts.put_account(session, settings, provider, data)
    return await provider_account_crud.get_json(session, account_id)


@router.delete(
    "/{provider}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(ProviderAccountUnknown, ProviderInUse, *REFUSED),
)
async def delete_provider_account(provider: PaymentProvider, session: TenantSession) -> None:
    """Forget an account that no order was paid through, and its keys."""
    await provider_accounts.drop_account(session, provider)
