"""Database operations on tickets and on the log of their scans."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Text,
    case,
    cast,
    exists,
    false,
    func,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlmodel import SQLModel, col
from sqlmodel import select as select_rows

from app.api.attendee.models import Attendee
from app.api.payment.models import PaymentLine
from app.api.shared.crud import BaseCRUD
from app.api.shared.rendering import Expression
from app.api.ticket.errors import TicketNotThere
from app.api.ticket.models import CheckIn, Ticket
from app.api.ticket.schemas import CheckInCounts, CheckInPublic, TicketPublic, TicketSelf
from app.api.user.models import User
from app.core.tenant_db import BoundSession

_CHECK_INS = SQLModel.metadata.tables[f"app.{CheckIn.__tablename__}"]
_TICKETS = SQLModel.metadata.tables[f"app.{Ticket.__tablename__}"]
_USERS = SQLModel.metadata.tables[f"app.{User.__tablename__}"]
_LINES = SQLModel.metadata.tables[f"app.{PaymentLine.__tablename__}"]
_ATTENDEES = SQLModel.metadata.tables[f"app.{Attendee.__tablename__}"]


def _product_name(row: FromClause) -> ColumnElement[object]:
    """Return what was bought, as it was called then."""
    line = _LINES.alias()
    named = select(line.c.product_name).where(
        line.c.tenant_id == row.c.tenant_id, line.c.id == row.c.payment_line_id
    )
    return named.correlate(row).scalar_subquery()


def _attendee_name(row: FromClause) -> ColumnElement[object]:
    person = _ATTENDEES.alias()
    named = select(person.c.name).where(
        person.c.tenant_id == row.c.tenant_id, person.c.id == row.c.attendee_id
    )
    return named.correlate(row).scalar_subquery()


class TicketCRUD(BaseCRUD[Ticket, BaseModel, BaseModel]):
    """Reads tickets; they are written with their payment's moves."""

    computed: ClassVar = {"product_name": _product_name, "attendee_name": _attendee_name}
    searched: ClassVar = (_product_name, _attendee_name)
    not_found: ClassVar = TicketNotThere

    async def locked(self, session: BoundSession, ticket_id: UUID) -> Ticket:
        """Return a ticket that nobody else moves or scans until this transaction ends.

        Raises:
            TicketNotThere: there is none of that id in this tenant.
        """
        statement = select_rows(Ticket).where(col(Ticket.id) == ticket_id)
        fresh = statement.with_for_update().execution_options(populate_existing=True)
        row = (await session.exec(fresh)).one_or_none()
        if row is None:
            raise self.not_found
        return row


ticket_crud = TicketCRUD(Ticket, TicketPublic)
own_ticket_crud = TicketCRUD(Ticket, TicketSelf)


def _of_ticket(row: FromClause, wanted: str | Expression) -> ColumnElement[object]:
    """Return a column of a scan's ticket, or what is computed from it."""
    ticket = _TICKETS.alias()
    column = ticket.c[wanted] if isinstance(wanted, str) else wanted(ticket)
    found = select(column).where(
        ticket.c.tenant_id == row.c.tenant_id, ticket.c.id == row.c.ticket_id
    )
    return found.correlate(row).scalar_subquery()


def _product_seen(row: FromClause) -> ColumnElement[object]:
    return _of_ticket(row, _product_name)


def _attendee_seen(row: FromClause) -> ColumnElement[object]:
    return _of_ticket(row, _attendee_name)


def _scanner_name(row: FromClause) -> ColumnElement[object]:
    """Return what the staff call whoever scanned: their name, or else their address.

    An operator is not on the staff, and goes by what the audit log calls them.
    """
    user = _USERS.alias()
    nothing: ColumnElement[str] = literal_column("''")
    prefix: ColumnElement[str] = literal_column("'user:'")
    known = select(func.coalesce(func.nullif(user.c.name, nothing), user.c.email)).where(
        user.c.tenant_id == row.c.tenant_id,
        row.c.scanner == prefix.concat(cast(user.c.id, Text)),
    )
    return func.coalesce(known.correlate(row).scalar_subquery(), row.c.scanner)


def _is_first(row: FromClause) -> ColumnElement[object]:
    """Return whether no scan of the ticket came before, as ``scans.read`` has it."""
    other = _CHECK_INS.alias()
    earlier = tuple_(other.c.scanned_at, other.c.scan_id) < tuple_(row.c.scanned_at, row.c.scan_id)
    one: ColumnElement[int] = literal_column("1")
    seen = select(one).where(
        other.c.tenant_id == row.c.tenant_id, other.c.ticket_id == row.c.ticket_id, earlier
    )
    return case((exists(seen.correlate(row)), false()), else_=true())


def _shows(row: FromClause, column: str, wanted: ColumnElement[object]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = _of_ticket(row, column) == wanted
    return found


class CheckInCRUD(BaseCRUD[CheckIn, BaseModel, BaseModel]):
    """Reads the log of scans; ``services/checking_in.py`` alone adds to it."""

    computed: ClassVar = {
        "product_name": _product_seen,
        "attendee_id": lambda row: _of_ticket(row, "attendee_id"),
        "attendee_name": _attendee_seen,
        "scanner_name": _scanner_name,
        "is_first": _is_first,
    }
    searched: ClassVar = (_product_seen, _attendee_seen, _scanner_name)
    conditions: ClassVar = {
        "attendee_id": lambda row, wanted: _shows(row, "attendee_id", wanted),
        "product_id": lambda row, wanted: _shows(row, "product_id", wanted),
    }

    async def counts(self, session: BoundSession, popup_id: UUID) -> CheckInCounts:
        """Count a popup's scans and the tickets that came, by product and by day; one query."""
        rows = await session.fetch(_COUNTS, {"tenant": session.tenant_id, "popup": popup_id})
        return CheckInCounts.model_validate(rows[0][0])


check_in_crud = CheckInCRUD(CheckIn, CheckInPublic)

_COUNTS = """
WITH scans AS (
    SELECT c.ticket_id, t.product_id, (c.scanned_at AT TIME ZONE p.timezone)::date AS day,
           row_number() OVER (PARTITION BY c.ticket_id ORDER BY c.scanned_at, c.scan_id) AS turn
      FROM app.check_ins c
      JOIN app.tickets t ON t.tenant_id = c.tenant_id AND t.id = c.ticket_id
      JOIN app.popups p ON p.tenant_id = c.tenant_id AND p.id = c.popup_id
     WHERE c.tenant_id = %(tenant)s::uuid AND c.popup_id = %(popup)s::uuid
), issued AS (
    SELECT product_id, count(*) AS issued
      FROM app.tickets
     WHERE tenant_id = %(tenant)s::uuid AND popup_id = %(popup)s::uuid AND status = 'issued'
     GROUP BY product_id
), came AS (
    SELECT product_id, count(*) AS scans, count(DISTINCT ticket_id) AS tickets
      FROM scans GROUP BY product_id
), by_product AS (
    SELECT p.id AS product_id, p.name AS product_name, coalesce(i.issued, 0) AS issued,
           coalesce(c.scans, 0) AS scans, coalesce(c.tickets, 0) AS tickets
      FROM app.products p
      LEFT JOIN issued i ON i.product_id = p.id
      LEFT JOIN came c ON c.product_id = p.id
     WHERE p.tenant_id = %(tenant)s::uuid AND p.popup_id = %(popup)s::uuid
       AND (i.product_id IS NOT NULL OR c.product_id IS NOT NULL)
     ORDER BY p.position, p.id
), by_day AS (
    SELECT day, count(*) AS scans, count(DISTINCT ticket_id) AS tickets,
           count(*) FILTER (WHERE turn = 1) AS arrivals
      FROM scans GROUP BY day ORDER BY day
)
SELECT json_build_object(
    'scans', (SELECT count(*) FROM scans),
    'tickets', (SELECT count(DISTINCT ticket_id) FROM scans),
    'by_product', coalesce((SELECT json_agg(b) FROM by_product b), '[]'),
    'by_day', coalesce((SELECT json_agg(b) FROM by_day b), '[]'))
"""
