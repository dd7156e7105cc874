"""Endpoints of attendees: a human's own party, and the staff's."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from fastapi.responses import StreamingResponse

from app.api.application.errors import ApplicationUnknown
from app.api.attendee.crud import attendee_crud
from app.api.attendee.errors import (
    AttendeeHasOrders,
    AttendeeHasTickets,
    AttendeeUnknown,
    MainAttendeeStays,
    NotComing,
    PartyClosed,
)
from app.api.attendee.schemas import (
    AttendeeExport,
    AttendeePublic,
    AttendeeQuery,
    AttendeeSelf,
    AttendeeUpdate,
    CompanionCreate,
    CompanionOnBehalf,
    DirectoryEntry,
    DirectoryQuery,
    PartyQuery,
)
from app.api.human.dependencies import OwnId
from app.api.popup.errors import PopupArchived, PopupClosed, PopupUnknown
from app.api.shared.dependencies import ExportSession, Requires, ServiceSession, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import CSV, CSV_TYPE, ListModel, Rendered
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.security import utc_now
from app.core.tenant_db import TenantUnknown
from app.services import directory, exporting, parties

router = APIRouter(tags=["attendees"])

OWN = [Requires(Permission.APPLICATIONS_OWN)]
READ = [Requires(Permission.ATTENDEES_READ)]
WRITE = [Requires(Permission.ATTENDEES_WRITE)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)
REMOVAL_REFUSED = (
    AttendeeUnknown,
    PartyClosed,
    MainAttendeeStays,
    AttendeeHasTickets,
    AttendeeHasOrders,
)
PARTY = "/applications/mine/{application_id}/attendees"


@router.get(
    PARTY,
    response_model=ListModel[AttendeeSelf],
    dependencies=OWN,
    responses=problems(ApplicationUnknown, *REFUSED),
)
async def list_own_attendees(
    application_id: UUID, session: TenantSession, query: Annotated[PartyQuery, Query()]
) -> Rendered:
    """List the people of one's own application, oneself among them."""
    return await parties.read_own(session, application_id, query)


@router.post(
    PARTY,
    response_model=AttendeeSelf,
    status_code=status.HTTP_201_CREATED,
    dependencies=OWN,
    responses=problems(PopupClosed, *parties.ADDITION_REFUSALS, *REFUSED),
)
async def add_own_companion(
    application_id: UUID, data: CompanionCreate, session: ServiceSession, human_id: OwnId
) -> Rendered:
    """Bring a spouse or a kid, where the popup allows it."""
    return await parties.add_own(session, human_id, application_id, data, utc_now())


@router.patch(
    f"{PARTY}/{{attendee_id}}",
    response_model=AttendeeSelf,
    dependencies=OWN,
    responses=problems(ApplicationUnknown, PopupClosed, *parties.CHANGE_REFUSALS, *REFUSED),
)
async def update_own_attendee(
    application_id: UUID,
    attendee_id: UUID,
    data: AttendeeUpdate,
    session: ServiceSession,
    human_id: OwnId,
) -> Rendered:
    """Change somebody of one's own party."""
    place = application_id, attendee_id
    return await parties.change_own(session, human_id, place, data, utc_now())


@router.delete(
    f"{PARTY}/{{attendee_id}}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=OWN,
    responses=problems(ApplicationUnknown, PopupClosed, *REMOVAL_REFUSED, *REFUSED),
)
async def remove_own_companion(
    application_id: UUID, attendee_id: UUID, session: ServiceSession, human_id: OwnId
) -> None:
    """Take a companion without tickets out of one's own party."""
    await parties.remove_own(session, human_id, (application_id, attendee_id), utc_now())


@router.get(
    "/popups/{popup_id}/directory",
    response_model=ListModel[DirectoryEntry],
    dependencies=OWN,
    responses=problems(PopupUnknown, NotComing, *REFUSED),
)
async def list_directory(
    popup_id: UUID,
    session: ServiceSession,
    human_id: OwnId,
    query: Annotated[DirectoryQuery, Query()],
) -> Rendered:
    """List who else comes to a popup, each with what they do not hide."""
    return await directory.read(session, human_id, popup_id, query)


@router.get(
    "/attendees",
    response_model=ListModel[AttendeePublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_attendees(
    session: TenantSession, query: Annotated[AttendeeQuery, Query()]
) -> Rendered:
    """List attendees with their tickets; ``search`` looks in the name and the address."""
    return await attendee_crud.find_json(session, query)


@router.get(
    "/attendees/export.csv",
    response_class=StreamingResponse,
    dependencies=READ,
    responses={**problems(PopupUnknown, *REFUSED), **CSV},
)
async def export_attendees(
    session: ExportSession, asked: Annotated[AttendeeExport, Query()]
) -> StreamingResponse:
    """Export a popup's attendees as CSV, sent while it is read."""
    export = await exporting.attendees(session, asked.popup_id, asked.query)
    return StreamingResponse(export.pieces, media_type=CSV_TYPE, headers=export.headers)


@router.post(
    "/attendees",
    response_model=AttendeePublic,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=problems(PopupArchived, *parties.ADDITION_REFUSALS, *REFUSED),
)
async def create_attendee(data: CompanionOnBehalf, session: TenantSession) -> Rendered:
    """Add a companion to somebody's application, as its popup allows."""
    return await parties.add(session, data)


@router.get(
    "/attendees/{attendee_id}",
    response_model=AttendeePublic,
    dependencies=READ,
    responses=problems(AttendeeUnknown, *REFUSED),
)
async def read_attendee(attendee_id: UUID, session: TenantSession) -> Rendered:
    """Read one attendee."""
    return await attendee_crud.get_json(session, attendee_id)


@router.patch(
    "/attendees/{attendee_id}",
    response_model=AttendeePublic,
    dependencies=WRITE,
    responses=problems(PopupArchived, *parties.CHANGE_REFUSALS, *REFUSED),
)
async def update_attendee(
    attendee_id: UUID, data: AttendeeUpdate, session: TenantSession
) -> Rendered:
    """Change an attendee on the applicant's behalf."""
    return await parties.change(session, attendee_id, data)


@router.delete(
    "/attendees/{attendee_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(PopupArchived, *REMOVAL_REFUSED, *REFUSED),
)
async def remove_attendee(attendee_id: UUID, session: TenantSession) -> None:
    """Take a companion without tickets out of their party."""
    await parties.remove(session, attendee_id)
