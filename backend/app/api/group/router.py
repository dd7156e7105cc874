"""Endpoints of groups: the staff's, their leaders', and the page people sign up on.

Leaders find their groups below ``/groups/mine``; staff do the same there where ids alone
say which group it is.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.application.errors import ApplicationMoveRefused
from app.api.group.crud import group_crud
from app.api.group.dependencies import LeadersAct
from app.api.group.errors import (
    GroupClosed,
    GroupFull,
    GroupInUse,
    GroupSlugTaken,
    GroupUnknown,
    InvitationUnknown,
    LeaderUnknown,
    MemberUnknown,
    SeatsBelowMembers,
)
from app.api.group.schemas import (
    GroupCreate,
    GroupInvitationPublic,
    GroupMemberPublic,
    GroupPage,
    GroupPublic,
    GroupQuery,
    GroupUpdate,
    InvitationQuery,
    Invitee,
    LedGroupQuery,
    MemberBatch,
    MemberQuery,
    SeatResult,
    SeatResults,
)
from app.api.human.dependencies import OwnId
from app.api.popup.errors import PopupArchived, PopupClosed, PopupUnknown
from app.api.shared.dependencies import (
    NamedTenant,
    Requires,
    ServiceSession,
    SessionDep,
    TenantSession,
)
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.api.shared.types import Slug
from app.core.errors import Forbidden, InvalidRequest, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import groups, joining

router = APIRouter(tags=["groups"])

READ = [Requires(Permission.GROUPS_READ)]
WRITE = [Requires(Permission.GROUPS_WRITE)]
LEAD = [Requires(Permission.GROUPS_LEAD)]
ANYONE = [Requires(Permission.PUBLISHED_READ)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)
JOINING = (GroupUnknown, GroupClosed, PopupClosed, *REFUSED)


@router.get(
    "/popups/public/{slug}/groups/{group_slug}",
    dependencies=ANYONE,
    responses=problems(GroupUnknown, TenantUnknown, InvalidRequest),
)
async def read_group_page(
    slug: Slug, group_slug: Slug, tenant_id: NamedTenant, session: SessionDep
) -> GroupPage:
    """Read what an active group of a published popup shows to whoever has its link."""
    return await groups.read_page(session, tenant_id, slug, group_slug)


@router.get(
    "/groups/mine",
    response_model=ListModel[GroupPublic],
    dependencies=LEAD,
    responses=problems(*REFUSED),
)
async def list_led_groups(
    session: ServiceSession, human_id: OwnId, query: Annotated[LedGroupQuery, Query()]
) -> Rendered:
    """List the groups that one leads."""
    return await groups.list_led(session, human_id, query)


@router.get(
    "/groups/mine/{group_id}/members",
    response_model=ListModel[GroupMemberPublic],
    dependencies=LEAD,
    responses=problems(GroupUnknown, *REFUSED),
)
async def list_led_group_members(
    group_id: UUID, session: ServiceSession, human_id: OwnId, query: Annotated[MemberQuery, Query()]
) -> Rendered:
    """List the members of a group one leads."""
    return await groups.list_members(session, group_id, query, leader_id=human_id)


@router.post(
    "/groups/mine/{group_id}/members",
    dependencies=LEAD,
    responses=problems(GroupFull, *JOINING),
)
async def add_led_group_member(
    group_id: UUID, data: Invitee, session: ServiceSession, human_id: OwnId, act: LeadersAct
) -> SeatResult:
    """Let somebody join a group one leads: at once with an account, or else by invitation."""
    return await joining.add_one(session, act, group_id, data, leader_id=human_id)


@router.post(
    "/groups/mine/{group_id}/members/batch",
    dependencies=LEAD,
    responses=problems(*JOINING),
)
async def add_led_group_members(
    group_id: UUID, data: MemberBatch, session: ServiceSession, human_id: OwnId, act: LeadersAct
) -> SeatResults:
    """Let people join a group one leads, each row with its own result."""
    results = await joining.add_all(session, act, group_id, data.people, leader_id=human_id)
    return SeatResults(results=results)


@router.delete(
    "/groups/mine/{group_id}/members/{member_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=LEAD,
    responses=problems(GroupUnknown, MemberUnknown, ApplicationMoveRefused, *REFUSED),
)
async def remove_led_group_member(
    group_id: UUID, member_id: UUID, session: ServiceSession, human_id: OwnId, act: LeadersAct
) -> None:
    """Take a member out of a group one leads, unless they have bought something."""
    await joining.remove(session, act, group_id, member_id, leader_id=human_id)


@router.get(
    "/groups/mine/{group_id}/invitations",
    response_model=ListModel[GroupInvitationPublic],
    dependencies=LEAD,
    responses=problems(GroupUnknown, *REFUSED),
)
async def list_led_group_invitations(
    group_id: UUID,
    session: ServiceSession,
    human_id: OwnId,
    query: Annotated[InvitationQuery, Query()],
) -> Rendered:
    """List the invitations of a group one leads, open and closed."""
    return await groups.list_invitations(session, group_id, query, leader_id=human_id)


@router.delete(
    "/groups/mine/{group_id}/invitations/{invitation_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=LEAD,
    responses=problems(GroupUnknown, InvitationUnknown, *REFUSED),
)
async def revoke_led_group_invitation(
    group_id: UUID, invitation_id: UUID, session: ServiceSession, human_id: OwnId, act: LeadersAct
) -> None:
    """Take an invitation of a group one leads back; its seat is free again."""
    await joining.revoke(session, act, group_id, invitation_id, leader_id=human_id)


@router.get(
    "/groups",
    response_model=ListModel[GroupPublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_groups(session: TenantSession, query: Annotated[GroupQuery, Query()]) -> Rendered:
    """List the groups of the organisation, or of one of its popups."""
    return await group_crud.find_json(session, query)


@router.post(
    "/groups",
    response_model=GroupPublic,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=problems(PopupUnknown, PopupArchived, GroupSlugTaken, LeaderUnknown, *REFUSED),
)
async def create_group(data: GroupCreate, session: TenantSession) -> Rendered:
    """Make a group of a popup."""
    return await groups.create_group(session, data)


@router.get(
    "/groups/{group_id}",
    response_model=GroupPublic,
    dependencies=READ,
    responses=problems(GroupUnknown, *REFUSED),
)
async def read_group(group_id: UUID, session: TenantSession) -> Rendered:
    """Read one group."""
    return await group_crud.get_json(session, group_id)


@router.patch(
    "/groups/{group_id}",
    response_model=GroupPublic,
    dependencies=WRITE,
    responses=problems(
        GroupUnknown, PopupArchived, GroupSlugTaken, LeaderUnknown, SeatsBelowMembers, *REFUSED
    ),
)
async def update_group(group_id: UUID, data: GroupUpdate, session: TenantSession) -> Rendered:
    """Change a group, or switch it on or off."""
    return await groups.change_group(session, group_id, data)


@router.delete(
    "/groups/{group_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(GroupUnknown, PopupArchived, GroupInUse, *REFUSED),
)
async def delete_group(group_id: UUID, session: TenantSession) -> None:
    """Delete a group that nobody belongs to; any other is switched off instead."""
    await groups.delete_group(session, group_id)


@router.get(
    "/groups/{group_id}/members",
    response_model=ListModel[GroupMemberPublic],
    dependencies=READ,
    responses=problems(GroupUnknown, *REFUSED),
)
async def list_group_members(
    group_id: UUID, session: TenantSession, query: Annotated[MemberQuery, Query()]
) -> Rendered:
    """List the members of a group."""
    return await groups.list_members(session, group_id, query)


@router.post(
    "/groups/{group_id}/members",
    dependencies=WRITE,
    responses=problems(GroupFull, *JOINING),
)
async def add_group_member(
    group_id: UUID, data: Invitee, session: TenantSession, act: LeadersAct
) -> SeatResult:
    """Let somebody join a group: at once with an account, or else by invitation."""
    return await joining.add_one(session, act, group_id, data)


@router.post(
    "/groups/{group_id}/members/batch",
    dependencies=WRITE,
    responses=problems(*JOINING),
)
async def add_group_members(
    group_id: UUID, data: MemberBatch, session: TenantSession, act: LeadersAct
) -> SeatResults:
    """Let people join a group, each row with its own result."""
    results = await joining.add_all(session, act, group_id, data.people)
    return SeatResults(results=results)


@router.delete(
    "/groups/{group_id}/members/{member_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(GroupUnknown, MemberUnknown, ApplicationMoveRefused, *REFUSED),
)
async def remove_group_member(
    group_id: UUID, member_id: UUID, session: TenantSession, act: LeadersAct
) -> None:
    """Take a member out of a group, unless they have bought something."""
    await joining.remove(session, act, group_id, member_id)


@router.get(
    "/groups/{group_id}/invitations",
    response_model=ListModel[GroupInvitationPublic],
    dependencies=READ,
    responses=problems(GroupUnknown, *REFUSED),
)
async def list_group_invitations(
    group_id: UUID, session: TenantSession, query: Annotated[InvitationQuery, Query()]
) -> Rendered:
    """List the invitations of a group, open and closed."""
    return await groups.list_invitations(session, group_id, query)


@router.delete(
    "/groups/{group_id}/invitations/{invitation_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(GroupUnknown, InvitationUnknown, *REFUSED),
)
async def revoke_group_invitation(
    group_id: UUID, invitation_id: UUID, session: TenantSession, act: LeadersAct
) -> None:
    """Take an invitation of a group back; its seat is free again."""
    await joining.revoke(session, act, group_id, invitation_id)
