"""Database operations on organisations."""

from typing import ClassVar

from sqlmodel import col, select

from app.api.shared.crud import BaseCRUD
from app.api.tenant.errors import TenantSlugTaken
from app.api.tenant.models import Tenant, TenantStatus
from app.api.tenant.schemas import BrandingUpdate, TenantBranding, TenantCreate, TenantPublic
from app.core.tenant_db import BoundSession, TenantUnknown


class TenantCRUD(BaseCRUD[Tenant, TenantCreate, BrandingUpdate]):
    """Reads and writes organisations."""

    constraint_errors: ClassVar = {"tenants_slug_key": TenantSlugTaken}
    searched: ClassVar = ("name", "slug")
    not_found: ClassVar = TenantUnknown

    async def by_slug(self, session: BoundSession, slug: str) -> Tenant:
        """Return the active organisation of a slug.

        Raises:
            TenantUnknown: there is none.
        """
        statement = select(Tenant).where(
            Tenant.slug == slug, col(Tenant.status) == TenantStatus.ACTIVE
        )
        tenant = (await session.exec(statement)).one_or_none()
        if tenant is None:
            raise TenantUnknown
        return tenant


tenant_crud = TenantCRUD(Tenant, TenantPublic)
branding_crud = TenantCRUD(Tenant, TenantBranding)
