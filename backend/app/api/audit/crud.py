"""Reads of the audit log, which the database itself writes."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, tuple_
from sqlmodel import col, select

from app.api.audit.models import AuditEntry
from app.api.audit.schemas import AuditEntryPublic, AuditQuery
from app.api.shared.response import ListModel, Paging
from app.core.tenant_db import BoundSession


class AuditLog:
    """Reads the log; nothing writes it but the database.

    Its rows become objects, unlike other resources': Postgres writes ``jsonb`` with spaces
    of its own, and the schema's dump has none.
    """

    async def find(self, session: BoundSession, query: AuditQuery) -> ListModel[AuditEntryPublic]:
        """Return one page of the log with its total, unless that was declined."""
        where = tuple(_conditions(query))
        key = (col(AuditEntry.at), col(AuditEntry.id))
        order = [column.desc() for column in key] if query.sort == "-at" else list(key)
        page = select(AuditEntry).where(*where).order_by(*order)
        if query.after is not None:
            page = page.where(await _beyond(session, query.after, query.sort))
        entries = (await session.exec(page.offset(query.skip).limit(query.limit))).all()
        total = None
        if query.count:
            counted = select(func.count()).select_from(AuditEntry).where(*where)
            total = (await session.exec(counted)).one()
        return ListModel(
            results=[AuditEntryPublic.model_validate(entry) for entry in entries],
            paging=Paging(skip=query.skip, limit=query.limit, total=total),
        )


async def _beyond(session: BoundSession, after: UUID, sort: str) -> ColumnElement[bool]:
    """Return what holds of entries that come after one; there are none after an unknown one.

    All entries of a transaction have its instant, so the id decides between them.
    """
    last = select(AuditEntry.at).where(AuditEntry.id == after)
    at = (await session.exec(last)).one_or_none()
    if at is None:
        return col(AuditEntry.id).is_(None)
    key = tuple_(col(AuditEntry.at), col(AuditEntry.id))
    return key < (at, after) if sort == "-at" else key > (at, after)


def _conditions(query: AuditQuery) -> Iterator[ColumnElement[bool] | bool]:
    if query.table_name is not None:
        yield AuditEntry.table_name == query.table_name
    if query.row_id is not None:
        yield AuditEntry.row_id == query.row_id
    if query.actor is not None:
        yield AuditEntry.actor == query.actor
    if query.at_from is not None:
        yield AuditEntry.at >= query.at_from
    if query.at_until is not None:
        yield AuditEntry.at < query.at_until
    if query.search is not None:
        yield or_(
            col(AuditEntry.actor).icontains(query.search, autoescape=True),
            col(AuditEntry.table_name).icontains(query.search, autoescape=True),
        )


audit_log = AuditLog()
