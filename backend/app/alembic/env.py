"""How a migration runs: as the owner, in one transaction that ends with the audit."""

import psycopg
from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

import app.models  # noqa: F401  # so that every table is known
from app.alembic import operations
from app.alembic.comparison import complete, is_ours
from app.core.config import get_settings

LOCK_TIMEOUT = "5s"
"""A migration that waits longer blocks everything queued behind it; it is better run again."""

STATEMENT_TIMEOUT = "15min"

MIGRATION_LOCK = 0x65646765_6D69
"""Two deployments at once migrate one after the other; "edgemi" in ASCII."""

assert operations.SCHEMA == "app"  # noqa: S101  # imported so that its operations are registered


def _dsn() -> str:
    given = context.config.attributes.get("dsn") or context.get_x_argument(as_dictionary=True).get(
        "dsn"
    )
    return str(given) if given else get_settings().migrator_dsn


def _is_migrating() -> bool:
    """Tell a migration from a command that only looks: those work on a drifted database too."""
    command = context.get_context().opts.get("fn")
    return getattr(command, "__name__", "") in {"upgrade", "downgrade"}


def _refuse_findings(connection: Connection) -> None:
    """Roll the migration back unless the tenants are still kept apart."""
    there = connection.execute(text("SELECT to_regclass('tenancy.audit')")).scalar_one()
    if there is None:
        return
    connection.execute(text("SELECT tenancy.forget_dropped()"))
    found = connection.execute(text("SELECT code, object, detail FROM tenancy.audit")).all()
    if found:
        lines = "\n".join(f"  {code}: {name} {detail}".rstrip() for code, name, detail in found)
        raise CommandError(f"The migration would open a way between tenants:\n{lines}")


def _become_the_owner(connection: Connection) -> None:
    """Take on the owner's rights for as long as the connection lives.

    With row_security off, what row-level security would silently filter fails instead.
    """
    connection.execute(text("SET ROLE app_owner"))
    connection.execute(text("SET row_security = off"))
    connection.execute(text("SET search_path = pg_catalog, pg_temp"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.commit()


def run() -> None:
    """Connect as the migrator, become the owner, migrate, audit, commit."""
    dsn = _dsn()
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=NullPool
    )
    with engine.connect() as connection:
        _become_the_owner(connection)
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            version_table_schema="tenancy",
            include_schemas=True,
            include_name=is_ours,
            compare_server_default=True,
            autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
            process_revision_directives=complete,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            context.run_migrations()
            if _is_migrating():
                _refuse_findings(connection)


if context.is_offline_mode():
    raise CommandError("Migrations need a database: they end with an audit of it")
run()
