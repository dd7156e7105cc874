"""How a migration runs: as the owner, in one transaction that ends with the audit."""

import psycopg
from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

import app.models  # noqa: F401  # so that every table is known
from app.alembic import operations
from app.alembic.comparison import add_protection, is_ours
from app.core.config import get_settings

LOCK_TIMEOUT = "5s"
"""A migration that waits longer blocks everything queued behind it; it is better run again."""

STATEMENT_TIMEOUT = "15min"

assert operations.SCHEMA == "app"  # noqa: S101  # imported so that its operations are registered


def _dsn() -> str:
    given = context.config.attributes.get("dsn") or context.get_x_argument(as_dictionary=True).get(
        "dsn"
    )
    return str(given) if given else get_settings().migrator_dsn


def _refuse_findings(connection: Connection) -> None:
    """Roll the migration back unless the tenants are still kept apart."""
    there = connection.execute(text("SELECT to_regclass('tenancy.audit')")).scalar_one()
    if there is None:
        return
    found = connection.execute(text("SELECT code, object, detail FROM tenancy.audit")).all()
    if found:
        lines = "\n".join(f"  {code}: {name} {detail}".rstrip() for code, name, detail in found)
        raise CommandError(f"The migration would open a way between tenants:\n{lines}")


def run() -> None:
    """Connect as the migrator, become the owner, migrate, audit, commit."""
    dsn = _dsn()
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=NullPool
    )
    with engine.connect() as connection, connection.begin():
        connection.execute(text("SET LOCAL ROLE app_owner"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            version_table_schema="tenancy",
            include_schemas=True,
            include_name=is_ours,
            compare_server_default=True,
            process_revision_directives=add_protection,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            context.run_migrations()
        _refuse_findings(connection)


if context.is_offline_mode():
    raise CommandError("Migrations need a database: they end with an audit of it")
run()
