"""Database operations on tickets."""

from typing import ClassVar

from pydantic import BaseModel
from sqlalchemy import ColumnElement, FromClause, select
from sqlmodel import SQLModel

from app.api.attendee.models import Attendee
from app.api.payment.models import PaymentLine
from app.api.shared.crud import BaseCRUD
from app.api.ticket.models import Ticket
from app.api.ticket.schemas import TicketPublic, TicketSelf

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


ticket_crud = TicketCRUD(Ticket, TicketPublic)
own_ticket_crud = TicketCRUD(Ticket, TicketSelf)
