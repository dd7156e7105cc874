"""The organisation a public request is about."""

from typing import Annotated

from fastapi import Depends

from app.api.shared.dependencies import PublicSession
from app.api.tenant.crud import tenant_crud
from app.api.tenant.models import Tenant


async def get_current_tenant(session: PublicSession) -> Tenant:
    """Return the organisation that ``X-Tenant-Id`` names.

    Raises:
        TenantUnknown: there is none, or it is suspended.
    """
    return await tenant_crud.get(session, session.tenant_id)


CurrentTenant = Annotated[Tenant, Depends(get_current_tenant, scope="function")]
