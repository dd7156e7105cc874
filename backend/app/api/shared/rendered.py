"""The statements behind a resource's rendered answers, compiled once per shape of request."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from uuid import UUID

from psycopg.types.json import Json
from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    and_,
    bindparam,
    false,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlmodel import SQLModel

from app.api.shared.rendering import Expression, as_text, compiled, members
from app.api.shared.response import ListQuery

_CONTROLS = frozenset(ListQuery.model_fields) | {"sort"}
"""Members of a query that are not filters."""

_RANGES = {"_from": "__ge__", "_until": "__lt__"}
"""``created_at_from`` is at or after, ``created_at_until`` is before."""

Values = dict[str, object]

Condition = Callable[[FromClause, ColumnElement[object]], ColumnElement[bool]]
"""A filter that is not a column: takes the table and the bound value."""

NO_CONDITIONS: Mapping[str, Condition] = MappingProxyType({})


class Reader:
    """Builds and keeps the statements that read a resource's rows, or those of a sub-select.

    A shape is what changes the SQL: which filters are given, the order, whether to count.
    There are as many shapes as the allow-lists permit, so the cache has a bound.
    """

    def __init__(
        self,
        rows: FromClause,
        public: type[BaseModel],
        computed: Mapping[str, Expression],
        searched: tuple[str | Expression, ...],
        *,
        keeps_deleted: bool = False,
        conditions: Mapping[str, Condition] = NO_CONDITIONS,
    ) -> None:
        self._rows = rows
        self._public = public
        self._computed = computed
        self._searched = searched
        self._keeps_deleted = keeps_deleted
        self._conditions = conditions
        self._pages: dict[tuple[object, ...], str] = {}
        self._one = compiled(as_text(self._select(rows).where(self._is_row(rows))))

    def page(self, query: ListQuery, tenant_id: UUID | None) -> tuple[str, Values]:
        """Return the statement of a list and its parameters.

        Its rows are ``(rendered row or null, total)``: an empty page still has a total.
        """
        filters, sort = _asked(query)
        is_after = query.after is not None
        shape = (frozenset(filters), sort, query.search is not None, query.count, is_after)
        statement = self._pages.get(shape)
        if statement is None:
            statement = self._pages[shape] = self._page(query, tuple(filters), sort)
        params = self._params(query, filters, tenant_id)
        key = {"after": query.after} if is_after else {}
        return statement, {**params, **key, "skip": query.skip, "limit": query.limit}

    def every(self, query: ListQuery, tenant_id: UUID | None) -> tuple[str, Values]:
        """Return the statement of all rows that a list would page through, and its parameters.

        Its rows are ``(rendered row,)``, in the order of the list.
        """
        filters, sort = _asked(query)
        where = self._where(tuple(filters), is_searched=query.search is not None)
        rows = self._select(self._rows).where(where).order_by(*self._order(sort))
        return compiled(as_text(rows)), self._params(query, filters, tenant_id)

    def one(self, row_id: UUID, tenant_id: UUID | None) -> tuple[str, Values]:
        """Return the statement that reads one row."""
        return self._one, {"tenant_id": tenant_id, "row_id": row_id}

    def _params(self, query: ListQuery, filters: Values, tenant_id: UUID | None) -> Values:
        params: Values = {f"f_{name}": value for name, value in filters.items()}
        params["tenant_id"] = tenant_id
        if query.search is not None:
            params["search"] = f"%{_escape_like(query.search)}%"
        return params

    def _page(self, query: ListQuery, filters: tuple[str, ...], sort: str) -> str:
        where = self._where(filters, is_searched=query.search is not None)
        rows = (
            self._select(self._rows)
            .where(where, *self._further(query, sort))
            .order_by(*self._order(sort))
            .limit(bindparam("limit", type_=Integer))
            .offset(bindparam("skip", type_=Integer))
        )
        page = as_text(rows)
        if not query.count:
            return compiled(page)
        listed = select(page.selected_columns[0].label("row")).select_from(*page.get_final_froms())
        counted = select(func.count().label("total")).select_from(self._rows).where(where)
        total, body = counted.subquery("counted"), listed.subquery("page")
        both = total.outerjoin(body, literal_column("true"))
        return compiled(select(body.c.row, total.c.total).select_from(both))

    def _select(self, row: FromClause) -> Select[*tuple[object, ...]]:
        return select(*members(self._public, row, self._computed))  # ty: ignore[invalid-explicit-return]  # SQLAlchemy's own variadic types

    def _is_row(self, row: FromClause) -> ColumnElement[bool]:
        return and_(*self._standing(row), row.c.id == bindparam("row_id", type_=Uuid))

    def _standing(self, row: FromClause) -> list[ColumnElement[bool]]:
        """Hold a statement to the tenant and to rows that are not marked deleted.

        A table of the platform has no tenant.
        """
        conditions: list[ColumnElement[bool]] = []
        if "tenant_id" in row.c:
            conditions.append(row.c.tenant_id == bindparam("tenant_id", type_=Uuid))
        if self._keeps_deleted:
            conditions.append(row.c.deleted_at.is_(None))
        return conditions

    def _where(self, filters: tuple[str, ...], *, is_searched: bool) -> ColumnElement[bool]:
        conditions = [*self._standing(self._rows), *map(self._condition, filters)]
        if is_searched:
            pattern = bindparam("search", type_=String)
            found = [
                (self._rows.c[wanted] if isinstance(wanted, str) else wanted(self._rows)).ilike(
                    pattern, escape="\\"
                )
                for wanted in self._searched
            ]
            conditions.append(or_(*found) if found else false())
        return and_(true(), *conditions)

    def _condition(self, name: str) -> ColumnElement[bool]:
        if (made := self._conditions.get(name)) is not None:
            return made(self._rows, bindparam(f"f_{name}"))
        for suffix, comparison in _RANGES.items():
            column = self._rows.c.get(name.removesuffix(suffix))
            if name.endswith(suffix) and column is not None and name not in self._rows.c:
                bound = bindparam(f"f_{name}", type_=column.type)
                condition: ColumnElement[bool] = getattr(column, comparison)(bound)
                return condition
        column = self._rows.c[name]
        return column == bindparam(f"f_{name}", type_=column.type)

    def _further(self, query: ListQuery, sort: str) -> list[ColumnElement[bool]]:
        """Begin a page behind a row; the total counts the rows before it too."""
        if query.after is None:
            return []
        last = bindparam("after", type_=Uuid)
        return [self._rows.c.id < last if sort.startswith("-") else self._rows.c.id > last]

    def _order(self, sort: str) -> list[ColumnElement[object]]:
        """Order by a column and then the id, so that every row has one place.

        Ids are in order of creation, so ``created_at`` needs no other column.
        """
        name = sort.removeprefix("-")
        identity: ColumnElement[object] = self._rows.c.id
        columns = [identity] if name == "created_at" else [self._rows.c[name], identity]
        if not sort.startswith("-"):
            return columns  # ty: ignore[invalid-explicit-return]  # SQLAlchemy's own variadic types
        return [column.desc().nulls_last() for column in columns]


class Renderer(Reader):
    """Builds and keeps one resource's statements, those that write its table too."""

    def __init__(
        self,
        table: Table,
        public: type[BaseModel],
        computed: Mapping[str, Expression],
        searched: tuple[str | Expression, ...],
        *,
        keeps_deleted: bool = False,
        conditions: Mapping[str, Condition] = NO_CONDITIONS,
    ) -> None:
        super().__init__(
            table, public, computed, searched, keeps_deleted=keeps_deleted, conditions=conditions
        )
        self._table = table
        self._insertions: dict[tuple[str, ...], str] = {}
        self._updates: dict[tuple[str, ...], str] = {}

    def insertion(self, row: SQLModel) -> tuple[str, Values]:
        """Return the statement that inserts a row and renders it."""
        values = {
            column.key: getattr(row, column.key)
            for column in self._table.columns
            if not _is_left_to_the_database(column, getattr(row, column.key, None))
        }
        shape = tuple(values)
        statement = self._insertions.get(shape)
        if statement is None:
            new = insert(self._table).values({name: self._bound(name) for name in values})
            statement = self._insertions[shape] = self._rendering_of(
                new.returning(*self._table.columns).cte("written")
            )
        return statement, self._adapted(values)

    def update(
        self, row_id: UUID, tenant_id: UUID | None, changes: Mapping[str, object]
    ) -> tuple[str, Values]:
        """Return the statement that changes some columns of a row and renders it."""
        shape = tuple(changes)
        statement = self._updates.get(shape)
        if statement is None:
            changed = (
                update(self._table)
                .where(self._is_row(self._table))
                .values({name: self._bound(name) for name in changes})
            )
            statement = self._updates[shape] = self._rendering_of(
                changed.returning(*self._table.columns).cte("written")
            )
        return statement, {**self._adapted(changes), "tenant_id": tenant_id, "row_id": row_id}

    def _rendering_of(self, written: FromClause) -> str:
        return compiled(as_text(self._select(written)))

    def _bound(self, name: str) -> ColumnElement[object]:
        return bindparam(f"v_{name}", type_=self._table.c[name].type)

    def _adapted(self, values: Mapping[str, object]) -> Values:
        """Name the parameters and hand JSON to the driver as compact text."""
        return {
            f"v_{name}": Json(value, dumps=_compact)
            if isinstance(self._table.c[name].type, JSON) and value is not None
            else value
            for name, value in values.items()
        }


def _asked(query: ListQuery) -> tuple[Values, str]:
    """Return the filters a list is narrowed by, and its order."""
    sent = query.model_dump(exclude_none=True)
    filters = {name: value for name, value in sent.items() if name not in _CONTROLS}
    return filters, str(sent.get("sort", "created_at"))


def _is_left_to_the_database(column: Column[object], value: object) -> bool:
    if column.computed is not None:
        return True
    return value is None and column.server_default is not None


def _escape_like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _compact(value: object) -> bytes:
    return to_json(value)
