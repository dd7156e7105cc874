"""Runs migrations from Python: the command line, the tests and the health check share it."""

from functools import lru_cache
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

FOLDER = Path(__file__).resolve().parent


def config(dsn: str | None = None) -> Config:
    """Return Alembic's configuration; without a connection string it asks the settings."""
    made = Config(FOLDER.parents[1] / "alembic.ini")
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["dsn"] = dsn
    return made


def upgrade(dsn: str, revision: str = "head") -> None:
    """Migrate up, in one transaction that ends with the audit."""
    command.upgrade(config(dsn), revision)


def downgrade(dsn: str, revision: str) -> None:
    """Migrate down, in one transaction that ends with the audit."""
    command.downgrade(config(dsn), revision)


def current(dsn: str) -> str | None:
    """Return the revision a database is at, or None before the first."""
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=NullPool
    )
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL ROLE app_owner"))
        options = {"version_table_schema": "tenancy"}
        return MigrationContext.configure(connection, opts=options).get_current_revision()


def revise(dsn: str, message: str) -> None:
    """Write a migration from what the models say and the database does not."""
    command.revision(config(dsn), message, autogenerate=True)


@lru_cache
def head() -> str:
    """Return the newest revision this version of the application knows."""
    found = ScriptDirectory.from_config(config()).get_current_head()
    if found is None:
        raise RuntimeError("There are no migrations")
    return found
