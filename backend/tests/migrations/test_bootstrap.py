"""Preparing a cluster: as often as one likes, by several at once, by a mere administrator."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from app.alembic import runner
from app.core.bootstrap import BootstrapRefused, bootstrap
from app.core.config import DatabaseLogin
from tests.database import PASSWORDS, Database, TestRun
from tests.migrations.drafts import Drafts

FINDINGS = "SELECT code, object, detail FROM tenancy.audit"


def ask(dsn: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize("hardened", [False, True], ids=["plain", "hardened"])
def test_preparing_again_changes_nothing(database: Database, hardened: bool) -> None:
    before = ask(database.admin_dsn, "SELECT nspname, nspacl::text FROM pg_namespace ORDER BY 1")

    bootstrap(database.admin_dsn, PASSWORDS, hardened=hardened)

    after = ask(database.admin_dsn, "SELECT nspname, nspacl::text FROM pg_namespace ORDER BY 1")
    assert after == before
    assert ask(database.admin_dsn, FINDINGS) == []


def test_databases_of_one_cluster_are_prepared_at_once(test_run: TestRun) -> None:
    with (
        test_run.empty_database() as one,
        test_run.empty_database() as two,
        test_run.empty_database() as three,
        ThreadPoolExecutor(6) as workers,
    ):
        everything = [one, two, three] * 2

        done = workers.map(
            lambda it: bootstrap(it.admin_dsn, PASSWORDS, hardened=False), everything
        )

        assert list(done) == [None] * 6


def test_what_a_role_should_not_have_is_taken_away(database: Database) -> None:
    with psycopg.connect(database.admin_dsn) as admin:
        # Undone before anybody else on this cluster can see it.
        admin.execute("ALTER ROLE app_login INHERIT")
        admin.rollback()
    attributes = "SELECT rolinherit, rolsuper FROM pg_roles WHERE rolname = 'app_login'"

    bootstrap(database.admin_dsn, PASSWORDS, hardened=False)

    assert ask(database.admin_dsn, attributes) == [(False, False)]


def test_a_password_is_stored_as_a_verifier(database: Database) -> None:
    stored = ask(
        database.admin_dsn, "SELECT rolpassword FROM pg_authid WHERE rolname = 'app_login'"
    )

    assert str(stored[0][0]).startswith("SCRAM-SHA-256$")
    assert ask(database.app_dsn, "SHOW timezone") == [("UTC",)]


def test_a_password_may_hold_anything(database: Database) -> None:
    odd = 'it\'s; DROP ROLE "app_login" \\ %s é'
    try:
        bootstrap(database.admin_dsn, {**PASSWORDS, DatabaseLogin.PLATFORM: odd}, hardened=False)
        dsn = make_conninfo(database.admin_dsn, user="platform_login", password=odd)

        assert ask(dsn, "SELECT session_user::text") == [("platform_login",)]
    finally:
        bootstrap(database.admin_dsn, PASSWORDS, hardened=False)


def test_a_missing_database_is_named(database: Database) -> None:
    dsn = make_conninfo(database.admin_dsn, dbname="no_such_database")

    with pytest.raises(BootstrapRefused, match='"no_such_database" does not exist'):
        bootstrap(dsn, PASSWORDS, hardened=False)


@pytest.fixture
def cloud(test_run: TestRun) -> Generator[Database]:
    """A database of its own administrator, on a cluster whose superuser nobody has.

    The roles are there already, so the administrator is given what making them would give.
    """
    name = f"edgeos_cloud_{uuid4().hex[:8]}"
    admin = sql.Identifier(name)
    with test_run.empty_database() as database:
        bootstrap(database.admin_dsn, PASSWORDS, hardened=False)
        with psycopg.connect(test_run.server.admin_dsn, autocommit=True) as root:
            root.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD 'cloud'").format(admin))
            for role in (
                "app_owner",
                "platform",
                "tenant_rw",
                "tenant_ro",
                "tenant_human",
                "tenant_public",
                "app_login",
                "app_migrator",
                "platform_login",
            ):
                root.execute(
                    sql.SQL("GRANT {} TO {} WITH ADMIN OPTION").format(sql.Identifier(role), admin)
                )
            try:
                with test_run.empty_database() as own:
                    root.execute(
                        sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
                            sql.Identifier(own.name), admin
                        )
                    )
                    dsn = make_conninfo(test_run.server.admin_dsn, user=name, password="cloud")
                    yield replace(own, server=replace(own.server, admin_dsn=dsn))
            finally:
                root.execute(sql.SQL("DROP OWNED BY {}").format(admin))
                root.execute(sql.SQL("DROP ROLE {}").format(admin))


def test_an_administrator_without_superuser_suffices(cloud: Database) -> None:
    bootstrap(cloud.admin_dsn, PASSWORDS, hardened=False)
    runner.upgrade(cloud.migrator_dsn)

    assert ask_platform(cloud) == []


def ask_platform(database: Database) -> list[tuple[object, ...]]:
    with psycopg.connect(database.platform_dsn) as connection:
        connection.execute("SET LOCAL ROLE platform")
        return connection.execute(FINDINGS.encode()).fetchall()


def test_the_hardening_asks_for_a_superuser(cloud: Database) -> None:
    with pytest.raises(BootstrapRefused, match="HARDENED needs a superuser"):
        bootstrap(cloud.admin_dsn, PASSWORDS, hardened=True)


def test_somebody_elses_database_is_refused(cloud: Database, empty_database: Database) -> None:
    dsn = make_conninfo(cloud.admin_dsn, dbname=empty_database.name)

    with pytest.raises(BootstrapRefused, match="must own the database"):
        bootstrap(dsn, PASSWORDS, hardened=False)


MADE_BY_HAND = "CREATE TABLE app.by_hand (tenant_id uuid NOT NULL, id uuid PRIMARY KEY)"


@pytest.mark.parametrize("hardened", [True])
def test_a_table_made_by_hand_is_protected_at_once(drafts: Drafts) -> None:
    drafts.ask(f"SET ROLE app_owner; {MADE_BY_HAND}")

    protected = drafts.ask(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'by_hand'"
    )

    assert protected == [(True, True)]
    assert [code for code, _, _ in drafts.findings] == [
        "K02 unique key without the tenant",
        "K03 no index led by the tenant",
    ]


@pytest.mark.parametrize("hardened", [True])
def test_a_table_made_by_another_than_the_owner_is_refused(drafts: Drafts) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="made by app_owner"):
        drafts.ask(MADE_BY_HAND)


def test_without_the_hardening_a_table_made_by_hand_is_reachable_by_nobody(drafts: Drafts) -> None:
    drafts.ask(f"SET ROLE app_owner; {MADE_BY_HAND}")

    reachable = drafts.ask("SELECT has_table_privilege('tenant_rw', 'app.by_hand', 'SELECT')")

    assert reachable == [(False,)]
    assert ("T01", "app.by_hand") in {(str(code)[:3], name) for code, name, _ in drafts.findings}
