"""Whoever can run SQL as the application's login still reads nothing of another tenant."""

from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest

from app.core.tenant_db import DatabaseRole
from tests.isolation.attacking import MINE, PRIVATE, THEIRS, Target, fingerprint
from tests.isolation.attacks import ATTACKS, HUMAN_ATTACKS, Attack, attack
from tests.isolation.boundary import ACME, GLOBEX, HERE, Boundary, Servers, Variant, context
from tests.isolation.rows import plant

PEEK = attack("peeks", "SELECT to_jsonb(p)::text FROM app.peek p")

REFUSED = {
    "SET ROLE platform": "42501",
    "SET ROLE app_owner": "42501",
    "SET SESSION AUTHORIZATION postgres": "42501",
    "CREATE TEMP TABLE t (id int)": "42501",
    "CREATE TABLE app.t (id int)": "42501",
    "CREATE SCHEMA mine": "42501",
    "TRUNCATE app.users": "42501",
    "TABLE tenancy.keys": "42501",
    "TABLE app.refresh_tokens": "42501",
    "SELECT * FROM jobs.procrastinate_jobs": "42501",
    "SELECT tenancy.protect('app.users')": "42501",
    "SELECT tenancy.enter_platform(NULL, 'x')": "42501",
    "UPDATE app.audit_log SET actor = 'x'": "42501",
    "UPDATE app.tenants SET status = 'deleted'": "42501",
    "UPDATE app.tenants SET slug = 'x'": "42501",
    "COPY app.users TO PROGRAM 'true'": "42501",
    "COPY app.users FROM STDIN": "0A000",
    "ALTER ROLE app_login SET app.tenant_id = 'x'": "42501",
}

REFUSED_WHEN_HARDENED = (
    "SELECT set_config('app.tenant_id', '', true)",
    "SELECT query_to_xml('SELECT 1', true, true, '')",
    "SELECT pg_notify('x', 'y')",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT * FROM pg_stat_activity",
    "DO $$ BEGIN END $$",
)


@contextmanager
def make_target(boundary: Boundary) -> Generator[Target]:
    """Put rows on both sides, each saying whose they are, and a second human on this one."""
    with boundary.platform(keep=True) as connection:
        mine = plant(connection, ACME, word=MINE)
        plant(connection, GLOBEX, word=THEIRS)
        plant(connection, GLOBEX, word=f"{THEIRS}two", person=1)
        others = plant(connection, ACME, word="neighbour", person=1)
        them = UUID(str(others["humans"]["id"]))
        connection.execute(
            "UPDATE app.humans SET residence = %s WHERE id = %s AND tenant_id = %s",
            [PRIVATE, them, ACME],
        )
        connection.execute(
            "UPDATE app.applications SET scholarship_reason = %s WHERE human_id = %s"
            " AND tenant_id = %s",
            [PRIVATE, them, ACME],
        )
    me = UUID(str(mine["humans"]["id"]))
    with boundary.admin() as watcher:
        before = fingerprint(watcher, ACME, GLOBEX)
        yield Target(boundary, ACME, GLOBEX, me, them, watcher, before)


@pytest.fixture(scope="module")
def target(servers: Servers, variant: Variant) -> Generator[Target]:
    with servers.boundary(variant) as boundary, make_target(boundary) as made:
        yield made


@pytest.mark.parametrize("attempt", ATTACKS, ids=str)
def test_staff_of_one_tenant_get_nothing_of_another(target: Target, attempt: Attack) -> None:
    seen = [
        target.run(attempt, context(ACME, role))
        for role in (DatabaseRole.READ_WRITE, DatabaseRole.READ_ONLY)
    ]

    assert THEIRS not in "".join(seen).lower()
    assert target.is_untouched()


@pytest.mark.parametrize("attempt", [*ATTACKS, *HUMAN_ATTACKS], ids=str)
def test_a_human_and_a_visitor_get_nothing_of_another(target: Target, attempt: Attack) -> None:
    seen = [
        target.run(attempt, context(ACME, DatabaseRole.HUMAN, target.me)),
        target.run(attempt, context(ACME, DatabaseRole.PUBLIC)),
    ]

    assert THEIRS not in "".join(seen).lower()
    assert PRIVATE not in "".join(seen).lower()
    assert target.is_untouched()


@pytest.mark.parametrize("statement", REFUSED)
def test_a_tenants_transaction_is_refused(target: Target, statement: str) -> None:
    with (
        target.boundary.inside(ACME, DatabaseRole.READ_WRITE) as connection,
        pytest.raises(psycopg.Error) as refused,
    ):
        connection.execute(statement.encode())

    assert refused.value.sqlstate == REFUSED[statement]


@pytest.mark.parametrize("statement", REFUSED_WHEN_HARDENED)
def test_a_hardened_database_refuses_the_tools_too(target: Target, statement: str) -> None:
    if not target.boundary.hardened:
        pytest.skip("the hardening needs a superuser and is optional")
    with (
        target.boundary.inside(ACME, DatabaseRole.READ_WRITE) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


MUTANTS = {
    "a floor that trusts the setting": (
        (
            "ALTER POLICY tenant_floor ON app.humans"
            " USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
        ),
        DatabaseRole.READ_WRITE,
        "sets the tenant",
    ),
    "no floor, and an access that relies on it": (
        (
            "DROP POLICY tenant_floor ON app.humans;"
            " ALTER POLICY tenant_access ON app.humans USING (true)"
        ),
        DatabaseRole.READ_WRITE,
        "asks plainly",
    ),
    "a floor that asks for the current role's signature": (
        (
            "ALTER POLICY tenant_floor ON app.humans"
            " USING (tenant_id = (SELECT tenancy.current_tenant()))"
        ),
        DatabaseRole.HUMAN,
        "is staff while planned, human while checked",
    ),
    "an access that trusts the human's setting": (
        (
            "ALTER POLICY human_access ON app.humans"
            " USING (id = (SELECT current_setting('app.human_id')::uuid))"
        ),
        DatabaseRole.HUMAN,
        "sets the human between the checks",
    ),
    "a view with its owner's eyes": (
        "CREATE VIEW app.peek AS SELECT * FROM app.humans; GRANT SELECT ON app.peek TO tenant_ro",
        DatabaseRole.READ_ONLY,
        "peeks",
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_attacks_find_what_a_weaker_boundary_leaks(servers: Servers, mutant: str) -> None:
    weakening, role, name = MUTANTS[mutant]
    attempt = next((it for it in (*ATTACKS, *HUMAN_ATTACKS) if it.name == name), PEEK)
    with servers.boundary(HERE) as boundary, make_target(boundary) as target:
        with psycopg.connect(boundary.database.admin_dsn) as connection:
            connection.execute(weakening.encode())

        human = target.me if role is DatabaseRole.HUMAN else None
        seen = target.run(attempt, context(ACME, role, human)).lower()

    assert (PRIVATE if human else THEIRS) in seen
