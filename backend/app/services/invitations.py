"""Who signs up with an invited address joins the groups that have invited it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from app.api.application.lifecycle import ApplicationActor
from app.api.group.crud import group_crud, group_invitation_crud
from app.api.group.errors import GroupClosed
from app.api.group.models import GroupInvitation
from app.api.group.seats import InvitationStatus
from app.api.human.crud import human_crud
from app.api.human.models import Human
from app.api.popup.crud import popup_crud
from app.api.popup.errors import PopupClosed
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services import allotments, joining
from app.services.admission import Act


async def join_where_invited(
    session: BoundSession, tenant_id: UUID, human_id: UUID, email: str
) -> None:
    """Queue the joining of whoever has just proved that an invited address is theirs.

    Called in the platform's session; seats and applications are the tenant's to move.
    """
    statement = select(GroupInvitation.id).where(
        col(GroupInvitation.tenant_id) == tenant_id,
        col(GroupInvitation.email) == email,
        col(GroupInvitation.status) == InvitationStatus.OPEN,
    )
    if (await session.exec(statement.limit(1))).first() is not None:
        await defer(session, "join_groups", tenant_id=tenant_id, human_id=human_id)


async def accept_all(session: BoundSession, now: datetime, portal_url: str, human_id: UUID) -> None:
    """Let a human join wherever their address is invited; done twice, it does nothing more.

    A group that is closed keeps its invitation for when it opens.
    """
    human = await human_crud.get_or_none(session, human_id)
    if human is None:
        return
    act = Act(ApplicationActor.LEADER, now, portal_url)
    statement = select(GroupInvitation.id, GroupInvitation.group_id).where(
        col(GroupInvitation.email) == human.email,
        col(GroupInvitation.status) == InvitationStatus.OPEN,
    )
    rows = (await session.exec(statement.order_by(col(GroupInvitation.group_id)))).all()
    for invitation_id, group_id in rows:
        await _accept(session, act, human, invitation_id, group_id)


async def _accept(
    session: BoundSession, act: Act, human: Human, invitation_id: UUID, group_id: UUID
) -> None:
    group = await group_crud.locked(session, group_id)
    invitation = await group_invitation_crud.get_or_none(session, invitation_id)
    if invitation is None or invitation.status is not InvitationStatus.OPEN:
        return
    host = joining.Host(group, await popup_crud.get(session, group.popup_id))
    try:
        joining.check_hosting(host, act)
    except (GroupClosed, PopupClosed):
        return
    human.first_name = human.first_name or invitation.first_name
    human.last_name = human.last_name or invitation.last_name
    await session.flush()
    try:
        async with session.begin_nested():
            await session.connection()  # sends the SAVEPOINT before the driver is used
            member = await joining.join(session, act, host, human, invitation.id)
    except joining.CANNOT_JOIN:
        member = None
        await allotments.give_back(session, invitation_id, {group_id: 1})
    invitation.status = InvitationStatus.ACCEPTED if member else InvitationStatus.REVOKED
    invitation.closed_at = act.now
    await group_invitation_crud.flush(session)
