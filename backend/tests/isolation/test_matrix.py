"""Every table of tenants, every verb, every role, in both directions, with equal keys.

What is expected comes from the models, not from the functions that make policies and grants.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import ForeignKeyConstraint, Table

from app.core.tenant_db import DatabaseRole
from tests.isolation.boundary import ACME, GLOBEX, Boundary, context
from tests.isolation.conftest import Planted
from tests.isolation.rows import (
    Connection,
    JsonRow,
    Rows,
    ancestors,
    make_row,
    plant,
    tenant_column,
    tenant_tables,
)

TABLES = {table.name: table for table in tenant_tables()}
HUMAN, PUBLIC = DatabaseRole.HUMAN, DatabaseRole.PUBLIC
RW, RO = DatabaseRole.READ_WRITE, DatabaseRole.READ_ONLY

DENIED = "42501"
READ_ONLY = "25006"
NO_COPY = "0A000"
NO_PARENT = "23503"
NO_SETTING = {DENIED, "42704", "22P02"}
"""Without a context the error depends on what is asked first; it is always an error."""

Outcome = int | str
"""How many rows a statement touched, or the SQLSTATE it was refused with."""


@dataclass(frozen=True)
class Side:
    """One tenant's point of view on one table."""

    boundary: Boundary
    table: Table
    mine: UUID
    theirs: UUID
    me: UUID
    row: JsonRow
    fresh: JsonRow
    own: list[JsonRow]

    @property
    def column(self) -> str:
        return tenant_column(self.table)

    @property
    def may_insert(self) -> bool:
        return "editable" not in self.table.info

    @property
    def may_change(self) -> bool:
        return self.may_insert and not self.table.info.get("insert_only", False)

    def may_select(self, role: DatabaseRole) -> bool:
        if role is PUBLIC:
            return "published" in self.table.info
        return role is not HUMAN or bool({"human", "published"} & set(self.table.info))

    def visible(self, role: DatabaseRole) -> set[str]:
        """Return the ids of this tenant's rows that a role should see."""
        human, published = self.table.info.get("human"), self.table.info.get("published")

        def is_seen(row: JsonRow) -> bool:
            if published and row[published] and role in {HUMAN, PUBLIC}:
                return True
            return role in {RW, RO} or (
                role is HUMAN and human is not None and row[human] == str(self.me)
            )

        return {str(row["id"]) for row in self.own if is_seen(row)}

    @contextmanager
    def inside(self, role: DatabaseRole) -> Generator[Connection]:
        human = self.me if role is HUMAN else None
        with self.boundary.inside(self.mine, role, human) as connection:
            yield connection

    def sql(self, text: str) -> bytes:
        """Fill in the names of a statement."""
        changed = next(iter(self.table.info.get("editable") or ["id"]))
        words = {"t": f"app.{self.table.name}", "col": self.column, "any": changed}
        return text.format(**words, mine=self.mine, theirs=self.theirs).encode()


@pytest.fixture(scope="module")
def only_at_globex(planted: Planted) -> Rows:
    """Rows whose keys exist on one side alone."""
    with planted.boundary.platform(keep=True) as connection:
        return plant(connection, GLOBEX, word="unique", person=7)


def side_of(planted: Planted, name: str, mine: UUID) -> Side:
    """Take one tenant's point of view on a table."""
    table = TABLES[name]
    theirs = GLOBEX if mine == ACME else ACME
    rows = planted.acme if mine == ACME else planted.globex
    with planted.boundary.platform() as connection:
        fresh = make_row(connection, table, mine, rows, word="fresh", person=5)
        query = f"SELECT to_jsonb(t) FROM app.{name} t WHERE {tenant_column(table)} = %s"
        own = [_as_row(row) for (row,) in connection.execute(query.encode(), [mine])]
    me = UUID(str(rows["humans"]["id"]))
    fresh[tenant_column(table)] = str(theirs)
    return Side(planted.boundary, table, mine, theirs, me, rows[name], fresh, own)


def _as_row(value: object) -> JsonRow:
    assert isinstance(value, dict)
    return value


@pytest.fixture(params=[ACME, GLOBEX], ids=["acme", "globex"])
def mine(request: pytest.FixtureRequest) -> UUID:
    found = request.param
    assert isinstance(found, UUID)
    return found


@pytest.fixture(scope="module")
def sides(planted: Planted, only_at_globex: Rows) -> dict[tuple[str, UUID], Side]:
    assert only_at_globex  # planted before anybody counts, whatever the order of the tests
    return {
        (name, tenant): side_of(planted, name, tenant)
        for name in TABLES
        for tenant in (ACME, GLOBEX)
    }


@pytest.fixture(params=TABLES)
def side(sides: dict[tuple[str, UUID], Side], mine: UUID, request: pytest.FixtureRequest) -> Side:
    return sides[str(request.param), mine]


def attempt(connection: Connection, statement: bytes, *params: object) -> Outcome:
    """Run a statement for its outcome and undo it."""
    try:
        with connection.transaction(force_rollback=True):
            return connection.execute(statement, params or None).rowcount
    except psycopg.Error as error:
        return str(error.sqlstate)


def attempt_insert(connection: Connection, side: Side, row: JsonRow, ending: str = "") -> Outcome:
    """Insert a row for the outcome and undo it."""
    names = [column.name for column in side.table.columns if column.computed is None]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL(
        "INSERT INTO app.{table} ({columns}) SELECT {columns}"
        " FROM jsonb_populate_record(NULL::app.{table}, %s) {ending}"
    ).format(table=sql.Identifier(side.table.name), columns=columns, ending=sql.SQL(ending))
    return attempt(connection, statement.as_bytes(connection), Jsonb(row))


def test_each_role_sees_exactly_what_it_should(side: Side) -> None:
    seen: dict[str, set[str] | str] = {}
    expected: dict[str, set[str] | str] = {}
    for role in DatabaseRole:
        expected[role] = side.visible(role) if side.may_select(role) else DENIED
        with side.inside(role) as connection:
            try:
                rows = connection.execute(side.sql("SELECT {col}::text, id::text FROM {t}"))
            except psycopg.errors.InsufficientPrivilege:
                seen[role] = DENIED
                continue
            found = rows.fetchall()
            assert {tenant for tenant, _ in found} <= {str(side.mine)}
            seen[role] = {str(key) for _, key in found}

    assert seen == expected


QUESTIONS = (
    "SELECT * FROM {t} WHERE {col} = '{theirs}'",
    "SELECT 1 FROM {t} WHERE {col} = '{theirs}' OR true EXCEPT SELECT 1",
    "SELECT * FROM {t} WHERE {col} <> '{mine}'",
    "SELECT * FROM {t} t WHERE t.ctid IS NOT NULL AND NOT t.{col} = '{mine}'",
)


def test_a_question_for_the_others_rows_has_no_answer(side: Side) -> None:
    expected = {
        (role, query): 0 if side.may_select(role) else DENIED
        for role in DatabaseRole
        for query in QUESTIONS
    }

    found = {}
    for role in DatabaseRole:
        with side.inside(role) as connection:
            for query in QUESTIONS:
                found[role, query] = attempt(connection, side.sql(query))

    assert found == expected


def test_copying_out_gives_what_reading_gives(side: Side) -> None:
    expected = {
        role: len(side.visible(role)) if side.may_select(role) else DENIED for role in DatabaseRole
    }

    found: dict[DatabaseRole, Outcome] = {}
    for role in DatabaseRole:
        with side.inside(role) as connection:
            try:
                with connection.cursor().copy(side.sql("COPY {t} TO STDOUT")) as lines:
                    found[role] = sum(1 for _ in lines.rows())
            except psycopg.errors.InsufficientPrivilege:
                found[role] = DENIED

    assert found == expected


WRITES: dict[str, Callable[[Side], Outcome]] = {
    "UPDATE {t} SET {any} = {any} WHERE {col} = '{theirs}'": (
        lambda side: DENIED if side.table.info.get("insert_only") or not editable(side) else 0
    ),
    "UPDATE {t} SET {col} = '{theirs}'": lambda _: DENIED,
    "UPDATE {t} SET {col} = '{theirs}' WHERE {col} = '{mine}' RETURNING *": lambda _: DENIED,
    "DELETE FROM {t} WHERE {col} = '{theirs}'": lambda side: 0 if side.may_change else DENIED,
    "DELETE FROM {t} USING app.tenants x WHERE {t}.{col} <> '{mine}'": (
        lambda side: 0 if side.may_change else DENIED
    ),
    "MERGE INTO {t} t USING (SELECT '{theirs}'::uuid AS k) s ON t.{col} = s.k"
    " WHEN MATCHED THEN DELETE": lambda side: 0 if side.may_change else DENIED,
    "TRUNCATE {t} CASCADE": lambda _: DENIED,
    "COPY {t} FROM STDIN": lambda side: NO_COPY if side.may_insert else DENIED,
    "ALTER TABLE {t} DISABLE ROW LEVEL SECURITY": lambda _: DENIED,
    "CREATE INDEX ON {t} (id)": lambda _: DENIED,
    "COMMENT ON TABLE {t} IS 'mine'": lambda _: DENIED,
}


def editable(side: Side) -> bool:
    """Tell whether tenants change any column of the table."""
    return bool(side.table.info.get("editable", ["id"]))


def test_staff_change_nothing_of_the_others(side: Side) -> None:
    expected = {statement: outcome(side) for statement, outcome in WRITES.items()}

    with side.inside(RW) as connection:
        found = {statement: attempt(connection, side.sql(statement)) for statement in WRITES}

    assert found == expected


def test_nobody_else_changes_anything(side: Side) -> None:
    outcomes = set()
    for role in (RO, HUMAN, PUBLIC):
        with side.inside(role) as connection:
            outcomes |= {attempt(connection, side.sql(statement)) for statement in WRITES}

    assert outcomes <= {DENIED, READ_ONLY}


ENDINGS = ("", "RETURNING *", "ON CONFLICT DO NOTHING", "ON CONFLICT DO NOTHING RETURNING *")


def test_no_row_can_be_put_among_the_others(side: Side) -> None:
    existing = side.row | {side.column: str(side.theirs)}

    outcomes: dict[DatabaseRole, set[Outcome]] = {}
    for role in DatabaseRole:
        with side.inside(role) as connection:
            outcomes[role] = {
                attempt_insert(connection, side, row, ending)
                for row in (side.fresh, existing)
                for ending in ENDINGS
            }

    assert outcomes.pop(RW) == {DENIED}
    assert all(found <= {DENIED, READ_ONLY} for found in outcomes.values())


def test_no_row_of_the_others_can_be_taken_over(side: Side) -> None:
    existing = side.row | {side.column: str(side.theirs)}
    key = ", ".join(dict.fromkeys((side.column, "id")))
    ending = f"ON CONFLICT ({key}) DO UPDATE SET id = excluded.id"
    with side.inside(RW) as connection:
        outcome = attempt_insert(connection, side, existing, ending)

    assert outcome == DENIED


@pytest.mark.parametrize("name", TABLES)
def test_a_reference_to_the_others_row_fails_like_one_to_nothing(
    planted: Planted, sides: dict[tuple[str, UUID], Side], only_at_globex: Rows, name: str
) -> None:
    side = sides[name, ACME]
    found: dict[object, list[Outcome]] = {}
    with planted.boundary.admin() as connection:
        connection.execute("SET LOCAL ROLE platform")
        parents = plant(connection, ACME, word="good", person=5, tables=ancestors(side.table))
        good = make_row(connection, side.table, ACME, parents, word="good", person=5)
        if side.may_insert:
            connection.execute("SET LOCAL ROLE tenant_rw")
            sig = planted.boundary.signer.sign(context(ACME, RW))
            connection.execute("SELECT tenancy.enter(%s, NULL, NULL, 'system:x', %s)", [ACME, sig])

        for constraint in references(side.table, only_at_globex):
            parent = only_at_globex[constraint.referred_table.name]
            foreign, random = dict(good), dict(good)
            for element in constraint.elements:
                if element.parent.name != "tenant_id":
                    foreign[element.parent.name] = parent[element.column.name]
            # What tells one parent from another: its id, or the last part of its key.
            last = constraint.elements[-1]
            named = [it for it in constraint.elements if it.column.name == "id"] or [last]
            random |= {element.parent.name: str(uuid4()) for element in named}
            rows = (foreign, random, good)
            found[constraint.name] = [attempt_insert(connection, side, row) for row in rows]

    assert all(outcomes == [NO_PARENT, NO_PARENT, 1] for outcomes in found.values()), found


def references(table: Table, planted: Rows) -> list[ForeignKeyConstraint]:
    """Return the foreign keys of a table to rows that a tenant has."""
    return [
        constraint
        for constraint in table.foreign_key_constraints
        if constraint.referred_table.name in planted
        and constraint.referred_table.name not in {"tenants", table.name}
    ]


def test_without_a_context_there_is_an_error_and_never_a_row(side: Side) -> None:
    outcomes: list[Outcome] = []
    with side.boundary.login() as connection:
        outcomes.append(attempt(connection, side.sql("SELECT * FROM {t}")))
        for role in DatabaseRole:
            connection.execute("BEGIN")
            connection.execute(f"SET LOCAL ROLE {role}".encode())
            outcomes.append(attempt(connection, side.sql("SELECT * FROM {t}")))
            connection.execute("SELECT tenancy.enter(%s, NULL, NULL, 'system:x', '')", [side.mine])
            outcomes.append(attempt(connection, side.sql("SELECT * FROM {t}")))
            connection.execute("ROLLBACK")

    assert set(outcomes) <= NO_SETTING


def test_the_platform_sees_both_sides(side: Side) -> None:
    with side.boundary.platform() as connection:
        found = connection.execute(side.sql("SELECT DISTINCT {col} FROM {t}")).fetchall()

    assert {side.mine, side.theirs} <= {tenant for (tenant,) in found}


def test_equal_rows_fit_into_a_third_tenant(planted: Planted) -> None:
    with planted.boundary.platform() as connection:
        twins = plant(connection, uuid4(), word="alike")

    assert set(twins) == set(TABLES)
