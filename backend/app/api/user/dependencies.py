"""The member of staff who is calling."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel

from app.api.shared.dependencies import CurrentPrincipal, TenantSession
from app.api.shared.enums import CredentialType, UserRole
from app.api.user.crud import user_crud
from app.core.errors import Forbidden, Unauthenticated


class StaffMember(BaseModel):
    """Who is calling in the backoffice; an operator acts without being on the staff."""

    id: UUID
    role: UserRole
    tenant_id: UUID
    email: str | None
    name: str


async def get_current_user(session: TenantSession, principal: CurrentPrincipal) -> StaffMember:
    """Return the member of staff, or the operator, who is calling.

    Raises:
        Forbidden: the caller is a human.
        Unauthenticated: the account is gone.
    """
    if principal.kind is CredentialType.HUMAN:
        raise Forbidden("This is for the organisation's staff")
    if principal.subject_id is None:
        raise Unauthenticated
    if principal.is_operator:
        return StaffMember(
            id=principal.subject_id,
            role=UserRole.SUPERADMIN,
            tenant_id=session.tenant_id,
            email=None,
            name="",
        )
    user = await user_crud.get_or_none(session, principal.subject_id)
    if user is None:
        raise Unauthenticated
    return StaffMember.model_validate(user, from_attributes=True)


CurrentUser = Annotated[StaffMember, Depends(get_current_user)]
