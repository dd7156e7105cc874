"""The database operations every resource has, and the one place that names refusals."""

from collections.abc import Mapping
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

import psycopg
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Table, func, inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from app.api.shared.rendered import NO_CONDITIONS, Condition, Renderer
from app.api.shared.rendering import Expression
from app.api.shared.response import ListQuery, Rendered, rendered_page
from app.core.errors import DomainError, NotFound
from app.core.tenant_db import BoundSession
from app.core.wire import Params

ROWS_AT_ONCE = 500
"""Rows of an export in memory together: some hundred kilobytes, for few round trips."""

_NEXT_ROWS = f"FETCH FORWARD {ROWS_AT_ONCE} FROM listed"

ModelT = TypeVar("ModelT", bound=SQLModel)
CreateT = TypeVar("CreateT", bound=BaseModel)
UpdateT = TypeVar("UpdateT", bound=BaseModel)


def page_of(rows: list[tuple[object, ...]], query: ListQuery) -> Rendered:
    """Return the page that the rows of a list's statement are."""
    total = int(str(rows[0][1])) if query.count else None
    texts = [str(row[0]) for row in rows if row[0] is not None]
    return rendered_page(texts, skip=query.skip, limit=query.limit, total=total)


class BaseCRUD(Generic[ModelT, CreateT, UpdateT]):
    """Reads and writes the rows of one resource, within the session's tenant.

    The methods named ``..._json`` answer a request with what Postgres rendered, in one
    round trip; the others give and take model instances, for rules and services.
    ``constraint_errors`` names the refusal behind each constraint; ``searched`` the
    columns (or SQL) that ``?search=`` looks in; ``conditions`` the filters that are not
    columns; ``computed`` the members of the public schema
    that are not columns. A resource that ``keeps_deleted`` rows marks them by
    ``deleted_at``, and none of these methods finds them again.
    """

    constraint_errors: ClassVar[Mapping[str, type[DomainError]]] = {}
    searched: ClassVar[tuple[str | Expression, ...]] = ()
    conditions: ClassVar[Mapping[str, Condition]] = NO_CONDITIONS
    computed: ClassVar[Mapping[str, Expression]] = {}
    keeps_deleted: ClassVar[bool] = False
    not_found: ClassVar[type[NotFound]] = NotFound

    def __init__(self, model: type[ModelT], public: type[BaseModel] | None = None) -> None:
        """Serve a model; ``public`` is the schema its rows are rendered by."""
        self.model = model
        self.public = public
        self._rendering: Renderer | None = None

    @property
    def table(self) -> Table:
        """The mapped table."""
        table: Table = inspect(self.model).local_table
        return table

    @property
    def renderer(self) -> Renderer:
        """The compiled statements of the ``..._json`` methods."""
        if self._rendering is None:
            if self.public is None:
                raise TypeError(f"{type(self).__name__} was made without a public schema")
            self._rendering = Renderer(
                self.table,
                self.public,
                self.computed,
                self.searched,
                keeps_deleted=self.keeps_deleted,
                conditions=self.conditions,
            )
        return self._rendering

    # Answers that Postgres renders.

    async def find_json(self, session: BoundSession, query: ListQuery) -> Rendered:
        """Answer a list request: filtered, searched, sorted, with its total."""
        statement, params = self.renderer.page(query, self._tenant(session))
        return page_of(await session.answer(statement, params), query)

    async def open_list(self, session: BoundSession, query: ListQuery) -> None:
        """Begin to read all rows that a list would page through; ``next_rows`` goes on.

        A cursor of the database: however many there are, few are in memory, and all are as
        they were at one moment.
        """
        statement, params = self.renderer.every(query, self._tenant(session))
        await session.fetch(f"DECLARE listed NO SCROLL CURSOR FOR {statement}", params)

    async def next_rows(self, session: BoundSession) -> list[str]:
        """Return the next rendered rows of the list that was opened; none when it is over."""
        return [str(row[0]) for row in await session.fetch(_NEXT_ROWS)]

    async def get_json(self, session: BoundSession, row_id: UUID, *, status: int = 200) -> Rendered:
        """Answer with one row.

        Raises:
            NotFound: there is none of that id in this tenant.
        """
        statement, params = self.renderer.one(row_id, self._tenant(session))
        return self._one(await session.answer(statement, params), status=status)

    async def create_json(self, session: BoundSession, data: CreateT, **values: object) -> Rendered:
        """Insert a row and answer with it; ``values`` are set besides what was sent."""
        row = self._instance(session, data, values)
        statement, params = self.renderer.insertion(row)
        return self._one(await self._named(session, statement, params), status=201)

    async def update_json(self, session: BoundSession, row_id: UUID, data: UpdateT) -> Rendered:
        """Change exactly the keys that were sent and answer with the row.

        Raises:
            NotFound: there is none of that id in this tenant.
        """
        changes = self._changes(data)
        if not changes:
            return await self.get_json(session, row_id)
        statement, params = self.renderer.update(row_id, self._tenant(session), changes)
        return self._one(await self._named(session, statement, params))

    def _one(self, rows: list[tuple[object, ...]], *, status: int = 200) -> Rendered:
        if not rows:
            raise self.not_found
        return Rendered(str(rows[0][0]), status_code=status)

    async def _named(
        self, session: BoundSession, statement: str, params: Params
    ) -> list[tuple[object, ...]]:
        try:
            return await session.answer(statement, params)
        except psycopg.errors.IntegrityError as error:
            raise self._refusal(error) from error

    # Model instances.

    async def find(
        self,
        session: BoundSession,
        *where: ColumnElement[bool] | bool,
        skip: int = 0,
        limit: int = 100,
        order_by: ColumnElement[object] | None = None,
    ) -> tuple[list[ModelT], int]:
        """Return one page of rows, in order of creation unless told, and the total."""
        order = [self.table.c.id] if order_by is None else [order_by, self.table.c.id]
        where = (*where, *self._standing())
        page = select(self.model).where(*where).order_by(*order).offset(skip).limit(limit)
        rows = (await session.exec(page)).all()
        total = (
            await session.exec(select(func.count()).select_from(self.model).where(*where))
        ).one()
        return list(rows), total

    async def get(self, session: BoundSession, row_id: UUID) -> ModelT:
        """Return one row.

        Raises:
            NotFound: there is none of that id in this tenant.
        """
        row = await self.get_or_none(session, row_id)
        if row is None:
            raise self.not_found
        return row

    async def get_or_none(self, session: BoundSession, row_id: UUID) -> ModelT | None:
        """Return one row, or None."""
        statement = select(self.model).where(self.table.c.id == row_id, *self._standing())
        return (await session.exec(statement)).one_or_none()

    async def create(self, session: BoundSession, data: CreateT, **values: object) -> ModelT:
        """Insert a row; ``values`` are set besides what was sent."""
        row = self._instance(session, data, values)
        session.add(row)
        await self.flush(session)
        return row

    async def update(self, session: BoundSession, row: ModelT, data: UpdateT) -> ModelT:
        """Change exactly the keys that were sent."""
        for name, value in self._changes(data).items():
            setattr(row, name, value)
        session.add(row)
        await self.flush(session)
        return row

    async def delete(self, session: BoundSession, row: ModelT) -> None:
        """Delete a row."""
        await session.delete(row)
        await self.flush(session)

    async def flush(self, session: BoundSession) -> None:
        """Send what is pending, so that a refusal surfaces here, under its name.

        Raises:
            DomainError: the one that ``constraint_errors`` gives the broken constraint.
        """
        try:
            await session.flush()
        except IntegrityError as error:
            if isinstance(error.orig, psycopg.Error):
                raise self._refusal(error.orig) from error
            raise

    def _refusal(self, error: psycopg.Error) -> Exception:
        """Return the refusal a broken constraint stands for; unmapped ones are bugs."""
        refused = self.constraint_errors.get(error.diag.constraint_name or "")
        return refused() if refused is not None else error

    def _instance(
        self, session: BoundSession, data: CreateT, values: Mapping[str, object]
    ) -> ModelT:
        """Build a validated row: a table class does not validate when it is called."""
        tenant_id = self._tenant(session)
        known = {**values, "tenant_id": tenant_id} if tenant_id else values
        sent = data.model_dump(mode="python")
        return self.model.model_validate({**sent, **known})

    def _standing(self) -> list[ColumnElement[bool]]:
        return [self.table.c.deleted_at.is_(None)] if self.keeps_deleted else []

    def _tenant(self, session: BoundSession) -> UUID | None:
        """Return the tenant the rows belong to; a table of the platform has none."""
        return session.tenant_id if "tenant_id" in self.table.c else None

    def _changes(self, data: UpdateT) -> dict[str, object]:
        return data.model_dump(mode="python", exclude_unset=True)
