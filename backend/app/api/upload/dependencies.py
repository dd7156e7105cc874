"""The storage that uploads go to, and the session behind a file's lasting address."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from app.api.shared.dependencies import DatabaseDep
from app.core.errors import NotFound
from app.core.tenant_db import BoundSession, DatabaseRole, TenantContext
from app.services.storage import LocalStorage, Storage


async def get_storage(request: Request) -> Storage:
    """Return the storage the lifespan opened."""
    storage: Storage = request.app.state.storage
    return storage


async def get_local_storage(request: Request) -> LocalStorage:
    """Return the local folder.

    Raises:
        NotFound: files are in object storage, which serves them itself.
    """
    storage: Storage = request.app.state.storage
    if not isinstance(storage, LocalStorage):
        raise NotFound
    return storage


async def get_address_session(
    tenant_id: UUID, database: DatabaseDep
) -> AsyncIterator[BoundSession]:
    """Open a session that sees what a tenant has published; its address names the tenant.

    A page that shows a picture sends no headers of ours.
    """
    context = TenantContext(tenant_id, DatabaseRole.PUBLIC, "public")
    async with database.tenant(context) as session:
        yield session


StorageDep = Annotated[Storage, Depends(get_storage)]
LocalStorageDep = Annotated[LocalStorage, Depends(get_local_storage)]
AddressSession = Annotated[BoundSession, Depends(get_address_session, scope="function")]
