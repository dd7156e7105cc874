"""Tickets as files: the QR image of one, a PDF of one or of all that an order still has."""

from functools import partial
from typing import Final, Literal
from uuid import UUID

import anyio.to_thread

from app.api.ticket.crud import ticket_crud
from app.api.ticket.errors import TicketNotThere, TicketReturned
from app.api.ticket.lifecycle import TicketStatus
from app.core.config import Settings
from app.core.tenant_db import BoundSession
from app.core.wire import Params, Row
from app.services.email.attachments import Making, attachment_source
from app.services.email.messages import Attachment
from app.services.ticket_pages import TicketPage, qr_image, ticket_pdf

TICKETS: Final = "tickets"
"""The source of attachments that makes an order's tickets."""

PDF: Final = "application/pdf"

PAGES_OF_A_FILE = 200
"""What one file holds, which a printer still takes."""

MOST_ATTACHED = 1_000
"""Tickets that travel with one mail: about 3 MB, which a worker draws in half a minute."""

_PAGES = """
SELECT t.status, json_build_object(
         'organisation', o.name, 'popup_name', p.name, 'location', p.location,
         'starts_on', p.starts_on, 'ends_on', p.ends_on,
         'attendee_name', a.name, 'product_name', l.product_name, 'code', t.code)
  FROM app.tickets t
  JOIN app.payment_lines l ON l.tenant_id = t.tenant_id AND l.id = t.payment_line_id
  JOIN app.attendees a ON a.tenant_id = t.tenant_id AND a.id = t.attendee_id
  JOIN app.popups p ON p.tenant_id = t.tenant_id AND p.id = t.popup_id
  JOIN app.tenants o ON o.id = t.tenant_id
 WHERE t.tenant_id = %(tenant)s::uuid
"""
_OF_ORDER = f"""
{_PAGES} AND l.payment_id = %(payment)s::uuid AND t.status = 'issued'
 ORDER BY l.position, t.unit, t.id
"""
_OWN = f"{_PAGES} AND t.id = %(ticket)s::uuid AND t.human_id = %(human)s::uuid"


async def ticket_qr(session: BoundSession, ticket_id: UUID, kind: Literal["png", "svg"]) -> bytes:
    """Return the QR image of a ticket that admits somebody.

    Raises:
        TicketNotThere: the session's caller has none of that id.
        TicketReturned: it admits nobody any more.
    """
    ticket = await ticket_crud.get(session, ticket_id)
    _refuse_returned(ticket.status)
    return await anyio.to_thread.run_sync(qr_image, ticket.code, kind)


async def own_ticket_pdf(
    session: BoundSession, settings: Settings, human_id: UUID, ticket_id: UUID
) -> bytes:
    """Return a human's own ticket to print. Its transaction ends before the page is drawn.

    Raises:
        TicketNotThere: this human has none of that id.
        TicketReturned: it admits nobody any more.
    """
    params: Params = {"tenant": session.tenant_id, "ticket": ticket_id, "human": human_id}
    rows = await session.answer(_OWN, params)
    if not rows:
        raise TicketNotThere
    _refuse_returned(TicketStatus(str(rows[0][0])))
    return await anyio.to_thread.run_sync(ticket_pdf, [_page(rows[0])], settings.ticket_font)


@attachment_source(TICKETS)
async def tickets_of_order(
    session: BoundSession, settings: Settings, payment_id: UUID, /
) -> Making:
    """Read what an order's tickets say, those alone that admit somebody now."""
    params: Params = {"tenant": session.tenant_id, "payment": payment_id}
    pages = [_page(row) for row in await session.fetch(_OF_ORDER, params)]
    return partial(_attached, pages, settings)


def _attached(pages: list[TicketPage], settings: Settings) -> list[Attachment]:
    """Make a file for every so many pages, up to the most; none when all were returned."""
    first = pages[:MOST_ATTACHED]
    files = [first[at : at + PAGES_OF_A_FILE] for at in range(0, len(first), PAGES_OF_A_FILE)]
    names = [f"tickets-{number}.pdf" for number in range(1, len(files) + 1)]
    if len(files) == 1:
        names = ["tickets.pdf"]
    return [
        Attachment(name, PDF, ticket_pdf(file, settings.ticket_font))
        for name, file in zip(names, files, strict=True)
    ]


def _refuse_returned(status: TicketStatus) -> None:
    if status is not TicketStatus.ISSUED:
        raise TicketReturned(f"This ticket was {status}", ticket_status=str(status))


def _page(row: Row) -> TicketPage:
    return TicketPage.model_validate(row[1])
