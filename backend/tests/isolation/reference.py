"""Two tenants as a Python dictionary would keep them, and the same steps in Postgres.

After every step each role must see exactly what the dictionary says it sees.
"""

from typing import ClassVar
from uuid import UUID, uuid5

import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.core.tenant_db import DatabaseRole
from tests.isolation.boundary import ACME, GLOBEX, Boundary, context
from tests.isolation.rows import NAMESPACE, Connection

TENANTS = (ACME, GLOBEX)
IDS = [uuid5(NAMESPACE, f"id-{number}") for number in range(3)]
RW = DatabaseRole.READ_WRITE

INSERT_HUMAN = (
    "INSERT INTO app.humans (tenant_id, id, email, first_name, last_name, telegram, organization,"
    " job_title, gender, age, residence, is_red_flagged)"
    " VALUES (%(tenant)s, %(id)s, %(id)s::text, %(name)s, '', '', '', '', '', '', '', false)"
)
INSERT_POPUP = (
    "INSERT INTO app.popups (tenant_id, id, name, slug, tagline, description, location, timezone,"
    " starts_on, ends_on, status, currency, allows_spouse, allows_children, allows_coupons,"
    " contribution_percent, profile_fields) VALUES (%(tenant)s, %(id)s, %(name)s,"
    " substr(%(id)s::text, 1, 8), '', '', '', 'UTC', '2026-01-01', '2026-01-02', %(status)s,"
    " 'EUR', false, false, false, 0, '[]')"
)

tenants = st.sampled_from(TENANTS)
ids = st.sampled_from(IDS)
names = st.sampled_from(["Ada", "Bob", "Cy"])
statuses = st.sampled_from(["draft", "active", "archived", "ended"])


def other(tenant: UUID) -> UUID:
    """Return the tenant that must not be affected."""
    return GLOBEX if tenant == ACME else ACME


class ReferenceModel(RuleBasedStateMachine):
    """Steps of two tenants' staff; the humans and popups of both, as they should be."""

    boundary: ClassVar[Boundary]
    app: ClassVar[Connection]
    platform: ClassVar[Connection]

    def __init__(self) -> None:
        """Begin with nothing on either side."""
        super().__init__()
        self.humans: dict[tuple[UUID, UUID], str] = {}
        self.popups: dict[tuple[UUID, UUID], str] = {}
        for table in ("humans", "popups"):
            self.platform.execute(f"DELETE FROM app.{table}".encode())

    def step(self, tenant: UUID, statement: str, **values: object) -> int | str:
        """Run one statement in a transaction of its own; return rows or SQLSTATE."""
        self.boundary.enter(self.app, context(tenant, RW))
        try:
            cursor = self.app.execute(statement.encode(), {"tenant": tenant} | values)
        except psycopg.Error as error:
            self.app.execute("ROLLBACK")
            return str(error.sqlstate)
        self.app.execute("COMMIT")
        return cursor.rowcount

    @initialize()
    def populate(self) -> None:
        """Give both sides rows with equal keys: most faults need some."""
        for tenant in TENANTS:
            self.insert_human(tenant, IDS[0], "Ada")
            self.insert_popup(tenant, IDS[0], "draft")

    @rule(tenant=tenants, key=ids, name=names)
    def insert_human(self, tenant: UUID, key: UUID, name: str) -> None:
        """Insert a row of one's own; only one's own key collides."""
        outcome = self.step(tenant, INSERT_HUMAN, id=key, name=name)

        assert outcome == ("23505" if (tenant, key) in self.humans else 1)
        self.humans.setdefault((tenant, key), name)

    @rule(tenant=tenants, key=ids, status=statuses)
    def insert_popup(self, tenant: UUID, key: UUID, status: str) -> None:
        """Insert something that may be published."""
        outcome = self.step(tenant, INSERT_POPUP, id=key, name="City", status=status)

        assert outcome == ("23505" if (tenant, key) in self.popups else 1)
        self.popups.setdefault((tenant, key), status)

    @rule(tenant=tenants, key=ids)
    def insert_for_the_other(self, tenant: UUID, key: UUID) -> None:
        """Try to put a row on the other side."""
        statement = INSERT_HUMAN.replace("%(tenant)s", "%(there)s")

        assert self.step(tenant, statement, id=key, name="x", there=other(tenant)) == "42501"

    @rule(tenant=tenants, key=ids, name=names)
    def upsert(self, tenant: UUID, key: UUID, name: str) -> None:
        """Insert, or rename what is there."""
        ending = " ON CONFLICT (tenant_id, id) DO UPDATE SET first_name = excluded.first_name"

        assert self.step(tenant, INSERT_HUMAN + ending, id=key, name=name) == 1
        self.humans[tenant, key] = name

    @rule(tenant=tenants, name=names)
    def rename_everybody(self, tenant: UUID, name: str) -> None:
        """Update without saying whose."""
        own = [found for found in self.humans if found[0] == tenant]

        assert self.step(tenant, "UPDATE app.humans SET first_name = %(name)s", name=name) == len(
            own
        )
        self.humans |= dict.fromkeys(own, name)

    @rule(tenant=tenants, key=ids, status=statuses)
    def publish(self, tenant: UUID, key: UUID, status: str) -> None:
        """Change what the public sees."""
        statement = "UPDATE app.popups SET status = %(status)s WHERE id = %(id)s"

        outcome = self.step(tenant, statement, id=key, status=status)

        assert outcome == int((tenant, key) in self.popups)
        if outcome:
            self.popups[tenant, key] = status

    @rule(tenant=tenants)
    def move_to_the_other(self, tenant: UUID) -> None:
        """Try to give every row away."""
        statement = "UPDATE app.humans SET tenant_id = %(there)s"
        has_any = any(found[0] == tenant for found in self.humans)

        outcome = self.step(tenant, statement, there=other(tenant))

        assert outcome == ("42501" if has_any else 0)

    @rule(tenant=tenants, key=ids)
    def delete(self, tenant: UUID, key: UUID) -> None:
        """Delete by id alone; the other side has the same id."""
        outcome = self.step(tenant, "DELETE FROM app.humans WHERE id = %(id)s", id=key)

        assert outcome == int((tenant, key) in self.humans)
        self.humans.pop((tenant, key), None)

    @rule(tenant=tenants, key=ids)
    def change_ones_mind(self, tenant: UUID, key: UUID) -> None:
        """Undo to a savepoint; the context must outlive it."""
        self.boundary.enter(self.app, context(tenant, RW))
        self.app.execute("SAVEPOINT before")
        self.app.execute("DELETE FROM app.humans WHERE id = %s", [key])
        self.app.execute("ROLLBACK TO before")
        left = self.app.execute("SELECT count(*) FROM app.humans").fetchone()
        self.app.execute("COMMIT")

        assert left == (sum(found[0] == tenant for found in self.humans),)

    @invariant()
    def each_role_sees_what_it_should(self) -> None:
        """Compare exact rows for both tenants, every role and the platform.

        The tenants take turns in each role: a change of role makes a new plan, a change of
        tenant does not.
        """
        for role in DatabaseRole:
            for tenant in TENANTS:
                assert self.seen(tenant, role) == self.expected(tenant, role), (tenant, role)
        everything = {(t, key, name) for (t, key), name in self.humans.items()}
        assert rows(self.platform, "humans", "first_name") == everything

    def expected(self, tenant: UUID, role: DatabaseRole) -> tuple[set[object], set[object]]:
        """Return the humans and popups that one role of a tenant should see."""
        mine = [(t, key, name) for (t, key), name in self.humans.items() if t == tenant]
        cities = [(t, key, state) for (t, key), state in self.popups.items() if t == tenant]
        published = [row for row in cities if row[2] in {"active", "ended"}]
        if role is DatabaseRole.PUBLIC:
            return set(), set(published)
        if role is DatabaseRole.HUMAN:
            return {row for row in mine if row[1] == IDS[0]}, set(published)
        return set(mine), set(cities)

    def seen(self, tenant: UUID, role: DatabaseRole) -> tuple[set[object], set[object]]:
        """Return the humans and popups that one role of a tenant sees."""
        human = IDS[0] if role is DatabaseRole.HUMAN else None
        self.boundary.enter(self.app, context(tenant, role, human))
        humans = set() if role is DatabaseRole.PUBLIC else rows(self.app, "humans", "first_name")
        popups = rows(self.app, "popups", "status")
        self.app.execute("COMMIT")
        return humans, popups


def rows(connection: Connection, table: str, column: str) -> set[object]:
    """Return what a connection sees of a table, by a plan that it keeps for all tenants."""
    query = f"SELECT tenant_id, id, {column} FROM app.{table}"
    return set(connection.execute(query.encode(), prepare=True))
