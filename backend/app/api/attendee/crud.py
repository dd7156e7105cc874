"""Database operations on attendees."""

from functools import lru_cache
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Subquery,
    Table,
    and_,
    case,
    cast,
    exists,
    func,
    inspect,
    literal_column,
)
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel, col, select

from app.api.application.lifecycle import ApplicationStatus
from app.api.application.models import Application
from app.api.attendee.errors import (
    AttendeeHasOrders,
    AttendeeHasTickets,
    AttendeeUnknown,
    MainAttendeeExists,
    SpouseExists,
)
from app.api.attendee.models import Attendee
from app.api.attendee.party import AttendeeCategory
from app.api.attendee.schemas import (
    Account,
    AttendeePublic,
    AttendeeSelf,
    AttendeeTicket,
    AttendeeUpdate,
    CompanionCreate,
    DirectoryEntry,
    OwnedTicket,
    PopupDirectoryQuery,
)
from app.api.human.models import Human
from app.api.popup.models import Popup
from app.api.popup.profile import ProfileKey
from app.api.shared.crud import BaseCRUD, page_of
from app.api.shared.rendered import Reader
from app.api.shared.rendering import nested, nested_list
from app.api.shared.response import Rendered
from app.core.tenant_db import BoundSession

_APPLICATIONS = SQLModel.metadata.tables[f"app.{Application.__tablename__}"]
_HUMANS = SQLModel.metadata.tables[f"app.{Human.__tablename__}"]

_ISSUED: ColumnElement[str] = literal_column("'issued'")
_ACCEPTED: ColumnElement[str] = literal_column(f"'{ApplicationStatus.ACCEPTED}'")
_MAIN: ColumnElement[str] = literal_column(f"'{AttendeeCategory.MAIN}'")


def _table(name: str) -> Table:
    """Return a table of what is sold to attendees.

    Found by its name when a statement is made: products, orders and tickets know attendees,
    so importing them here would close a circle.
    """
    return SQLModel.metadata.tables[f"app.{name}"]


def _application_status(row: FromClause) -> ColumnElement[object]:
    application = _APPLICATIONS.alias()
    found = select_columns(application.c.status).where(
        application.c.tenant_id == row.c.tenant_id, application.c.id == row.c.application_id
    )
    return found.scalar_subquery()


def _product_name(ticket: FromClause) -> ColumnElement[object]:
    """Return what was bought, as it was called then."""
    line = _table("payment_lines").alias()
    named = select_columns(line.c.product_name).where(
        line.c.tenant_id == ticket.c.tenant_id, line.c.id == ticket.c.payment_line_id
    )
    return named.correlate(ticket).scalar_subquery()


def _checked_in_at(ticket: FromClause) -> ColumnElement[object]:
    scan = _table("check_ins").alias()
    first = select_columns(func.min(scan.c.scanned_at)).where(
        scan.c.tenant_id == ticket.c.tenant_id, scan.c.ticket_id == ticket.c.id
    )
    return first.correlate(ticket).scalar_subquery()


def _is_of(row: FromClause, ticket: FromClause) -> ColumnElement[bool]:
    found: ColumnElement[bool] = ticket.c.attendee_id == row.c.id
    return found


def _tickets(row: FromClause) -> ColumnElement[object]:
    """Render somebody's tickets with the moment each was first seen."""
    computed = {"product_name": _product_name, "checked_in_at": _checked_in_at}
    tickets = _table("tickets")
    return nested_list(AttendeeTicket, tickets, _is_of, order="id", computed=computed)(row)


def _own_tickets(row: FromClause) -> ColumnElement[object]:
    """Render the tickets of somebody in one's own party."""
    computed = {"product_name": _product_name}
    return nested_list(OwnedTicket, _table("tickets"), _is_of, order="id", computed=computed)(row)


def _holds(row: FromClause, product_id: ColumnElement[object]) -> ColumnElement[bool]:
    """Whether somebody has a ticket of a product that admits them."""
    ticket = _table("tickets").alias()
    return exists().where(
        ticket.c.tenant_id == row.c.tenant_id,
        ticket.c.attendee_id == row.c.id,
        ticket.c.product_id == product_id,
        ticket.c.status == _ISSUED,
    )


def _was_seen(row: FromClause, wanted: ColumnElement[object]) -> ColumnElement[bool]:
    """Whether somebody was seen at the door, or was not, as is wanted."""
    ticket, scan = _table("tickets").alias(), _table("check_ins").alias()
    is_scanned = and_(scan.c.tenant_id == ticket.c.tenant_id, scan.c.ticket_id == ticket.c.id)
    seen = (
        exists()
        .select_from(ticket.join(scan, is_scanned))
        .where(ticket.c.tenant_id == row.c.tenant_id, ticket.c.attendee_id == row.c.id)
    )
    answer: ColumnElement[bool] = seen.is_not_distinct_from(wanted)
    return answer


class AttendeeCRUD(BaseCRUD[Attendee, CompanionCreate, AttendeeUpdate]):
    """Reads and writes the people of parties."""

    constraint_errors: ClassVar = {
        "attendees_main_key": MainAttendeeExists,
        "attendees_spouse_key": SpouseExists,
        "tickets_tenant_id_popup_id_attendee_id_fkey": AttendeeHasTickets,
        "payment_lines_tenant_id_popup_id_attendee_id_fkey": AttendeeHasOrders,
    }
    searched: ClassVar = ("name", "email")
    conditions: ClassVar = {"product_id": _holds, "is_checked_in": _was_seen}
    computed: ClassVar = {
        "application_status": _application_status,
        "human": nested(Account, _HUMANS, lambda row, human: human.c.id == row.c.human_id),
        "tickets": _tickets,
    }
    not_found: ClassVar = AttendeeUnknown

    async def others(
        self, session: BoundSession, application_id: UUID, but: UUID | None = None
    ) -> list[AttendeeCategory]:
        """Return what the people of a party are, leaving one of them out."""
        statement = select(Attendee.category).where(col(Attendee.application_id) == application_id)
        if but is not None:
            statement = statement.where(col(Attendee.id) != but)
        return [AttendeeCategory(found) for found in (await session.exec(statement)).all()]

    async def is_coming(self, session: BoundSession, popup_id: UUID, human_id: UUID) -> bool:
        """Tell whether somebody is in the party of an accepted application to a popup."""
        same = (col(Application.tenant_id) == col(Attendee.tenant_id)) & (
            col(Application.id) == col(Attendee.application_id)
        )
        found = (
            select(Attendee.id)
            .join(Application, same)
            .where(
                col(Attendee.popup_id) == popup_id,
                col(Attendee.human_id) == human_id,
                col(Application.status) == ApplicationStatus.ACCEPTED,
            )
        )
        return (await session.exec(found.limit(1))).first() is not None

    async def directory_json(self, session: BoundSession, query: PopupDirectoryQuery) -> Rendered:
        """Answer with the directory of a popup."""
        statement, params = directory_reader().page(query, session.tenant_id)
        return page_of(await session.answer(statement, params), query)

    async def has_tickets(self, session: BoundSession, attendee_id: UUID) -> bool:
        """Tell whether anything was ever issued to somebody, what was given back included."""
        ticket = _table("tickets")
        issued = select(ticket.c.id).where(
            ticket.c.tenant_id == session.tenant_id, ticket.c.attendee_id == attendee_id
        )
        return (await session.exec(issued.limit(1))).first() is not None


class OwnAttendeeCRUD(AttendeeCRUD):
    """Reads one's own party: scans, and other people's accounts, are not the human's to see."""

    computed: ClassVar = {"tickets": _own_tickets}


def _shown(key: ProfileKey, popup: FromClause, application: FromClause) -> ColumnElement[object]:
    """Return a part of the profile that the popup asks for and the person has not hidden."""
    question: ColumnElement[object] = literal_column(f"""'[{{"key": "{key}"}}]'::jsonb""")
    name: ColumnElement[object] = literal_column(f"""'["{key}"]'::jsonb""")
    asked = cast(popup.c.profile_fields, JSONB).contains(question)
    hidden = cast(application.c.hidden_fields, JSONB).contains(name)
    value = func.nullif(_HUMANS.c[key.value], literal_column("''"))
    return case((and_(asked, ~hidden), value)).label(key.value)


def _directory() -> Subquery:
    """Select who comes to popups, each only with what they show.

    What somebody hides is null from here on, so nothing outside can search it or sort by it.
    """
    people, popups = inspect(Attendee).local_table, inspect(Popup).local_table
    tenant = people.c.tenant_id
    shown = [_shown(key, popups, _APPLICATIONS) for key in ProfileKey]
    return (
        select_columns(tenant, people.c.popup_id, people.c.id, *shown)
        .select_from(people)
        .join(
            _APPLICATIONS,
            and_(
                _APPLICATIONS.c.tenant_id == tenant,
                _APPLICATIONS.c.id == people.c.application_id,
                _APPLICATIONS.c.status == _ACCEPTED,
            ),
        )
        .join(popups, and_(popups.c.tenant_id == tenant, popups.c.id == people.c.popup_id))
        .join(
            _HUMANS,
            and_(
                _HUMANS.c.tenant_id == tenant,
                _HUMANS.c.id == people.c.human_id,
                _HUMANS.c.deleted_at.is_(None),
            ),
        )
        .where(people.c.category == _MAIN)
        .subquery("directory")
    )


def _shown_name(row: FromClause) -> ColumnElement[object]:
    return func.concat_ws(literal_column("' '"), row.c.first_name, row.c.last_name)


@lru_cache(maxsize=1)
def directory_reader() -> Reader:
    """Return the statements that read the directories of popups."""
    searched = (_shown_name, "telegram", "organization", "job_title", "residence")
    return Reader(_directory(), DirectoryEntry, {}, searched)


attendee_crud = AttendeeCRUD(Attendee, AttendeePublic)
own_attendee_crud = OwnAttendeeCRUD(Attendee, AttendeeSelf)
