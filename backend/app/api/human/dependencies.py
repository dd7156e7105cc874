"""The attendee who is calling."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.api.human.crud import human_crud
from app.api.human.models import Human
from app.api.shared.dependencies import CurrentPrincipal, TenantSession
from app.api.shared.enums import CredentialType
from app.core.errors import Forbidden, Unauthenticated


async def own_id(principal: CurrentPrincipal) -> UUID:
    """Return the id of the human who is calling.

    Raises:
        Forbidden: the caller is not a human.
    """
    if principal.kind is not CredentialType.HUMAN or principal.subject_id is None:
        raise Forbidden("This is for attendees")
    return principal.subject_id


OwnId = Annotated[UUID, Depends(own_id)]


async def get_current_human(session: TenantSession, human_id: OwnId) -> Human:
    """Return the human who is calling.

    Raises:
        Forbidden: the caller is not a human.
        Unauthenticated: the account is gone.
    """
    human = await human_crud.get_or_none(session, human_id)
    if human is None:
        raise Unauthenticated
    return human


CurrentHuman = Annotated[Human, Depends(get_current_human)]
