"""Endpoints of attendee accounts: the staff's, and a human's own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.human.crud import human_crud, self_crud
from app.api.human.dependencies import CurrentHuman, OwnId
from app.api.human.errors import HumanEmailTaken
from app.api.human.models import Human
from app.api.human.schemas import (
    HumanCreate,
    HumanPublic,
    HumanQuery,
    HumanSelf,
    HumanSelfUpdate,
    HumanUpdate,
)
from app.api.shared.dependencies import Requires, ServiceSession, SettingsDep, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.core.errors import Forbidden, NotFound, Unauthenticated
from app.core.problems import problems
from app.services import accounts, flagging

router = APIRouter(prefix="/humans", tags=["humans"])

READ = [Requires(Permission.HUMANS_READ)]
WRITE = [Requires(Permission.HUMANS_WRITE)]
OWN = [Requires(Permission.SELF_OWN)]
REFUSED = (Unauthenticated, Forbidden)


@router.get("/me", response_model=HumanSelf, dependencies=OWN, responses=problems(*REFUSED))
async def read_own_account(human: CurrentHuman) -> Human:
    """Read one's own account."""
    return human


@router.patch("/me", response_model=HumanSelf, dependencies=OWN, responses=problems(*REFUSED))
async def update_own_account(
    data: HumanSelfUpdate, session: ServiceSession, human_id: OwnId
) -> Rendered:
    """Change one's own account."""
    return await self_crud.update_json(session, human_id, data)


@router.get(
    "", response_model=ListModel[HumanPublic], dependencies=READ, responses=problems(*REFUSED)
)
async def list_humans(session: TenantSession, query: Annotated[HumanQuery, Query()]) -> Rendered:
    """List the organisation's attendee accounts."""
    return await human_crud.find_json(session, query)


@router.post(
    "",
    response_model=HumanPublic,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=problems(HumanEmailTaken, *REFUSED),
)
async def create_human(data: HumanCreate, session: TenantSession) -> Rendered:
    """Make an account on somebody's behalf; they log in with that address."""
    return await human_crud.create_json(session, data)


@router.get(
    "/{human_id}",
    response_model=HumanPublic,
    dependencies=READ,
    responses=problems(NotFound, *REFUSED),
)
async def read_human(human_id: UUID, session: TenantSession) -> Rendered:
    """Read one account."""
    return await human_crud.get_json(session, human_id)


@router.patch(
    "/{human_id}",
    response_model=HumanPublic,
    dependencies=WRITE,
    responses=problems(NotFound, *REFUSED),
)
async def update_human(
    human_id: UUID, data: HumanUpdate, session: TenantSession, settings: SettingsDep
) -> Rendered:
    """Change an account, or raise its red flag, which rejects what it has in review."""
    return await flagging.change_account(session, settings, human_id, data)


@router.delete(
    "/{human_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(NotFound, *REFUSED),
)
async def close_account(human_id: UUID, session: TenantSession) -> None:
    """Close an account and forget whose it was; its human is logged out at once."""
    await accounts.close(session, human_id)
