"""One row in every table of tenants, made from what the columns and the checks say.

A table that is added later gets a row by itself. Where nothing that is tried satisfies its
checks, ``NoRow`` says which value to add to ``KNOWN``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TypeAlias
from uuid import UUID, uuid5

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

import app.models  # noqa: F401  # so that every table is known

Json: TypeAlias = object
JsonRow: TypeAlias = dict[str, Json]
Rows: TypeAlias = dict[str, JsonRow]
Candidates: TypeAlias = Callable[[Column[object]], list[Json]]
Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]

NAMESPACE = UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)

MOST_ROUNDS = 40
MOST_CANDIDATES = 5_000

KNOWN: Mapping[tuple[str, str], Callable[[JsonRow], Json]] = {
    ("tenants", "slug"): lambda row: f"tenant-{str(row['id'])[-4:]}",
    ("uploads", "kind"): lambda _: "image",
    ("uploads", "key"): lambda row: f"{row['tenant_id']}/image/{row['id']}.png",
}
"""What no search would find: values that other columns spell out."""

CHECKS = """
SELECT conname, pg_get_expr(conbin, conrelid),
       ARRAY(SELECT attname::text FROM pg_attribute
              WHERE attrelid = conrelid AND attnum = ANY (conkey))
  FROM pg_constraint WHERE contype = 'c' AND conrelid = to_regclass(%s) ORDER BY conname
"""


class NoRow(AssertionError):
    """No row could be made for a table; the isolation of what has no row is not tested."""


def tenant_tables() -> list[Table]:
    """Return every table of tenants, parents before children; the tenants themselves first."""
    return [
        table
        for table in SQLModel.metadata.sorted_tables
        if table.schema == "app" and "global" not in table.info
    ]


def tenant_column(table: Table) -> str:
    """Return the column that says whose row it is."""
    return str(table.info.get("tenant_column", "tenant_id"))


def ancestors(table: Table) -> list[Table]:
    """Return the tables that a table's rows hang on, parents before children."""
    found: set[str] = set()
    waiting = [table]
    while waiting:
        for constraint in waiting.pop().foreign_key_constraints:
            parent = constraint.referred_table
            if parent.name != table.name and parent.name not in found:
                found.add(parent.name)
                waiting.append(parent)
    return [parent for parent in tenant_tables() if parent.name in found]


def plant(
    connection: Connection,
    tenant: UUID,
    *,
    word: str,
    person: int = 0,
    tables: Sequence[Table] | None = None,
) -> Rows:
    """Insert one row per table for a tenant, and return them as Postgres has them.

    Keys are equal in all tenants, so a key that forgets the tenant collides. ``word`` is
    what every text says; ``person`` tells several sets of one tenant apart.
    """
    planted: Rows = {}
    for table in tenant_tables() if tables is None else tables:
        if table.name == "tenants" and person:
            planted["tenants"] = _read_tenant(connection, tenant)
            continue
        row = make_row(connection, table, tenant, planted, word=word, person=person)
        planted[table.name] = insert(connection, table, row)
    return planted


def make_row(
    connection: Connection, table: Table, tenant: UUID, parents: Rows, *, word: str, person: int
) -> JsonRow:
    """Return a row that satisfies every check of its table, and references its parents.

    Raises:
        NoRow: nothing that was tried satisfies them.
    """
    row: JsonRow = {
        column.name: next(_candidates(column, word, person))
        for column in table.columns
        if column.computed is None
    }
    row["id"] = str(uuid5(NAMESPACE, f"{table.name}:{person}"))
    row[tenant_column(table)] = str(tenant)
    fixed = {"id", tenant_column(table), *_reference(table, row, parents)}
    for (name, column), value in KNOWN.items():
        if name == table.name:
            row[column] = value(row)
            fixed.add(column)
    return _satisfy(
        connection, table, row, fixed, lambda column: list(_candidates(column, word, person))
    )


def insert(connection: Connection, table: Table, row: JsonRow) -> JsonRow:
    """Insert a row given as JSON and return what it became."""
    columns = sql.SQL(", ").join(
        sql.Identifier(column.name) for column in table.columns if column.computed is None
    )
    statement = sql.SQL(
        "INSERT INTO app.{table} AS t ({columns}) SELECT {columns}"
        " FROM jsonb_populate_record(NULL::app.{table}, %s) RETURNING to_jsonb(t)"
    ).format(table=sql.Identifier(table.name), columns=columns)
    (found,) = connection.execute(statement, [Jsonb(row)]).fetchone() or (None,)
    assert isinstance(found, dict)
    return found


def _read_tenant(connection: Connection, tenant: UUID) -> JsonRow:
    query = "SELECT to_jsonb(t) FROM app.tenants t WHERE id = %s"
    (found,) = connection.execute(query, [tenant]).fetchone() or (None,)
    assert isinstance(found, dict)
    return found


def _reference(table: Table, row: JsonRow, parents: Rows) -> set[str]:
    """Point every foreign key at the tenant's row of the table it references."""
    pointed: set[str] = set()
    for constraint in table.foreign_key_constraints:
        parent = parents.get(constraint.referred_table.name)
        for element in constraint.elements:
            name = element.parent.name
            if parent is not None:
                row[name] = parent[element.column.name]
            elif element.parent.nullable:
                row[name] = None
            pointed.add(name)
    return pointed


def _candidates(column: Column[object], word: str, person: int) -> Iterator[Json]:
    """Yield what a column may hold, the most telling value first.

    The choices of an enumeration begin elsewhere for each person, so that some rows are
    published and some are not, and a key of a choice takes several rows of one tenant.
    """
    values = _of_type(column.type, word)
    if isinstance(column.type, Enum):
        start = person % len(values)
        values = values[start:] + values[:start]
    yield from values
    if column.nullable:
        yield None


def _of_type(kind: TypeEngine[object], word: str) -> list[Json]:
    if isinstance(kind, TypeDecorator):
        return _of_type(kind.impl_instance, word)
    if isinstance(kind, Enum):
        return list(kind.enums)
    values: dict[type[object], list[Json]] = {
        Uuid: [str(uuid5(NAMESPACE, word))],
        String: [word, word.upper(), "EUR", f"{word}@example.com"],
        Boolean: [True, False],
        Integer: [1, 0, 2, 100],
        DateTime: [(NOON + timedelta(hours=hours)).isoformat() for hours in (0, 1)],
        Date: [(NOON + timedelta(days=days)).date().isoformat() for days in (0, 1)],
        JSON: [{"said": word}, [word]],
        LargeBinary: ["\\x" + word.encode().hex()],
    }
    for known, found in values.items():
        if isinstance(kind, known):
            return found
    raise NoRow(f"tests.isolation.rows knows no value for the type {kind!r}")


def _satisfy(
    connection: Connection, table: Table, row: JsonRow, fixed: set[str], candidates: Candidates
) -> JsonRow:
    """Change the row, check by check, until none is violated."""
    checks = connection.execute(CHECKS, [f"app.{table.name}"]).fetchall()
    broken = _violations(connection, table, checks, [row])[0]
    for _ in range(MOST_ROUNDS):
        if not broken:
            return row
        free = [name for name in broken[0][1] if name not in fixed]
        tried = [
            row | dict(zip(free, values, strict=True))
            for values in product(*(candidates(table.c[name]) for name in free))
        ][:MOST_CANDIDATES]
        found = _violations(connection, table, checks, tried)
        # Among those that satisfy this check, the one that breaks the fewest others.
        scored = [
            (broken[0] in violated, len(violated), index) for index, violated in enumerate(found)
        ]
        index = min(scored)[2]
        row, broken = tried[index], found[index]
    raise NoRow(
        f"No row of {table.name} satisfies {broken[0][0]}; add a value to"
        " tests.isolation.rows.KNOWN"
    )


def _violations(
    connection: Connection,
    table: Table,
    checks: list[tuple[object, ...]],
    rows: list[JsonRow],
) -> list[list[tuple[str, list[str]]]]:
    """Return for each row the checks it violates, with their columns."""
    if not checks:
        return [[] for _ in rows]
    expressions = ", ".join(f"coalesce(({expression}), true)" for _, expression, _ in checks)
    query = (
        f"SELECT ARRAY[{expressions}] FROM (SELECT (jsonb_populate_record(NULL::app.{table.name},"
        " e.row)).*, e.n FROM jsonb_array_elements(%s) WITH ORDINALITY AS e (row, n)) AS t"
        " ORDER BY t.n"
    )
    names = [(str(name), list(_texts(columns))) for name, _, columns in checks]
    return [
        [name for name, is_held in zip(names, _texts(held), strict=True) if not is_held]
        for (held,) in connection.execute(query.encode(), [Jsonb(rows)]).fetchall()
    ]


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return value
