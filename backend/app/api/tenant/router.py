"""Endpoints of organisations: the operators', an organisation's own, and the public's."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.shared.dependencies import (
    PublicSession,
    Requires,
    SessionDep,
    SettingsDep,
    TenantSession,
)
from app.api.shared.errors import CurrencyUnknown
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.api.shared.types import Slug
from app.api.tenant.crud import branding_crud, tenant_crud
from app.api.tenant.errors import TenantSlugTaken
from app.api.tenant.models import Tenant
from app.api.tenant.schemas import (
    BrandingUpdate,
    TenantBranding,
    TenantCreate,
    TenantPublic,
    TenantQuery,
    TenantUpdate,
)
from app.core.errors import Forbidden, InvalidRequest, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import tenants

router = APIRouter(prefix="/tenants", tags=["tenants"])

OPERATOR = [Requires(Permission.TENANTS_MANAGE)]
STAFF_READ = [Requires(Permission.TENANT_READ)]
STAFF_WRITE = [Requires(Permission.TENANT_WRITE)]
ANYONE = [Requires(Permission.PUBLISHED_READ)]
REFUSED = (Unauthenticated, Forbidden)


@router.get(
    "/public",
    response_model=TenantBranding,
    dependencies=ANYONE,
    responses=problems(TenantUnknown, InvalidRequest),
)
async def read_branding(session: PublicSession) -> Rendered:
    """Read the branding of the organisation that ``X-Tenant-Id`` names."""
    return await branding_crud.get_json(session, session.tenant_id)


@router.get(
    "/public/{slug}",
    response_model=TenantBranding,
    dependencies=ANYONE,
    responses=problems(TenantUnknown),
)
async def read_branding_by_slug(slug: Slug, session: SessionDep) -> Tenant:
    """Find an organisation by its slug: how a public site learns its ``X-Tenant-Id``."""
    return await tenant_crud.by_slug(session, slug)


@router.get(
    "/current", response_model=TenantPublic, dependencies=STAFF_READ, responses=problems(*REFUSED)
)
async def read_current_tenant(session: TenantSession) -> Rendered:
    """Read one's own organisation."""
    return await tenant_crud.get_json(session, session.tenant_id)


@router.patch(
    "/current",
    response_model=TenantPublic,
    dependencies=STAFF_WRITE,
    responses=problems(CurrencyUnknown, *REFUSED),
)
async def update_current_tenant(data: BrandingUpdate, session: TenantSession) -> Rendered:
    """Change one's own organisation's name, sender and looks."""
    return await tenants.dress(session, data)


@router.get(
    "", response_model=ListModel[TenantPublic], dependencies=OPERATOR, responses=problems(*REFUSED)
)
async def list_tenants(session: SessionDep, query: Annotated[TenantQuery, Query()]) -> Rendered:
    """List the organisations of the platform."""
    return await tenant_crud.find_json(session, query)


@router.post(
    "",
    response_model=TenantPublic,
    status_code=status.HTTP_201_CREATED,
    dependencies=OPERATOR,
    responses=problems(TenantSlugTaken, CurrencyUnknown, *REFUSED),
)
async def create_tenant(data: TenantCreate, session: SessionDep, settings: SettingsDep) -> Tenant:
    """Found an organisation, with its first administrator where one is named."""
    return await tenants.create_tenant(session, data, login_url=settings.backoffice_url)


@router.get(
    "/{tenant_id}",
    response_model=TenantPublic,
    dependencies=OPERATOR,
    responses=problems(TenantUnknown, *REFUSED),
)
async def read_tenant(tenant_id: UUID, session: SessionDep) -> Rendered:
    """Read one organisation."""
    return await tenant_crud.get_json(session, tenant_id)


@router.patch(
    "/{tenant_id}",
    response_model=TenantPublic,
    dependencies=OPERATOR,
    responses=problems(TenantUnknown, CurrencyUnknown, *REFUSED),
)
async def update_tenant(tenant_id: UUID, data: TenantUpdate, session: SessionDep) -> Tenant:
    """Change an organisation; suspending it stops its people at once."""
    return await tenants.change_tenant(session, tenant_id, data)


@router.delete(
    "/{tenant_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=OPERATOR,
    responses=problems(TenantUnknown, *REFUSED),
)
async def delete_tenant(tenant_id: UUID, session: SessionDep) -> None:
    """Close an organisation for good. Its records and its slug are kept."""
    await tenants.delete_tenant(session, tenant_id)
