"""The staff of an organisation: invited, given a role, dismissed."""

from uuid import UUID

from app.api.shared.enums import UserRole
from app.api.shared.permissions import RANK
from app.api.user.crud import user_crud
from app.api.user.errors import LastAdmin, RoleAboveOwn
from app.api.user.models import User
from app.api.user.schemas import UserCreate, UserUpdate
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.services.email import StaffInvitation
from app.services.email.outbox import queue_mail
from app.services.login_sessions import end_logins_of_member


async def invite(session: BoundSession, data: UserCreate, *, by_role: str, login_url: str) -> User:
    """Put somebody on the staff and tell them by mail.

    Raises:
        RoleAboveOwn: the role is above the inviter's.
        UserEmailTaken: they are on the staff already.
    """
    _refuse_above(data.role, by_role)
    user = await user_crud.create(session, data)
    invitation = StaffInvitation(role=user.role, invited_by=None, login_url=login_url)
    await queue_mail(session, invitation, to=user.email)
    return user


async def change_member(
    session: BoundSession, user_id: UUID, data: UserUpdate, *, by_role: str
) -> User:
    """Change a member; a new role ends their sessions, whose tokens say the old one.

    Raises:
        NotFound: nobody of that id is on the staff.
        RoleAboveOwn: their role, or the new one, is above the caller's.
        LastAdmin: the organisation would be left without an administrator.
    """
    admins = await user_crud.locked_admins(session)
    user = await user_crud.get(session, user_id)
    _refuse_above(user.role, by_role)
    role_before = user.role
    if data.role is not None:
        _refuse_above(data.role, by_role)
        if data.role is not UserRole.ADMIN:
            _refuse_last(admins, user)
    user = await user_crud.update(session, user, data)
    if user.role != role_before:
        await end_logins_of_member(session, user.id)
    return user


async def dismiss(session: BoundSession, user_id: UUID, *, by_role: str) -> None:
    """Take somebody off the staff; their sessions end at once.

    Raises:
        NotFound: nobody of that id is on the staff.
        RoleAboveOwn: their role is above the caller's.
        LastAdmin: the organisation would be left without an administrator.
    """
    admins = await user_crud.locked_admins(session)
    user = await user_crud.get(session, user_id)
    _refuse_above(user.role, by_role)
    _refuse_last(admins, user)
    user.deleted_at = utc_now()
    await user_crud.flush(session)
    await end_logins_of_member(session, user.id)


def _refuse_above(role: UserRole, by_role: str) -> None:
    if RANK[role] > RANK.get(by_role, 0):
        raise RoleAboveOwn


def _refuse_last(admins: list[User], user: User) -> None:
    if [admin.id for admin in admins] == [user.id]:
        raise LastAdmin
