"""A dump holds every tenant's rows, and what it is restored into is as safe again."""

import subprocess

import psycopg
import pytest

from app.core.bootstrap import bootstrap
from tests.database import PASSWORDS, Database, TestRun
from tests.isolation.boundary import ACME, GLOBEX
from tests.isolation.rows import plant
from tests.servers import client_programs

COUNTS = "SELECT tenant_id::text, count(*) FROM app.users GROUP BY 1 ORDER BY 1"

PROGRAMS = client_programs()


@pytest.fixture
def full(database: Database) -> Database:
    """A database with two tenants' rows in it."""
    with psycopg.connect(database.platform_dsn) as connection:
        connection.execute("SET LOCAL ROLE platform")
        for tenant in (ACME, GLOBEX):
            plant(connection, tenant, word="alike")
    return database


@pytest.mark.parametrize("hardened", [False, True], ids=["plain", "hardened"])
def test_a_restored_database_has_every_row_and_an_empty_audit(
    full: Database, hardened: bool, test_run: TestRun
) -> None:
    source = full.admin_dsn
    with test_run.empty_database() as empty:
        target = empty.admin_dsn
        dump = subprocess.run(
            [str(PROGRAMS / "pg_dump"), "--format=custom", f"--dbname={source}"],
            check=True,
            capture_output=True,
        )
        subprocess.run(
            [str(PROGRAMS / "pg_restore"), "--exit-on-error", f"--dbname={target}"],
            input=dump.stdout,
            check=True,
        )
        # The rights on the database itself are no part of a dump.
        bootstrap(target, PASSWORDS, hardened=hardened)

        with psycopg.connect(target) as restored, psycopg.connect(source) as original:
            assert restored.execute("SELECT * FROM tenancy.audit").fetchall() == []
            counts = restored.execute(COUNTS).fetchall()
            assert counts == original.execute(COUNTS).fetchall()
            assert len(counts) == 2


def test_the_owners_dump_fails_and_is_not_empty(full: Database) -> None:
    dsn = full.migrator_dsn

    dump = subprocess.run(
        [str(PROGRAMS / "pg_dump"), "--role=app_owner", f"--dbname={dsn}"],
        check=False,
        capture_output=True,
        text=True,
    )

    assert dump.returncode != 0
    assert "row-level security" in dump.stderr
