"""Compiles a resource's ``Public`` schema into SQL that renders it as JSON.

Postgres writes each row as one JSON text and the application sends the text on: rows never
become objects. The schema stays the one source of the shape; a generated test holds, for
every resource, that these bytes equal the schema's own dump.
"""

import types
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Select,
    Table,
    Text,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql import ClauseElement

from app.api.shared.types import AsPostgresWrites

Expression: TypeAlias = Callable[[FromClause], ColumnElement[object]]
"""A computed member: takes the row's table (or its stand-in) and returns SQL."""

_DIALECT: PGDialect_psycopg = PGDialect_psycopg(paramstyle="pyformat")  # type: ignore[no-untyped-call]  # SQLAlchemy's own

_UNLIKE = (float, Decimal, bytes, time, timedelta)
"""Types that Postgres and pydantic write differently, so that no schema may use them."""


class NotRenderable(TypeError):
    """A Public schema has a member that Postgres cannot render as pydantic would."""


def _leaves(annotation: object) -> Iterable[object]:
    if get_origin(annotation) in (Union, types.UnionType, list):
        for part in get_args(annotation):
            yield from _leaves(part)
    elif hasattr(annotation, "__metadata__"):
        yield from annotation.__metadata__
        yield from _leaves(get_args(annotation)[0])
    else:
        yield annotation


def _as_pydantic_writes(column: ColumnElement[object]) -> ColumnElement[object]:
    """Render a plain ``datetime`` as pydantic does: ``Z``, and six digits or none."""
    pattern: ColumnElement[str] = literal_column('\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\'')
    text = func.to_char(func.timezone("UTC", column), pattern)
    return func.replace(text, literal_column("'.000000Z'"), literal_column("'Z'"))


def _member(
    name: str,
    field: FieldInfo,
    row: FromClause,
    computed: Mapping[str, Expression],
) -> ColumnElement[object]:
    if name in computed:
        return computed[name](row).label(name)
    if name not in row.c:
        raise NotRenderable(f"There is no column {name!r} and no computed member of that name")
    column: ColumnElement[object] = row.c[name]
    leaves = [*field.metadata, *_leaves(field.annotation)]
    for leaf in leaves:
        if isinstance(leaf, type) and issubclass(leaf, _UNLIKE):
            raise NotRenderable(f"{name!r} is {leaf.__name__}, which Postgres writes differently")
    is_marked = any(isinstance(leaf, AsPostgresWrites) for leaf in leaves)
    if datetime in leaves and not is_marked:
        column = _as_pydantic_writes(column)
    return column.label(name)


def members(
    public: type[BaseModel], row: FromClause, computed: Mapping[str, Expression]
) -> list[ColumnElement[object]]:
    """Return the labelled columns that make up one rendered row.

    Raises:
        NotRenderable: a member has no column, or is of a type the two sides write
            differently (floats, decimals, bytes, times of day, durations).
    """
    return [_member(name, field, row, computed) for name, field in public.model_fields.items()]


def nested(
    public: type[BaseModel],
    table: Table,
    on: Callable[[FromClause, FromClause], ColumnElement[bool]],
    *,
    computed: Mapping[str, Expression] | None = None,
) -> Expression:
    """Render the one row of another table that ``on(row, other)`` finds, or null."""

    def expression(row: FromClause) -> ColumnElement[object]:
        other = table.alias()
        same_tenant = other.c.tenant_id == row.c.tenant_id
        columns = members(public, other, computed or {})
        # Named here, since SQLAlchemy looks no further out than one statement by itself.
        found = select(*columns).where(same_tenant, on(row, other)).correlate(row).subquery("item")
        rendered = select(func.row_to_json(literal_column("item"))).select_from(found)
        return rendered.scalar_subquery()

    return expression


def words_of(table: Table, *names: str, by: str) -> Expression:
    """Join the texts of the one row of another table whose id stands in column ``by``."""

    def expression(row: FromClause) -> ColumnElement[object]:
        other = table.alias()
        words = func.concat_ws(literal_column("' '"), *(other.c[name] for name in names))
        same_tenant = other.c.tenant_id == row.c.tenant_id
        return select(words).where(same_tenant, other.c.id == row.c[by]).scalar_subquery()

    return expression


def nested_list(
    public: type[BaseModel],
    table: Table,
    on: Callable[[FromClause, FromClause], ColumnElement[bool]],
    *,
    order: str,
    computed: Mapping[str, Expression] | None = None,
) -> Expression:
    """Render all rows of another table that ``on(row, other)`` finds, in the order of a column.

    Joined by hand, since ``json_agg`` puts spaces and line breaks between them. Postgres
    aggregates the rows of a sorted sub-select in its order.
    """

    def expression(row: FromClause) -> ColumnElement[object]:
        other = table.alias()
        same_tenant = other.c.tenant_id == row.c.tenant_id
        found = select(*members(public, other, computed or {})).where(same_tenant, on(row, other))
        ordered = found.order_by(other.c[order]).correlate(row).subquery("item")
        texts = func.string_agg(
            cast(func.row_to_json(literal_column("item")), Text), literal_column("','")
        )
        inside = func.coalesce(texts, literal_column("''"))
        array = literal_column("'['").concat(inside).concat(literal_column("']'"))
        return select(cast(array, JSON)).select_from(ordered).scalar_subquery()

    return expression


def as_text(rows: Select[*tuple[object, ...]]) -> Select[str]:
    """Wrap a select of labelled columns so that each row is one JSON text."""
    item = rows.subquery("item")
    return select(cast(func.row_to_json(literal_column("item")), Text)).select_from(item)  # ty: ignore[invalid-explicit-return]  # SQLAlchemy's own variadic types


def compiled(statement: ClauseElement) -> str:
    """Return a statement's SQL with ``%(name)s`` parameters, for the driver."""
    return str(statement.compile(dialect=_DIALECT))
