"""Lists as CSV, sent while they are read: whatever their length, a few rows are in memory.

Everything that can be refused is refused before the first byte. What breaks later cuts the
answer off, so that nobody takes half a list for a whole one.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import UUID

from app.api.application.crud import application_crud
from app.api.application.schemas import ApplicationPublic, ApplicationQuery
from app.api.attendee.crud import attendee_crud
from app.api.attendee.schemas import AttendeePublic, AttendeeQuery
from app.api.popup.crud import popup_crud
from app.api.shared.spreadsheets import csv_lines
from app.core.tenant_db import BoundSession
from app.services import forms


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is being written: its name, and its bytes in pieces."""

    name: str
    pieces: AsyncGenerator[bytes]

    @property
    def headers(self) -> dict[str, str]:
        """What makes a browser keep it; names are slugs, so they need no escaping."""
        return {"Content-Disposition": f'attachment; filename="{self.name}.csv"'}


ATTENDEE_COLUMNS = (
    "id",
    "popup_id",
    "application_id",
    "application_status",
    "category",
    "name",
    "email",
    "gender",
    "age",
    "tickets",
    "checked_in_at",
    "created_at",
)

APPLICATION_COLUMNS = (
    "id",
    "popup_id",
    "status",
    "email",
    "first_name",
    "last_name",
    "group_id",
    "scholarship_status",
    "scholarship_percent",
    "submitted_at",
    "decided_at",
    "created_at",
)


async def attendees(session: BoundSession, popup_id: UUID, query: AttendeeQuery) -> Export:
    """Begin to write a popup's attendees, one line each.

    Raises:
        PopupUnknown: there is none of that id in this tenant.
    """
    popup = await popup_crud.get(session, popup_id)
    await attendee_crud.open_list(session, query)
    return Export(f"attendees-{popup.slug}", _attendee_lines(session))


async def applications(session: BoundSession, popup_id: UUID, query: ApplicationQuery) -> Export:
    """Begin to write a popup's applications, one line each, with a column for each question.

    The questions of the form as it is now come first, in its order; then those that were
    asked once and answered.

    Raises:
        PopupUnknown: there is none of that id in this tenant.
    """
    popup = await popup_crud.get(session, popup_id)
    form = await forms.form_of(session, popup)
    keys = {field.key: None for field in form.in_order()}
    keys |= dict.fromkeys(await application_crud.answered_keys(session, popup_id))
    await application_crud.open_list(session, query)
    return Export(f"applications-{popup.slug}", _application_lines(session, list(keys)))


async def _attendee_lines(session: BoundSession) -> AsyncGenerator[bytes]:
    yield csv_lines([ATTENDEE_COLUMNS])
    while rows := await attendee_crud.next_rows(session):
        yield csv_lines(_attendee_cells(AttendeePublic.model_validate_json(row)) for row in rows)


async def _application_lines(session: BoundSession, keys: list[str]) -> AsyncGenerator[bytes]:
    yield csv_lines([[*APPLICATION_COLUMNS, *(f"answer.{key}" for key in keys)]])
    while rows := await application_crud.next_rows(session):
        read = [ApplicationPublic.model_validate_json(row) for row in rows]
        yield csv_lines(_application_cells(row, keys) for row in read)


def _attendee_cells(row: AttendeePublic) -> list[object]:
    """Return one line's cells, in the order of ``ATTENDEE_COLUMNS``."""
    admitting = [ticket.product_name for ticket in row.tickets if ticket.status == "issued"]
    seen = [ticket.checked_in_at for ticket in row.tickets if ticket.checked_in_at]
    return [
        row.id,
        row.popup_id,
        row.application_id,
        row.application_status,
        row.category,
        row.name,
        row.email,
        row.gender,
        row.age,
        "; ".join(admitting),
        min(seen).isoformat() if seen else None,
        row.created_at.isoformat(),
    ]


def _application_cells(row: ApplicationPublic, keys: list[str]) -> list[object]:
    """Return one line's cells: ``APPLICATION_COLUMNS``, then the answers."""
    return [
        row.id,
        row.popup_id,
        row.status,
        row.human.email,
        row.human.first_name,
        row.human.last_name,
        row.group_id,
        row.scholarship_status,
        row.scholarship_percent,
        row.submitted_at.isoformat() if row.submitted_at else None,
        row.decided_at.isoformat() if row.decided_at else None,
        row.created_at.isoformat(),
        *(_answer(row.answers.get(key)) for key in keys),
    ]


def _answer(value: object) -> object:
    """Return an answer as one cell: several choices side by side, yes and no in words."""
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value
