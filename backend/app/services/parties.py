"""The people who come with an application: added, changed and taken out as its popup allows.

A human's requests step up to the tenant's rights here, so every function for them looks
first whether the application is theirs. The application is locked, so two changes to one
party come one after the other.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from app.api.application.crud import application_crud
from app.api.application.errors import ApplicationUnknown
from app.api.application.lifecycle import ApplicationStatus
from app.api.application.models import Application
from app.api.attendee.crud import attendee_crud, own_attendee_crud
from app.api.attendee.errors import (
    AttendeeHasTickets,
    AttendeeUnknown,
    KidsNotAllowed,
    MainAttendeeAddressFixed,
    MainAttendeeStays,
    PartyClosed,
    PartyTooLarge,
    SpouseExists,
    SpouseNotAllowed,
)
from app.api.attendee.models import Attendee
from app.api.attendee.party import (
    MOST_IN_A_PARTY,
    AttendeeCategory,
    PartyRules,
    check_addition,
    check_change,
    check_removal,
)
from app.api.attendee.schemas import (
    AttendeeUpdate,
    CompanionCreate,
    CompanionOnBehalf,
    OwnPartyQuery,
    PartyQuery,
)
from app.api.popup.calendar import day_at, zone_of
from app.api.popup.crud import popup_crud
from app.api.popup.lifecycle import check_open_for_buyers
from app.api.popup.models import Popup
from app.api.shared.response import Rendered
from app.core.errors import DomainError
from app.core.tenant_db import BoundSession
from app.services import linking

CREATED = 201

ADDITION_REFUSALS: Final[tuple[type[DomainError], ...]] = (
    ApplicationUnknown,
    PartyClosed,
    PartyTooLarge,
    SpouseNotAllowed,
    SpouseExists,
    KidsNotAllowed,
)
"""What adding a companion raises, whoever adds them."""

CHANGE_REFUSALS: Final[tuple[type[DomainError], ...]] = (
    AttendeeUnknown,
    PartyClosed,
    MainAttendeeStays,
    MainAttendeeAddressFixed,
    AttendeeHasTickets,
    SpouseNotAllowed,
    SpouseExists,
    KidsNotAllowed,
)
"""What changing somebody raises, whoever changes them."""


async def read_own(session: BoundSession, application_id: UUID, query: PartyQuery) -> Rendered:
    """List the party of one's own application.

    Raises:
        ApplicationUnknown: there is none of that id that this human may see.
    """
    await application_crud.get(session, application_id)
    wanted = query.model_dump(exclude_none=True)
    return await own_attendee_crud.find_json(
        session, OwnPartyQuery(application_id=application_id, **wanted)
    )


async def add_own(
    session: BoundSession,
    human_id: UUID,
    application_id: UUID,
    data: CompanionCreate,
    now: datetime,
) -> Rendered:
    """Bring somebody with one's own application.

    Raises:
        DomainError: one of ``ADDITION_REFUSALS``, or PopupClosed when it is over.
    """
    application = await _own_application(session, human_id, application_id)
    popup = await _open_popup(session, application, now)
    made = await _add(session, application, popup, data)
    return await own_attendee_crud.get_json(session, made.id, status=CREATED)


async def change_own(
    session: BoundSession,
    human_id: UUID,
    place: tuple[UUID, UUID],
    data: AttendeeUpdate,
    now: datetime,
) -> Rendered:
    """Change somebody of one's own party; ``place`` is the application and the attendee.

    Raises:
        DomainError: one of ``CHANGE_REFUSALS``, ApplicationUnknown, or PopupClosed when it
            is over.
    """
    application = await _own_application(session, human_id, place[0])
    attendee = await _of_party(session, application, place[1])
    popup = await _open_popup(session, application, now)
    await _change(session, application, popup, attendee, data)
    return await own_attendee_crud.get_json(session, attendee.id)


async def remove_own(
    session: BoundSession, human_id: UUID, place: tuple[UUID, UUID], now: datetime
) -> None:
    """Take somebody out of one's own party; ``place`` is the application and the attendee.

    Raises:
        ApplicationUnknown: it is not one's own, or not there.
        AttendeeUnknown: nobody of that id is in its party.
        PopupClosed: the popup is over.
        PartyClosed: the application was rejected or withdrawn.
        MainAttendeeStays: it is oneself.
        AttendeeHasTickets: something was sold to this person.
        AttendeeHasOrders: an order names them.
    """
    application = await _own_application(session, human_id, place[0])
    attendee = await _of_party(session, application, place[1])
    await _open_popup(session, application, now)
    await _remove(session, application, attendee)


async def add(session: BoundSession, data: CompanionOnBehalf) -> Rendered:
    """Bring somebody with an application, on the applicant's behalf; ended popups included.

    Raises:
        DomainError: one of ``ADDITION_REFUSALS``, or PopupArchived.
    """
    application = await application_crud.locked(session, data.application_id)
    popup = await popup_crud.open_to_edits(session, application.popup_id)
    made = await _add(session, application, popup, data)
    return await attendee_crud.get_json(session, made.id, status=CREATED)


async def change(session: BoundSession, attendee_id: UUID, data: AttendeeUpdate) -> Rendered:
    """Change somebody on the applicant's behalf.

    Raises:
        DomainError: one of ``CHANGE_REFUSALS``, or PopupArchived.
    """
    application, attendee = await _locked(session, attendee_id)
    popup = await popup_crud.open_to_edits(session, application.popup_id)
    await _change(session, application, popup, attendee, data)
    return await attendee_crud.get_json(session, attendee_id)


async def remove(session: BoundSession, attendee_id: UUID) -> None:
    """Take somebody out of their party.

    Raises:
        AttendeeUnknown: there is none of that id in this tenant.
        PopupArchived: the popup is a record.
        MainAttendeeStays: they are the applicant.
        AttendeeHasTickets: something was sold to this person.
        AttendeeHasOrders: an order names them.
    """
    application, attendee = await _locked(session, attendee_id)
    await popup_crud.open_to_edits(session, application.popup_id)
    await _remove(session, application, attendee)


async def _own_application(
    session: BoundSession, human_id: UUID, application_id: UUID
) -> Application:
    application = await application_crud.locked(session, application_id)
    if application.human_id != human_id:
        raise ApplicationUnknown
    return application


async def _open_popup(session: BoundSession, application: Application, now: datetime) -> Popup:
    popup = await popup_crud.get(session, application.popup_id)
    today = day_at(now, zone_of(popup.timezone))
    check_open_for_buyers(popup.status, ends_on=popup.ends_on, today=today)
    return popup


async def _of_party(session: BoundSession, application: Application, attendee_id: UUID) -> Attendee:
    attendee = await attendee_crud.get(session, attendee_id)
    if attendee.application_id != application.id:
        raise AttendeeUnknown
    return attendee


async def _locked(session: BoundSession, attendee_id: UUID) -> tuple[Application, Attendee]:
    """Return somebody as they are once their application is locked, and the application."""
    found = await attendee_crud.get(session, attendee_id)
    application = await application_crud.locked(session, found.application_id)
    await session.refresh(found)
    return application, found


async def _add(
    session: BoundSession, application: Application, popup: Popup, data: CompanionCreate
) -> Attendee:
    _check_standing(application)
    party = await attendee_crud.others(session, application.id)
    check_addition(data.category, party, _rules(popup))
    _check_size(party)
    attendee = Attendee(
        popup_id=application.popup_id,
        application_id=application.id,
        owner_id=application.human_id,
        human_id=await linking.account_of(session, data.email),
        category=data.category,
        name=data.name,
        email=data.email,
        gender=data.gender,
        age=data.age,
    )
    session.add(attendee)
    await attendee_crud.flush(session)
    return attendee


async def _change(
    session: BoundSession,
    application: Application,
    popup: Popup,
    attendee: Attendee,
    data: AttendeeUpdate,
) -> None:
    _check_standing(application)
    if data.category is not None:
        check_change(
            attendee.category,
            data.category,
            await attendee_crud.others(session, application.id, but=attendee.id),
            _rules(popup),
            has_tickets=await attendee_crud.has_tickets(session, attendee.id),
        )
    if "email" in data.model_fields_set and data.email != attendee.email:
        if attendee.category is AttendeeCategory.MAIN:
            raise MainAttendeeAddressFixed
        attendee.human_id = await linking.account_of(session, data.email)
    await attendee_crud.update(session, attendee, data)


async def _remove(session: BoundSession, application: Application, attendee: Attendee) -> None:
    _check_standing(application)
    has_tickets = await attendee_crud.has_tickets(session, attendee.id)
    check_removal(attendee.category, has_tickets=has_tickets)
    await attendee_crud.delete(session, attendee)


def _check_standing(application: Application) -> None:
    if application.status in {ApplicationStatus.REJECTED, ApplicationStatus.WITHDRAWN}:
        raise PartyClosed


def _check_size(party: Sequence[AttendeeCategory]) -> None:
    if len(party) >= MOST_IN_A_PARTY:
        raise PartyTooLarge(f"A party has at most {MOST_IN_A_PARTY} people")


def _rules(popup: Popup) -> PartyRules:
    return PartyRules(allows_spouse=popup.allows_spouse, allows_children=popup.allows_children)
