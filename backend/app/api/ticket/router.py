"""Endpoints of tickets: a human's own, the staff's, and the door's."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from starlette.responses import Response

from app.api.human.dependencies import OwnId
from app.api.popup.errors import PopupUnknown
from app.api.shared.dependencies import Requires, ServiceSession, SettingsDep, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.api.ticket.crud import check_in_crud, own_ticket_crud, ticket_crud
from app.api.ticket.dependencies import CurrentDoor
from app.api.ticket.errors import (
    ScanIdReused,
    ScanTimeImplausible,
    TicketCodeUnknown,
    TicketCodeUnreadable,
    TicketMoveRefused,
    TicketNotThere,
    TicketOfOtherPopup,
    TicketReturned,
)
from app.api.ticket.schemas import (
    BatchResult,
    CheckInBatch,
    CheckInCounts,
    CheckInCreate,
    CheckInPublic,
    CheckInQuery,
    CountQuery,
    OwnTicketQuery,
    ScanReading,
    TicketCheckInQuery,
    TicketPublic,
    TicketQuery,
    TicketSelf,
)
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import checking_in, ticket_files, tickets

router = APIRouter(tags=["tickets"])

OWN = [Requires(Permission.TICKETS_OWN)]
READ = [Requires(Permission.TICKETS_READ)]
WRITE = [Requires(Permission.TICKETS_WRITE)]
DOOR = [Requires(Permission.TICKETS_CHECK_IN)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)


class TicketFile(Response):
    """A file that admits whoever shows it, so that nothing on its way keeps it."""

    def __init__(self, content: bytes, status_code: int = status.HTTP_200_OK) -> None:
        super().__init__(content, status_code, {"Cache-Control": "no-store"})


class PngResponse(TicketFile):
    """A QR image in pixels."""

    media_type = "image/png"


class SvgResponse(TicketFile):
    """A QR image in lines."""

    media_type = "image/svg+xml"


class PdfResponse(TicketFile):
    """Pages to print."""

    media_type = ticket_files.PDF


SCAN_REFUSED = (
    TicketCodeUnreadable,
    TicketCodeUnknown,
    TicketOfOtherPopup,
    TicketMoveRefused,
    ScanIdReused,
    ScanTimeImplausible,
)


@router.post(
    "/attendees/check-in",
    dependencies=DOOR,
    responses=problems(PopupUnknown, *SCAN_REFUSED, *REFUSED),
)
async def check_in(data: CheckInCreate, session: TenantSession, door: CurrentDoor) -> ScanReading:
    """Record a scan at the door: who came with what, and when they were seen before."""
    return await checking_in.check_in(session, door, data)


@router.post("/attendees/check-ins", dependencies=DOOR, responses=problems(PopupUnknown, *REFUSED))
async def replay_check_ins(
    data: CheckInBatch, session: TenantSession, door: CurrentDoor
) -> BatchResult:
    """Tell the log of a scanner that was offline: in any order, in pieces and again."""
    return await checking_in.replay(session, door, data)


@router.get(
    "/check-ins",
    response_model=ListModel[CheckInPublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_check_ins(
    session: TenantSession, query: Annotated[CheckInQuery, Query()]
) -> Rendered:
    """List scans; ``search`` looks in the names of attendee, product and scanner."""
    return await check_in_crud.find_json(session, query)


@router.get("/check-ins/counts", dependencies=READ, responses=problems(PopupUnknown, *REFUSED))
async def count_check_ins(
    session: TenantSession, query: Annotated[CountQuery, Query()]
) -> CheckInCounts:
    """Count a popup's scans and the tickets that came, by product and by day."""
    return await checking_in.counts(session, query.popup_id)


@router.get(
    "/tickets/mine",
    response_model=ListModel[TicketSelf],
    dependencies=OWN,
    responses=problems(*REFUSED),
)
async def list_own_tickets(
    session: TenantSession, query: Annotated[OwnTicketQuery, Query()]
) -> Rendered:
    """List one's own tickets, with their codes."""
    return await own_ticket_crud.find_json(session, query)


@router.get(
    "/tickets/mine/{ticket_id}",
    response_model=TicketSelf,
    dependencies=OWN,
    responses=problems(TicketNotThere, *REFUSED),
)
async def read_own_ticket(ticket_id: UUID, session: TenantSession) -> Rendered:
    """Read one's own ticket, with its code."""
    return await own_ticket_crud.get_json(session, ticket_id)


@router.get(
    "/tickets/mine/{ticket_id}/qr.png",
    response_class=PngResponse,
    dependencies=OWN,
    responses=problems(TicketNotThere, TicketReturned, *REFUSED),
)
async def show_own_qr_png(ticket_id: UUID, session: TenantSession) -> Response:
    """Show the QR image of one's own ticket."""
    return PngResponse(await ticket_files.ticket_qr(session, ticket_id, "png"))


@router.get(
    "/tickets/mine/{ticket_id}/qr.svg",
    response_class=SvgResponse,
    dependencies=OWN,
    responses=problems(TicketNotThere, TicketReturned, *REFUSED),
)
async def show_own_qr_svg(ticket_id: UUID, session: TenantSession) -> Response:
    """Show the QR image of one's own ticket, sharp at any size."""
    return SvgResponse(await ticket_files.ticket_qr(session, ticket_id, "svg"))


@router.get(
    "/tickets/mine/{ticket_id}/ticket.pdf",
    response_class=PdfResponse,
    dependencies=OWN,
    responses=problems(TicketNotThere, TicketReturned, *REFUSED),
)
async def print_own_ticket(
    ticket_id: UUID, session: ServiceSession, human_id: OwnId, settings: SettingsDep
) -> Response:
    """Return one's own ticket to print."""
    page = await ticket_files.own_ticket_pdf(session, settings, human_id, ticket_id)
    return PdfResponse(page)


@router.get(
    "/tickets",
    response_model=ListModel[TicketPublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_tickets(session: TenantSession, query: Annotated[TicketQuery, Query()]) -> Rendered:
    """List tickets; ``search`` looks in the product's and the attendee's name."""
    return await ticket_crud.find_json(session, query)


@router.get(
    "/tickets/{ticket_id}",
    response_model=TicketPublic,
    dependencies=READ,
    responses=problems(TicketNotThere, *REFUSED),
)
async def read_ticket(ticket_id: UUID, session: TenantSession) -> Rendered:
    """Read one ticket, without its code."""
    return await ticket_crud.get_json(session, ticket_id)


@router.get(
    "/tickets/{ticket_id}/qr.png",
    response_class=PngResponse,
    dependencies=DOOR,
    responses=problems(TicketNotThere, TicketReturned, *REFUSED),
)
async def show_qr_png(ticket_id: UUID, session: TenantSession) -> Response:
    """Show the QR image of a ticket to staff who keep the door, for whoever lost theirs."""
    return PngResponse(await ticket_files.ticket_qr(session, ticket_id, "png"))


@router.get(
    "/tickets/{ticket_id}/qr.svg",
    response_class=SvgResponse,
    dependencies=DOOR,
    responses=problems(TicketNotThere, TicketReturned, *REFUSED),
)
async def show_qr_svg(ticket_id: UUID, session: TenantSession) -> Response:
    """Show the QR image of a ticket to staff who keep the door, sharp at any size."""
    return SvgResponse(await ticket_files.ticket_qr(session, ticket_id, "svg"))


@router.get(
    "/tickets/{ticket_id}/check-ins",
    response_model=ListModel[CheckInPublic],
    dependencies=READ,
    responses=problems(TicketNotThere, *REFUSED),
)
async def list_ticket_check_ins(
    ticket_id: UUID, session: TenantSession, query: Annotated[TicketCheckInQuery, Query()]
) -> Rendered:
    """List when and by whom a ticket was seen, in the order it happened."""
    await ticket_crud.get(session, ticket_id)
    wanted = CheckInQuery(ticket_id=ticket_id, **query.model_dump())
    return await check_in_crud.find_json(session, wanted)


@router.post(
    "/tickets/{ticket_id}/void",
    response_model=TicketPublic,
    dependencies=WRITE,
    responses=problems(TicketNotThere, TicketMoveRefused, *REFUSED),
)
async def void_ticket(ticket_id: UUID, session: TenantSession, door: CurrentDoor) -> Rendered:
    """Let a ticket admit nobody any more, without giving money back."""
    await tickets.void(session, door.actor, ticket_id, door.now)
    return await ticket_crud.get_json(session, ticket_id)
