"""Database operations on applications."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, func, literal_column
from sqlmodel import SQLModel, col, select

from app.api.application.errors import ApplicationExists, ApplicationUnknown
from app.api.application.lifecycle import ApplicationStatus
from app.api.application.models import Application, ApplicationSnapshot
from app.api.application.schemas import (
    Applicant,
    ApplicationDraft,
    ApplicationPublic,
    ApplicationSelf,
    ApplicationStart,
    StatusCounts,
)
from app.api.human.models import Human
from app.api.popup.errors import PopupUnknown
from app.api.shared.crud import BaseCRUD
from app.api.shared.rendering import nested, words_of
from app.core.tenant_db import BoundSession

_HUMANS = SQLModel.metadata.tables[f"app.{Human.__tablename__}"]
_applicant = words_of(_HUMANS, "email", "first_name", "last_name", by="human_id")
"""What a search for a person looks in."""


def _answered(row: FromClause, wanted: ColumnElement[object]) -> ColumnElement[bool]:
    """Whether an answer is as ``key:value`` says."""
    colon: ColumnElement[str] = literal_column("':'")
    one: ColumnElement[int] = literal_column("1")
    key = func.split_part(wanted, colon, one)
    value = func.substr(wanted, func.strpos(wanted, colon) + one)
    answer: ColumnElement[bool] = func.json_extract_path_text(row.c.answers, key) == value
    return answer


class ApplicationCRUD(BaseCRUD[Application, ApplicationStart, ApplicationDraft]):
    """Reads and writes applications."""

    constraint_errors: ClassVar = {
        "applications_tenant_id_human_id_popup_id_key": ApplicationExists,
        "applications_tenant_id_popup_id_fkey": PopupUnknown,
    }
    computed: ClassVar = {
        "human": nested(Applicant, _HUMANS, lambda row, human: human.c.id == row.c.human_id)
    }
    searched: ClassVar = (_applicant,)
    conditions: ClassVar = {"answer": _answered}
    not_found: ClassVar = ApplicationUnknown

    async def locked(self, session: BoundSession, application_id: UUID) -> Application:
        """Return an application that nobody else moves until this transaction ends.

        Raises:
            ApplicationUnknown: there is none of that id in this tenant.
        """
        statement = select(Application).where(col(Application.id) == application_id)
        row = (await session.exec(statement.with_for_update())).one_or_none()
        if row is None:
            raise self.not_found
        return row

    async def counts(self, session: BoundSession, popup_id: UUID) -> StatusCounts:
        """Count a popup's applications by where they stand; one query."""
        statement = (
            select(Application.status, func.count())
            .where(col(Application.popup_id) == popup_id)
            .group_by(col(Application.status))
        )
        found: dict[str, int] = {
            str(status): count for status, count in (await session.exec(statement)).all()
        }
        by_status = {status.value: found.get(status.value, 0) for status in ApplicationStatus}
        return StatusCounts(**by_status, total=sum(by_status.values()))

    async def answered_keys(self, session: BoundSession, popup_id: UUID) -> list[str]:
        """Return every question that somebody has answered in an application to a popup."""
        rows = await session.fetch(
            "SELECT DISTINCT key FROM app.applications AS a, json_object_keys(a.answers) AS key"
            " WHERE a.tenant_id = %(tenant_id)s AND a.popup_id = %(popup_id)s ORDER BY key",
            {"tenant_id": session.tenant_id, "popup_id": popup_id},
        )
        return [str(row[0]) for row in rows]

    async def snapshots(
        self, session: BoundSession, application_id: UUID
    ) -> list[ApplicationSnapshot]:
        """Return what an application was, oldest first."""
        statement = (
            select(ApplicationSnapshot)
            .where(col(ApplicationSnapshot.application_id) == application_id)
            .order_by(col(ApplicationSnapshot.id))
        )
        return list((await session.exec(statement)).all())


application_crud = ApplicationCRUD(Application, ApplicationPublic)
own_application_crud = ApplicationCRUD(Application, ApplicationSelf)
