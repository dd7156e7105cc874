"""Organisations come, are suspended and go; in the platform's session, by operators."""

from uuid import UUID

from sqlmodel import select

from app.api.shared.enums import UserRole
from app.api.shared.money import exponent_of
from app.api.shared.response import Rendered
from app.api.tenant.crud import tenant_crud
from app.api.tenant.models import Tenant, TenantStatus
from app.api.tenant.schemas import BrandingUpdate, TenantCreate, TenantUpdate
from app.api.user.models import User
from app.core.security import utc_now
from app.core.tenant_db import BoundSession, TenantUnknown
from app.services.email import StaffInvitation
from app.services.email.outbox import queue_mail
from app.services.login_sessions import end_logins_of_tenant


async def create_tenant(session: BoundSession, data: TenantCreate, *, login_url: str) -> Tenant:
    """Found an organisation; its first administrator is put on the staff and told by mail.

    Raises:
        TenantSlugTaken: the slug is or was another organisation's.
        CurrencyUnknown: nobody is paid in that currency.
    """
    exponent_of(data.default_currency)
    tenant = await tenant_crud.create(session, data)
    if data.admin_email is not None:
        session.add(User(tenant_id=tenant.id, email=data.admin_email, role=UserRole.ADMIN))
        await session.flush()
        invitation = StaffInvitation(role=UserRole.ADMIN, invited_by=None, login_url=login_url)
        await queue_mail(session, invitation, to=data.admin_email, tenant_id=tenant.id)
    return tenant


async def change_tenant(session: BoundSession, tenant_id: UUID, data: TenantUpdate) -> Tenant:
    """Change an organisation; suspending it ends every session of its people.

    Raises:
        TenantUnknown: there is none of that id.
        CurrencyUnknown: nobody is paid in that currency.
    """
    _refuse_unknown_currency(data)
    tenant = await _standing(session, tenant_id)
    tenant = await tenant_crud.update(session, tenant, data)
    if tenant.status is not TenantStatus.ACTIVE:
        await end_logins_of_tenant(session, tenant.id)
    return tenant


async def dress(session: BoundSession, data: BrandingUpdate) -> Rendered:
    """Change one's own organisation's name, sender, looks and defaults.

    Raises:
        CurrencyUnknown: nobody is paid in that currency.
    """
    _refuse_unknown_currency(data)
    return await tenant_crud.update_json(session, session.tenant_id, data)


async def delete_tenant(session: BoundSession, tenant_id: UUID) -> None:
    """Close an organisation for good. Its rows and its slug stay: they are its records.

    Raises:
        TenantUnknown: there is none of that id.
    """
    tenant = await _standing(session, tenant_id)
    tenant.status = TenantStatus.DELETED
    tenant.deleted_at = utc_now()
    await tenant_crud.flush(session)
    await end_logins_of_tenant(session, tenant.id)


def _refuse_unknown_currency(data: BrandingUpdate) -> None:
    if data.default_currency is not None:
        exponent_of(data.default_currency)


async def _standing(session: BoundSession, tenant_id: UUID) -> Tenant:
    tenant = await tenant_crud.get(session, tenant_id)
    if tenant.status is TenantStatus.DELETED:
        raise TenantUnknown
    return tenant


async def refuse_closed(session: BoundSession, tenant_id: UUID) -> None:
    """Refuse what somebody who is not logged in asks of an organisation that is closed.

    Raises:
        TenantUnknown: there is none of that id, or it is not active.
    """
    statement = select(Tenant.id).where(
        Tenant.id == tenant_id, Tenant.status == TenantStatus.ACTIVE
    )
    if (await session.exec(statement)).one_or_none() is None:
        raise TenantUnknown
