"""Endpoints of the staff."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.shared.dependencies import Principal, Requires, SettingsDep, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.api.user.crud import user_crud
from app.api.user.errors import LastAdmin, RoleAboveOwn, UserEmailTaken
from app.api.user.models import User
from app.api.user.schemas import UserCreate, UserPublic, UserQuery, UserUpdate
from app.core.errors import Forbidden, NotFound, Unauthenticated
from app.core.problems import problems
from app.services import staff

router = APIRouter(prefix="/users", tags=["users"])

READ = [Requires(Permission.USERS_READ)]
Writer = Annotated[Principal, Requires(Permission.USERS_WRITE)]
REFUSED = (Unauthenticated, Forbidden)


@router.get(
    "", response_model=ListModel[UserPublic], dependencies=READ, responses=problems(*REFUSED)
)
async def list_users(session: TenantSession, query: Annotated[UserQuery, Query()]) -> Rendered:
    """List the organisation's staff."""
    return await user_crud.find_json(session, query)


@router.post(
    "",
    response_model=UserPublic,
    status_code=status.HTTP_201_CREATED,
    responses=problems(UserEmailTaken, RoleAboveOwn, *REFUSED),
)
async def invite_user(
    data: UserCreate, session: TenantSession, caller: Writer, settings: SettingsDep
) -> User:
    """Invite somebody to the staff; they can log in at once."""
    return await staff.invite(session, data, by_role=caller.role, login_url=settings.backoffice_url)


@router.get(
    "/{user_id}",
    response_model=UserPublic,
    dependencies=READ,
    responses=problems(NotFound, *REFUSED),
)
async def read_user(user_id: UUID, session: TenantSession) -> Rendered:
    """Read one member of staff."""
    return await user_crud.get_json(session, user_id)


@router.patch(
    "/{user_id}",
    response_model=UserPublic,
    responses=problems(NotFound, RoleAboveOwn, LastAdmin, *REFUSED),
)
async def update_user(
    user_id: UUID, data: UserUpdate, session: TenantSession, caller: Writer
) -> User:
    """Change a member of staff; a new role logs them out."""
    return await staff.change_member(session, user_id, data, by_role=caller.role)


@router.delete(
    "/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(NotFound, RoleAboveOwn, LastAdmin, *REFUSED),
)
async def dismiss_user(user_id: UUID, session: TenantSession, caller: Writer) -> None:
    """Take somebody off the staff; they are logged out at once."""
    await staff.dismiss(session, user_id, by_role=caller.role)
