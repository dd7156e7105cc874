"""The history of the schema can be walked up and down, and ends where the models say."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from app.alembic import runner
from app.alembic.comparison import protection_of
from app.alembic.operations import ProtectTenantTable
from app.core.bootstrap import bootstrap
from tests.database import PASSWORDS, Database
from tests.migrations.catalog import OBJECTS, QUERIES, read_catalog


@pytest.fixture
def prepared(empty_database: Database) -> Database:
    """A database with roles and schemas, and nothing in them."""
    bootstrap(empty_database.admin_dsn, PASSWORDS, hardened=False)
    return empty_database


def revisions() -> list[str]:
    """Return every revision, the oldest first."""
    scripts = ScriptDirectory.from_config(runner.config())
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


def findings(database: Database) -> list[tuple[object, ...]]:
    with psycopg.connect(database.admin_dsn) as connection:
        return connection.execute("SELECT code, object FROM tenancy.audit").fetchall()


def test_every_revision_passes_the_audit_up_and_down(prepared: Database) -> None:
    for revision in revisions():
        runner.upgrade(prepared.migrator_dsn, revision)
        assert (revision, findings(prepared)) == (revision, [])
    for revision in reversed(revisions()[:-1]):
        runner.downgrade(prepared.migrator_dsn, revision)
        assert (revision, findings(prepared)) == (revision, [])


def test_up_down_up_ends_where_it_was(prepared: Database) -> None:
    runner.upgrade(prepared.migrator_dsn)
    first = read_catalog(prepared.admin_dsn, QUERIES | OBJECTS)
    runner.downgrade(prepared.migrator_dsn, "base")
    with psycopg.connect(prepared.admin_dsn) as connection:
        left = connection.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'v', 'S') AND"
            " relnamespace IN ('app'::regnamespace, 'tenancy'::regnamespace, 'jobs'::regnamespace)"
            " UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE"
            " pronamespace IN ('app'::regnamespace, 'tenancy'::regnamespace, 'jobs'::regnamespace)"
        ).fetchall()

    runner.upgrade(prepared.migrator_dsn)

    assert left == [("tenancy.alembic_version",)]
    assert read_catalog(prepared.admin_dsn, QUERIES | OBJECTS) == first


def test_the_models_alone_make_the_same_tables(prepared: Database, database: Database) -> None:
    runner.upgrade(prepared.migrator_dsn, "0001")
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(prepared.migrator_dsn),
        poolclass=NullPool,
    )
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE app_owner"))
        SQLModel.metadata.create_all(connection)
        for table in SQLModel.metadata.sorted_tables:
            protection = protection_of(table)
            if isinstance(protection, ProtectTenantTable):
                statement = (
                    "SELECT tenancy.protect(cast(:t AS regclass), :column, :human, :published,"
                    " :audited, :insert_only, cast(:editable AS name[]))"
                )
            else:
                statement = (
                    "SELECT tenancy.register_global(cast(:t AS regclass), :reason, :audited,"
                    " :insert_only)"
                )
            values = {key: value for key, value in vars(protection).items() if key != "table"}
            connection.execute(text(statement), values | {"t": f"app.{table.name}"})

    by_models = read_catalog(prepared.admin_dsn, QUERIES)
    by_migrations = read_catalog(database.admin_dsn, QUERIES)

    assert by_models == by_migrations


def test_two_deployments_at_once_migrate_one_after_the_other(prepared: Database) -> None:
    script = f"from app.alembic import runner; runner.upgrade({prepared.migrator_dsn!r})"
    with ThreadPoolExecutor(2) as both:
        codes = both.map(
            lambda _: subprocess.run([sys.executable, "-c", script], check=False).returncode,
            range(2),
        )

        assert list(codes) == [0, 0]
    assert runner.current(prepared.migrator_dsn) == runner.head()


def test_alembic_migrates_from_the_shell(prepared: Database, tmp_path: Path) -> None:
    settings = prepared.settings()
    environment = {
        "PATH": os.environ["PATH"],
        "POSTGRES_SERVER": settings.postgres_server,
        "POSTGRES_PORT": str(settings.postgres_port),
        "POSTGRES_DB": settings.postgres_db,
        "MIGRATOR_DB_PASSWORD": settings.migrator_db_password.get_secret_value(),
        "SECRET_KEY": "secret-key-of-the-tests",
        "VAR_DIR": str(tmp_path),
    }

    def alembic(*arguments: str) -> str:
        command = [str(Path(sys.executable).parent / "alembic"), *arguments]
        folder = runner.FOLDER.parents[1]
        done = subprocess.run(
            command, cwd=folder, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    alembic("upgrade", "head")
    current = alembic("current")
    alembic("downgrade", "-1")

    assert current.split() == [runner.head(), "(head)"]
    assert runner.current(prepared.migrator_dsn) == revisions()[-2]


def test_a_database_without_history_has_no_revision(prepared: Database) -> None:
    assert runner.current(prepared.migrator_dsn) is None
