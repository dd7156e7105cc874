"""The audit finds every way to break the boundary in the catalog, and nothing else."""

from collections.abc import Generator

import psycopg
import pytest

from tests.isolation.boundary import Boundary
from tests.isolation.mutants import MUTANTS, SINCE_16, Mutant
from tests.isolation.rows import Connection

OPTIONS_SINCE = 160000


@pytest.fixture(scope="module")
def superuser(boundary: Boundary) -> Generator[Connection]:
    """One connection for all mutants of a variant; each is undone."""
    with boundary.admin() as connection:
        yield connection


@pytest.fixture
def admin(superuser: Connection) -> Generator[Connection]:
    yield superuser
    superuser.rollback()


def findings(connection: Connection) -> set[tuple[str, str]]:
    """Return code and object of every finding."""
    rows = connection.execute("SELECT code, object FROM tenancy.audit").fetchall()
    return {(str(code)[:3], str(name)) for code, name in rows}


def test_the_audit_of_a_fresh_database_is_empty(admin: Connection) -> None:
    assert findings(admin) == set()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_the_audit_names_what(admin: Connection, mutant: Mutant) -> None:
    admin.execute(mutant.sql.encode())
    admin.execute("RESET ROLE")

    found = findings(admin)

    assert (mutant.code, mutant.object) in found


def test_the_audit_names_a_grant_that_is_inherited(admin: Connection) -> None:
    if admin.info.server_version < OPTIONS_SINCE:
        pytest.skip("role grants have no options before PostgreSQL 16")
    admin.execute(SINCE_16.sql.encode())

    found = findings(admin)

    assert (SINCE_16.code, SINCE_16.object) in found


@pytest.mark.parametrize("path", ["tenancy, app, public", "app", "pg_catalog"])
def test_the_audit_says_the_same_whatever_the_search_path(admin: Connection, path: str) -> None:
    admin.execute(f"SET LOCAL search_path = {path}".encode())

    found = findings(admin)

    assert found == set()


def test_the_platform_reads_the_audit_and_no_tenant_does(boundary: Boundary) -> None:
    with boundary.platform() as connection:
        seen_by_platform = findings(connection)
    with boundary.admin() as connection:
        connection.execute("SET LOCAL ROLE tenant_rw")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            findings(connection)

    assert seen_by_platform == set()
