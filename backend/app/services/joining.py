"""People join a group and leave it; a seat is taken and freed with its member or invitation.

The seat of a member is taken under the member's id, that of an invitation under the
invitation's, which is the id of the member who comes of it. Whoever seats people has the
group's row first, then an application's, then the seats' counter: nobody waits in a circle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, delete
from sqlmodel import col, select

from app.api.allotment.errors import AllotmentExhausted
from app.api.application.crud import application_crud
from app.api.application.errors import ApplicationExists, ApplicationMoveRefused
from app.api.application.lifecycle import ApplicationEvent, ApplicationStatus
from app.api.application.models import Application
from app.api.form_field.errors import AnswersInvalid
from app.api.group.crud import group_crud, group_invitation_crud, group_member_crud
from app.api.group.errors import GroupClosed, GroupFull, GroupUnknown, MemberElsewhere
from app.api.group.models import Group, GroupInvitation, GroupMember
from app.api.group.schemas import Invitee, SeatOutcome, SeatResult
from app.api.group.seats import InvitationStatus, Seating, seat_batch
from app.api.human.crud import human_crud
from app.api.human.models import Human
from app.api.popup.calendar import day_at, zone_of
from app.api.popup.crud import popup_crud
from app.api.popup.lifecycle import check_open_for_buyers
from app.api.popup.models import Popup
from app.api.shared.types import new_id
from app.core.tenant_db import BoundSession
from app.services import admission, allotments
from app.services.admission import Act, Case
from app.services.email import GroupInvitation as GroupInvitationMail
from app.services.email import GroupMemberRemoved
from app.services.email.outbox import queue_mail

CANNOT_JOIN = (ApplicationExists, ApplicationMoveRefused, AnswersInvalid, MemberElsewhere)
"""Why somebody is not taken in: their own affair, which a leader is not told."""


@dataclass(frozen=True, slots=True)
class Host:
    """A group that takes people in, and its popup."""

    group: Group
    popup: Popup


async def add_one(
    session: BoundSession, act: Act, group_id: UUID, person: Invitee, leader_id: UUID | None = None
) -> SeatResult:
    """Let one person join a group.

    Raises:
        GroupFull: there is no seat.
        DomainError: what ``add_all`` raises.
    """
    (result,) = await add_all(session, act, group_id, [person], leader_id)
    if result.outcome is SeatOutcome.NO_SEAT:
        raise GroupFull(seats_left=0)
    return result


async def add_all(
    session: BoundSession,
    act: Act,
    group_id: UUID,
    people: Sequence[Invitee],
    leader_id: UUID | None = None,
) -> list[SeatResult]:
    """Let people join a group: at once with an account, or else by invitation.

    A row that is refused leaves nothing, and the others as they are.

    Raises:
        GroupUnknown: there is no such group, or somebody else than this leader leads it.
        GroupClosed: the group is switched off.
        PopupClosed: its popup is over, or not active.
    """
    group = await led(session, group_id, leader_id)
    host = Host(group, await popup_crud.get(session, group.popup_id))
    check_hosting(host, act)
    emails = [person.email for person in people]
    humans = await _accounts(session, emails)
    seating = seat_batch(group.seats, await _seated(session, group.id), emails)
    results = [
        SeatResult(email=email, outcome=_TOLD[seat], id=None)
        for email, seat in zip(emails, seating, strict=True)
    ]
    # In the order of addresses, so that two batches of the same people do not cross.
    for email, turn in sorted((email, turn) for turn, email in enumerate(emails)):
        if seating[turn] is Seating.SEATED:
            results[turn] = await _seat(session, act, host, people[turn], humans.get(email))
    return results


async def remove(
    session: BoundSession, act: Act, group_id: UUID, member_id: UUID, leader_id: UUID | None = None
) -> None:
    """Take a member out of a group, and tell them; the seat is free again.

    Whom the group's word alone had accepted is withdrawn.

    Raises:
        GroupUnknown: there is no such group, or somebody else than this leader leads it.
        MemberUnknown: there is no such member of it.
        ApplicationMoveRefused: the member has bought something.
    """
    group = await led(session, group_id, leader_id)
    member = await group_member_crud.get(session, member_id)
    statement = select(Application.id).where(
        Application.group_id == group.id, Application.human_id == member.human_id
    )
    application_id = (await session.exec(statement)).one_or_none()
    if member.group_id != group.id or application_id is None:
        raise group_member_crud.not_found
    case = await admission.case_of(session, application_id)
    if case.application.group_id != group.id:
        raise group_member_crud.not_found
    await admission.happen(session, act, case, ApplicationEvent.WITHDRAW)
    mail = GroupMemberRemoved(
        first_name=case.human.first_name,
        group_name=group.name,
        popup_name=case.popup.name,
        is_accepted=case.application.status is ApplicationStatus.ACCEPTED,
        application_url=act.portal_url,
    )
    await queue_mail(session, mail, to=case.human.email)


async def revoke(
    session: BoundSession,
    act: Act,
    group_id: UUID,
    invitation_id: UUID,
    leader_id: UUID | None = None,
) -> None:
    """Take an invitation back; the seat is free again.

    Raises:
        GroupUnknown: there is no such group, or somebody else than this leader leads it.
        InvitationUnknown: there is no such invitation of it that is open.
    """
    group = await led(session, group_id, leader_id)
    invitation = await group_invitation_crud.get(session, invitation_id)
    is_open = invitation.status is InvitationStatus.OPEN
    if invitation.group_id != group.id or not is_open:
        raise group_invitation_crud.not_found
    invitation.status = InvitationStatus.REVOKED
    invitation.closed_at = act.now
    await group_invitation_crud.flush(session)
    await allotments.give_back(session, invitation.id, {group.id: 1})


async def led(session: BoundSession, group_id: UUID, leader_id: UUID | None) -> Group:
    """Return a group, locked; for a leader, only one that they lead.

    Raises:
        GroupUnknown: there is no such group, or somebody else leads it.
    """
    group = await group_crud.locked(session, group_id)
    if leader_id is not None and group.leader_id != leader_id:
        raise GroupUnknown
    return group


def check_hosting(host: Host, act: Act) -> None:
    """Refuse to seat people where nobody joins.

    Raises:
        GroupClosed: the group is switched off.
        PopupClosed: its popup is over, or not active.
    """
    if not host.group.is_active:
        raise GroupClosed
    today = day_at(act.now, zone_of(host.popup.timezone))
    check_open_for_buyers(host.popup.status, ends_on=host.popup.ends_on, today=today)


async def join(
    session: BoundSession, act: Act, host: Host, human: Human, invitation_id: UUID | None = None
) -> GroupMember | None:
    """Make a human a member, and their application an accepted one.

    With an invitation its seat is the member's; else one is taken. None says that the
    human is red-flagged: the application is rejected, and the seat is free.

    Raises:
        AllotmentExhausted: there is no seat.
        DomainError: one of ``CANNOT_JOIN``.
    """
    group = host.group
    case = await _case(session, act, host, human)
    member = GroupMember(
        id=invitation_id or new_id(),
        popup_id=group.popup_id,
        group_id=group.id,
        human_id=human.id,
        joined_at=act.now,
    )
    session.add(member)
    await group_member_crud.flush(session)
    if invitation_id is None:
        await allotments.take_now(session, member.id, {group.id: 1})
    application = await admission.take_in(session, act, case, member)
    return member if application.status is ApplicationStatus.ACCEPTED else None


_TOLD: Mapping[Seating, SeatOutcome] = {
    Seating.SEATED: SeatOutcome.REFUSED,
    Seating.HAS_SEAT: SeatOutcome.HAS_SEAT,
    Seating.REPEATED: SeatOutcome.REPEATED,
    Seating.NO_SEAT: SeatOutcome.NO_SEAT,
}


async def _seat(
    session: BoundSession, act: Act, host: Host, person: Invitee, human: Human | None
) -> SeatResult:
    try:
        async with session.begin_nested():
            await session.connection()  # sends the SAVEPOINT before the driver is used
            if human is None:
                invited = await _invite(session, act, host, person)
                return SeatResult(email=person.email, outcome=SeatOutcome.INVITED, id=invited.id)
            member = await join(session, act, host, human)
    except AllotmentExhausted:
        return SeatResult(email=person.email, outcome=SeatOutcome.NO_SEAT, id=None)
    except CANNOT_JOIN:
        member = None
    if member is None:
        return SeatResult(email=person.email, outcome=SeatOutcome.REFUSED, id=None)
    return SeatResult(email=person.email, outcome=SeatOutcome.JOINED, id=member.id)


async def _invite(session: BoundSession, act: Act, host: Host, person: Invitee) -> GroupInvitation:
    """Keep a seat for an address, in place of an older invitation that is closed, and write."""
    group = host.group
    await session.exec(
        delete(GroupInvitation).where(
            col(GroupInvitation.group_id) == group.id,
            col(GroupInvitation.email) == person.email,
        )
    )
    invitation = GroupInvitation(
        popup_id=group.popup_id, group_id=group.id, invited_at=act.now, **person.model_dump()
    )
    session.add(invitation)
    await group_invitation_crud.flush(session)
    await allotments.take_now(session, invitation.id, {group.id: 1})
    mail = GroupInvitationMail(
        invited_by=await _inviter(session, group),
        group_name=group.name,
        popup_name=host.popup.name,
        discount_percent=group.discount_percent,
        welcome_text=group.welcome_text or None,
        join_url=f"{act.portal_url}/{host.popup.slug}/groups/{group.slug}",
    )
    await queue_mail(session, mail, to=person.email)
    return invitation


async def _inviter(session: BoundSession, group: Group) -> str:
    leader = await human_crud.get_or_none(session, group.leader_id) if group.leader_id else None
    name = f"{leader.first_name} {leader.last_name}".strip() if leader else ""
    return name or group.name


async def _case(session: BoundSession, act: Act, host: Host, human: Human) -> Case:
    """Return a human's application to the popup, locked, or one just started."""
    statement = select(Application).where(
        Application.popup_id == host.popup.id, Application.human_id == human.id
    )
    application = (await session.exec(statement.with_for_update())).one_or_none()
    if application is not None:
        return Case(application, human, host.popup)
    case = Case(Application(popup_id=host.popup.id, human_id=human.id), human, host.popup)
    await admission.start(session, act, case)
    await application_crud.flush(session)
    return case


async def _accounts(session: BoundSession, emails: Sequence[str]) -> Mapping[str, Human]:
    statement = select(Human).where(col(Human.email).in_(emails), col(Human.deleted_at).is_(None))
    return {human.email: human for human in (await session.exec(statement)).all()}


async def _seated(session: BoundSession, group_id: UUID) -> set[str]:
    """Return the addresses of a group's members and of its open invitations."""
    members = (
        select(Human.email)
        .join(
            GroupMember,
            and_(
                col(GroupMember.tenant_id) == col(Human.tenant_id),
                col(GroupMember.human_id) == col(Human.id),
            ),
        )
        .where(col(GroupMember.group_id) == group_id)
    )
    invited = select(GroupInvitation.email).where(
        GroupInvitation.group_id == group_id, GroupInvitation.status == InvitationStatus.OPEN
    )
    return {*(await session.exec(members)).all(), *(await session.exec(invited)).all()}
