"""The engines: one pool for tenants, one for the platform, made when the process starts."""

import select
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import psycopg
from psycopg import AsyncCursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from pydantic_core import to_json
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, PoolResetState
from sqlalchemy.util import await_only

from app.core.config import DatabaseLogin, Settings
from app.core.orm import MissingTenantPredicate, names_the_tenant
from app.core.tenant_db import (
    BoundSession,
    Context,
    ContextSigner,
    NoTenantContext,
    Opening,
    PlatformContext,
    TenantContext,
    refusal,
    unit_of_work,
)
from app.core.wire import Wire, wire_of

PREPARE_AFTER = 5
"""Uses of a statement through the ORM until it is worth preparing; the driver's own default."""

OLDEST_SERVER = 150014
"""PostgreSQL 15.14: older ones leak rows through statistics (CVE-2025-8713)."""


class UnsafeDatabase(RuntimeError):
    """The database would not keep the tenants apart, so the application does not start."""


class _ExtendedCursor(AsyncCursor[tuple[object, ...]]):
    """Speaks only the extended protocol, which refuses a second statement in one text."""

    def _execute_send(self, query, *, force_extended=False, binary=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG002  # the driver's own, untyped
        return super()._execute_send(query, force_extended=True, binary=binary)


class Database:
    """Both pools and the signer: everything a process needs to open sessions."""

    def __init__(self, settings: Settings) -> None:
        """Make the engines; nothing connects before the first session."""
        self.signer = ContextSigner(settings.context_signing_key_id, settings.key("context"))
        self.exports = 0
        self.most_exports = max(1, settings.db_pool_size // 2)
        self._tenants = _engine(settings, DatabaseLogin.APP)
        self._platform = _engine(settings, DatabaseLogin.PLATFORM)
        event.listen(self._tenants.sync_engine, "before_cursor_execute", _refuse_untenanted)

    def session(self, context: Context) -> BoundSession:
        """Return a session that will begin its one transaction in this context."""
        engine = self._platform if isinstance(context, PlatformContext) else self._tenants
        return BoundSession(engine, context, self.signer)

    @asynccontextmanager
    async def tenant(self, context: TenantContext) -> AsyncGenerator[BoundSession]:
        """One unit of work for a tenant: commits when the block ends."""
        async with unit_of_work(self.session(context)) as session:
            yield session

    @asynccontextmanager
    async def platform(self, context: PlatformContext) -> AsyncGenerator[BoundSession]:
        """One unit of work of the platform: commits when the block ends."""
        async with unit_of_work(self.session(context)) as session:
            yield session

    async def refuse_if_unsafe(self) -> None:
        """Check that this database keeps tenants apart from this login.

        Raises:
            UnsafeDatabase: the login is a superuser, bypasses row-level security, owns or
                may read something itself, the server is too old, or the audit has findings.
        """
        async with self.platform(PlatformContext(actor="system:boot")) as session:
            findings = await session.fetch("SELECT code, object, detail FROM tenancy.audit")
        async with self._tenants.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, psycopg.AsyncConnection)  # noqa: S101  # narrows the type
            version = driver.info.server_version
            cursor = await driver.execute(_RIGHTS_OF_THE_LOGIN)
            rights = await cursor.fetchall()
        problems = [f"{code}: {name} {detail}".strip() for code, name, detail in findings]
        problems += [str(right) for (right,) in rights]
        if version < OLDEST_SERVER:
            problems.append(f"PostgreSQL {version} is older than {OLDEST_SERVER}")
        if problems:
            raise UnsafeDatabase("The database is not safe to serve from: " + "; ".join(problems))

    async def revision(self) -> str | None:
        """Return the revision the schema is at, or None when the database does not answer."""
        try:
            async with self.platform(PlatformContext(actor="system:health")) as session:
                rows = await session.fetch("SELECT version_num FROM tenancy.alembic_version")
        except (psycopg.Error, OperationalError, PoolTimeout):
            return None
        return str(rows[0][0]) if rows else None

    async def close(self) -> None:
        """Close every connection."""
        await self._tenants.dispose()
        await self._platform.dispose()


_RIGHTS_OF_THE_LOGIN = """
SELECT 'the login is a superuser or bypasses row-level security'
  FROM pg_catalog.pg_roles
 WHERE rolname = session_user AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication)
UNION ALL
SELECT 'the login may use ' || c.oid::regclass::text
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('app', 'tenancy', 'jobs') AND c.relkind IN ('r', 'p', 'v', 'm')
   AND (c.relowner = session_user::regrole
        OR has_table_privilege(session_user, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'))
UNION ALL
SELECT 'app.tenant_id is preset for this login'
 WHERE coalesce(current_setting('app.tenant_id', true), '') <> ''
"""


def _engine(settings: Settings, login: DatabaseLogin) -> AsyncEngine:
    """Make one pool. The driver commits by itself, so nothing runs outside an opening."""
    options = " ".join(
        (
            f"-c statement_timeout={settings.statement_timeout_ms}",
            f"-c lock_timeout={settings.lock_timeout_ms}",
            f"-c idle_in_transaction_session_timeout={settings.idle_timeout_ms}",
            "-c timezone=UTC",
        )
    )
    engine = create_async_engine(
        "postgresql+psycopg://",
        connect_args={
            **conninfo_to_dict(settings.dsn(login)),
            "async_creator_fn": Wire.connect,
            "options": options,
            "application_name": f"edgeos-{login}",
            "cursor_factory": _ExtendedCursor,
            # None: not even those that ask for it. A pooler may hand each transaction another
            # server, which knows nothing of what was prepared on the last.
            "prepare_threshold": PREPARE_AFTER if settings.db_prepared_statements else None,
            "row_factory": tuple_row,
        },
        pool_size=settings.db_pool_size,
        max_overflow=0,
        pool_timeout=settings.db_pool_timeout_seconds,
        pool_use_lifo=True,
        pool_reset_on_return=None,  # _end_what_is_open does, and only where something is open
        hide_parameters=True,  # an error that is logged must not quote what was sent
        use_native_hstore=False,
        json_serializer=_compact_json,
    )
    event.listen(engine.sync_engine, "connect", _leave_transactions_to_us)
    event.listen(engine.sync_engine, "begin", _open)
    event.listen(engine.sync_engine, "reset", _end_what_is_open)
    event.listen(engine.sync_engine, "checkout", _refuse_unusable)
    return engine


def _compact_json(value: object) -> str:
    """Write a document as answers do: what is stored is given back as it is."""
    return to_json(value).decode()


def _leave_transactions_to_us(connection: psycopg.AsyncConnection[object], _: object) -> None:
    connection.autocommit = True


def _end_what_is_open(
    connection: DBAPIConnection, _: ConnectionPoolEntry, state: PoolResetState
) -> None:
    """Roll back what a connection brings back: after a COMMIT that failed the ORM does not."""
    if state.asyncio_safe and not _is_idle(connection):
        connection.rollback()


def _refuse_unusable(
    connection: DBAPIConnection, _: ConnectionPoolEntry, __: PoolProxiedConnection
) -> None:
    """Let the pool throw away a connection whose transaction is not over, or that is dead.

    Whoever got the one would go on inside the transaction of somebody else, of another tenant.
    The other has something to read although nothing was asked: that the server went away. Asked
    of the socket and not of the server, so that it costs no round trip.

    Raises:
        DisconnectionError: so that the pool opens another.
    """
    if not _is_idle(connection):
        raise DisconnectionError("A connection came out of the pool inside a transaction")
    heard = select.poll()
    heard.register(_driver_of(connection).fileno(), select.POLLIN)
    if heard.poll(0):
        raise DisconnectionError("The server has closed a connection of the pool")


def _is_idle(connection: DBAPIConnection) -> bool:
    return _driver_of(connection).info.transaction_status is TransactionStatus.IDLE


def _driver_of(connection: DBAPIConnection) -> Wire:
    driver = connection.driver_connection
    assert isinstance(driver, Wire)  # noqa: S101  # narrows the type
    return driver


def _open(connection: Connection) -> None:
    """Begin a transaction inside its context, in one round trip."""
    options: Mapping[str, object] = connection.get_execution_options()
    context, signer = options.get("context"), options.get("signer")
    if not isinstance(context, TenantContext | PlatformContext) or not isinstance(
        signer, ContextSigner
    ):
        raise NoTenantContext("A transaction was begun without a context")
    wire = wire_of(connection.connection)
    if wire.info.transaction_status is not TransactionStatus.IDLE:
        return  # the session has opened it already, through the driver
    await_only(_send(wire, Opening.of(context, signer)))


async def _send(wire: Wire, opening: Opening) -> None:
    """Send the opening in one round trip, its values bound.

    Written into the text they would stand in ``pg_stat_activity``, where every session of
    the same login reads them: a signature is good for any transaction until it expires.
    """
    try:
        await wire.exchange(opening.statements)
    except psycopg.Error as error:
        await wire.rollback()
        if refused := refusal(error):
            raise refused from None
        raise


def _refuse_untenanted(
    _connection: Connection,
    _cursor: DBAPICursor,
    statement: str,
    _parameters: object,
    _context: object,
    _many: bool,
) -> None:
    if not names_the_tenant(statement):
        raise MissingTenantPredicate(statement)
