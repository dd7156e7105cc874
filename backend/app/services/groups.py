"""Groups are made, changed and shown: to staff, to whoever leads them, and on a public page."""

from uuid import UUID

from sqlalchemy import and_
from sqlmodel import col, select

from app.api.allotment.models import AllotmentKind
from app.api.group.crud import (
    group_crud,
    group_invitation_crud,
    group_member_crud,
    seats_taken,
)
from app.api.group.errors import GroupInUse, GroupUnknown, LeaderUnknown
from app.api.group.models import Group
from app.api.group.schemas import (
    GroupCreate,
    GroupInvitationQuery,
    GroupMemberQuery,
    GroupPage,
    GroupQuery,
    GroupUpdate,
    InvitationQuery,
    LedGroupQuery,
    MemberQuery,
)
from app.api.group.seats import check_resize, seats_left
from app.api.human.crud import human_crud
from app.api.popup.crud import popup_crud
from app.api.popup.models import Popup
from app.api.shared.response import Rendered
from app.api.shared.types import new_id
from app.core.tenant_db import BoundSession
from app.services import allotments, tenants


async def create_group(session: BoundSession, data: GroupCreate) -> Rendered:
    """Make a group of a popup, and begin to count its seats.

    Raises:
        PopupUnknown: there is no such popup in this tenant.
        PopupArchived: the popup is a record.
        LeaderUnknown: there is no such attendee.
        GroupSlugTaken: another group of the popup has that slug.
    """
    group_id = new_id()
    await popup_crud.open_to_edits(session, data.popup_id)
    await _check_leader(session, data.leader_id)
    created = await group_crud.create_json(session, data, id=group_id)
    await _count(session, group_id, data.popup_id, data.seats)
    return created


async def change_group(session: BoundSession, group_id: UUID, data: GroupUpdate) -> Rendered:
    """Change a group, or switch it on or off.

    Raises:
        GroupUnknown: there is none of that id in this tenant.
        PopupArchived: its popup is a record.
        LeaderUnknown: there is no such attendee.
        GroupSlugTaken: another group of the popup has that slug.
        SeatsBelowMembers: more seats than that are taken.
    """
    group = await group_crud.locked(session, group_id)
    await popup_crud.open_to_edits(session, group.popup_id)
    await _check_leader(session, data.leader_id)
    if "seats" in data.model_fields_set:
        check_resize(data.seats, taken=await group_crud.taken(session, group_id))
        await _count(session, group_id, group.popup_id, data.seats)
    return await group_crud.update_json(session, group_id, data)


async def delete_group(session: BoundSession, group_id: UUID) -> None:
    """Delete a group that nobody belongs to.

    Raises:
        GroupUnknown: there is none of that id in this tenant.
        PopupArchived: its popup is a record.
        GroupInUse: somebody is a member, is invited, or has bought as a member.
    """
    group = await group_crud.locked(session, group_id)
    await popup_crud.open_to_edits(session, group.popup_id)
    if await group_crud.taken(session, group_id):
        raise GroupInUse
    await group_crud.delete(session, group)


async def read_page(
    session: BoundSession, tenant_id: UUID, popup_slug: str, group_slug: str
) -> GroupPage:
    """Return what an active group of a published popup shows to whoever has its link.

    Runs in the platform's session: no visitor's role reads groups, or SQL could list them.

    Raises:
        TenantUnknown: there is no such organisation, or it is not active.
        GroupUnknown: there is no such group, or it is switched off.
    """
    await tenants.refuse_closed(session, tenant_id)
    same_popup = and_(
        col(Popup.tenant_id) == col(Group.tenant_id), col(Popup.id) == col(Group.popup_id)
    )
    statement = (
        select(Group, seats_taken(group_crud.table))
        .join(Popup, same_popup)
        .where(col(Group.tenant_id) == tenant_id, col(Group.slug) == group_slug)
        .where(col(Popup.slug) == popup_slug, col(Popup.is_published), col(Group.is_active))
    )
    row = (await session.exec(statement)).one_or_none()
    if row is None:
        raise GroupUnknown
    group, taken = row
    return GroupPage(
        id=group.id,
        popup_id=group.popup_id,
        name=group.name,
        slug=group.slug,
        welcome_text=group.welcome_text,
        discount_percent=group.discount_percent,
        seats_left=seats_left(group.seats, taken=int(str(taken))),
    )


async def list_led(session: BoundSession, leader_id: UUID, query: LedGroupQuery) -> Rendered:
    """Answer with the groups that a human leads."""
    led = GroupQuery.model_validate({**query.model_dump(), "leader_id": leader_id})
    return await group_crud.find_json(session, led)


async def list_members(
    session: BoundSession, group_id: UUID, query: MemberQuery, *, leader_id: UUID | None = None
) -> Rendered:
    """Answer with the members of a group; for a leader, of one that they lead.

    Raises:
        GroupUnknown: there is no such group, or somebody else leads it.
    """
    await _shown(session, group_id, leader_id)
    asked = GroupMemberQuery.model_validate({**query.model_dump(), "group_id": group_id})
    return await group_member_crud.find_json(session, asked)


async def list_invitations(
    session: BoundSession, group_id: UUID, query: InvitationQuery, *, leader_id: UUID | None = None
) -> Rendered:
    """Answer with the invitations of a group; for a leader, of one that they lead.

    Raises:
        GroupUnknown: there is no such group, or somebody else leads it.
    """
    await _shown(session, group_id, leader_id)
    asked = GroupInvitationQuery.model_validate({**query.model_dump(), "group_id": group_id})
    return await group_invitation_crud.find_json(session, asked)


async def _shown(session: BoundSession, group_id: UUID, leader_id: UUID | None) -> None:
    group = await group_crud.get(session, group_id)
    if leader_id is not None and group.leader_id != leader_id:
        raise GroupUnknown


async def _check_leader(session: BoundSession, leader_id: UUID | None) -> None:
    if leader_id is not None and await human_crud.get_or_none(session, leader_id) is None:
        raise LeaderUnknown


async def _count(session: BoundSession, group_id: UUID, popup_id: UUID, seats: int | None) -> None:
    await allotments.set_limit(
        session, group_id, popup_id=popup_id, kind=AllotmentKind.GROUP, limit=seats
    )
