"""Endpoints of tickets: a human's own, and the staff's."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.shared.dependencies import Requires, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.api.ticket.crud import own_ticket_crud, ticket_crud
from app.api.ticket.schemas import OwnTicketQuery, TicketPublic, TicketQuery, TicketSelf
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown

router = APIRouter(prefix="/tickets", tags=["tickets"])

REFUSED = (Unauthenticated, Forbidden, TenantUnknown)


@router.get(
    "/mine",
    response_model=ListModel[TicketSelf],
    dependencies=[Requires(Permission.TICKETS_OWN)],
    responses=problems(*REFUSED),
)
async def list_own_tickets(
    session: TenantSession, query: Annotated[OwnTicketQuery, Query()]
) -> Rendered:
    """List one's own tickets, with their codes."""
    return await own_ticket_crud.find_json(session, query)


@router.get(
    "",
    response_model=ListModel[TicketPublic],
    dependencies=[Requires(Permission.TICKETS_READ)],
    responses=problems(*REFUSED),
)
async def list_tickets(session: TenantSession, query: Annotated[TicketQuery, Query()]) -> Rendered:
    """List tickets; ``search`` looks in the product's and the attendee's name."""
    return await ticket_crud.find_json(session, query)
