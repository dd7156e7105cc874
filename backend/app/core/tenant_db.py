"""The tenant's session: every transaction opens inside a signed tenant context.

One message starts a transaction, sets its role and hands the signed context to
``tenancy.enter``; the row-level security policies verify the signature. Nothing outlives
the transaction, so a pooled connection carries nothing to its next user. ``docs/tenancy.md``
tells the whole story.
"""

import asyncio
import hmac
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.errors import DomainError, NotFound, Unauthenticated
from app.core.wire import Params, Row, Statement, Wire, wire_of

_SPENT = "This session has committed; open another"

_COMMIT: Statement = ("COMMIT", {})

SIGNATURE_SECONDS = 120
"""How long a signed context opens transactions: longer than any request may take.

The database compares with the start of the transaction, so a running one is never cut.
"""

HMAC_BLOCK_BYTES = 64
"""The block of SHA-256 (RFC 2104); keys of 32 bytes are padded to it."""


class DatabaseRole(StrEnum):
    """Whose rights a tenant's transaction has."""

    READ_WRITE = "tenant_rw"
    READ_ONLY = "tenant_ro"
    HUMAN = "tenant_human"
    PUBLIC = "tenant_public"


class TenantUnknown(NotFound):
    """There is no such organisation.

    Also the answer for one that is suspended: its public pages are gone at once.
    """


class NoTenantContext(RuntimeError):
    """A transaction was begun without saying for whom: always a bug."""


class SessionSpent(RuntimeError):
    """The session's one transaction is over; a second one would be a second request's."""


@dataclass(frozen=True, slots=True)
class TenantContext:
    """Who acts, in which tenant, with whose rights. Fixed for the life of a session.

    ``actor`` is what the audit log says: ``user:<id>``, ``human:<id>``, ``operator:<id>``,
    ``public`` or ``system:<what>``. ``login_id`` is the login session that has to be live.
    """

    tenant_id: UUID
    role: DatabaseRole
    actor: str
    human_id: UUID | None = None
    login_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PlatformContext:
    """An operator, the worker or a look-up before login: no tenant, every tenant's rows."""

    actor: str
    login_id: UUID | None = None


Context: TypeAlias = TenantContext | PlatformContext


class ContextSigner:
    """Signs tenant contexts so that the database can tell them from injected ones.

    HMAC-SHA256 (RFC 2104) over ``kid.expiry.role.tenant.human``. The database holds the two
    padded keys of the construction rather than the key.
    """

    def __init__(self, key_id: int, key: bytes) -> None:
        self._key_id = key_id
        self._key = key

    @property
    def padded_keys(self) -> tuple[int, bytes, bytes]:
        """Return key id, inner and outer padded key, as ``tenancy.keys`` stores them."""
        key = self._key.ljust(HMAC_BLOCK_BYTES, b"\0")
        inner = bytes(byte ^ 0x36 for byte in key)
        outer = bytes(byte ^ 0x5C for byte in key)
        return self._key_id, inner, outer

    def sign(self, context: TenantContext, *, now: float | None = None) -> str:
        """Return ``kid.expiry.hex`` for one role, tenant and human."""
        expiry = int(time.time() if now is None else now) + SIGNATURE_SECONDS
        head = f"{self._key_id}.{expiry}"
        message = f"{head}.{context.role}.{context.tenant_id}.{context.human_id or ''}"
        return f"{head}.{hmac.digest(self._key, message.encode(), 'sha256').hex()}"


@dataclass(frozen=True, slots=True)
class Opening:
    """The statements that open a transaction in a context."""

    statements: tuple[Statement, ...]

    @classmethod
    def of(cls, context: Context, signer: ContextSigner) -> "Opening":
        """Compose the opening for a context: BEGIN, the role, the signed context."""
        if isinstance(context, PlatformContext):
            enter = "SELECT tenancy.enter_platform(%(login)s::uuid, %(actor)s::text)"
            params: Params = {"login": context.login_id, "actor": context.actor}
            return cls((("BEGIN", {}), ("SET LOCAL ROLE platform", {}), (enter, params)))
        begin = "BEGIN READ ONLY" if context.role is not DatabaseRole.READ_WRITE else "BEGIN"
        enter = (
            "SELECT tenancy.enter(%(tenant)s::uuid, %(human)s::uuid,"
            " %(login)s::uuid, %(actor)s::text, %(sig)s::text)"
        )
        return cls(
            (
                (begin, {}),
                (f"SET LOCAL ROLE {context.role}", {}),
                (
                    enter,
                    {
                        "tenant": context.tenant_id,
                        "human": context.human_id,
                        "login": context.login_id,
                        "actor": context.actor,
                        "sig": signer.sign(context),
                    },
                ),
            )
        )


def refusal(error: psycopg.Error) -> DomainError | None:
    """Return what ``tenancy.enter`` refused: a login that ended, a tenant that is gone."""
    if error.sqlstate == "ED401":
        return Unauthenticated()
    if error.sqlstate == "ED404":
        return TenantUnknown()
    return None


class ContextSession(Session):
    """The synchronous heart of ``BoundSession``; ``app.core.orm`` hangs its hooks here."""

    context: Context
    opens_with: Mapping[str, object]
    """What a transaction of this session is begun with: the options ``app.core.db`` reads."""
    held: Connection | None = None
    _opener: Engine | None = None

    def get_bind(self, *args: object, **kwargs: object) -> Engine | Connection:
        """Return the connection this session already holds, so that it has only one."""
        if self.held is not None:
            return self.held
        if self._opener is None:
            bound = super().get_bind(*args, **kwargs)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # handed on as given
            self._opener = bound.engine.execution_options(**self.opens_with)
        return self._opener

    def hold(self, connection: Connection | None) -> None:
        """Use this connection, and no other, until another or none is given."""
        if connection is not None:
            connection.execution_options(**self.opens_with)
        self.held = connection


class BoundSession(AsyncSession):
    """One unit of work in one context, through the ORM or straight through the driver.

    It has one connection and one transaction, begun by the first statement. ``fetch``
    runs SQL in that transaction; ``answer`` runs the only statement of a request, with
    the opening and the COMMIT, in one round trip.
    """

    sync_session_class = ContextSession
    sync_session: ContextSession  # ty: ignore[incompatible-mutable-override]  # always made by sync_session_class

    is_history: bool = False
    """Whether it tells of what happened before: then nobody is told, and no job is queued."""

    def __init__(self, engine: AsyncEngine, context: Context, signer: ContextSigner) -> None:
        super().__init__(engine, expire_on_commit=False)
        self.sync_session.context = context
        self.sync_session.opens_with = {"context": context, "signer": signer}
        self._engine = engine
        self._context = context
        self._signer = signer
        self._connection: AsyncConnection | None = None
        self._loan: PoolProxiedConnection | None = None
        """The connection of an ``answer`` that is under way, or was refused."""
        self._is_spent = False

    @property
    def context(self) -> Context:
        """Who acts; never changes."""
        return self._context

    @property
    def tenant_id(self) -> UUID:
        """The tenant every statement of this session is about.

        Raises:
            NoTenantContext: this is the platform's session.
        """
        if isinstance(self._context, PlatformContext):
            raise NoTenantContext("The platform's session has no tenant")
        return self._context.tenant_id

    async def fetch(self, statement: str, params: Params | None = None) -> list[Row]:
        """Run one statement in the session's transaction and return its rows.

        Raises:
            psycopg.Error: as the driver raises it; constraint names are mapped by the crud.
        """
        wire = await self._wire()
        if wire.info.transaction_status is not TransactionStatus.IDLE:
            cursor = await wire.execute(statement, params, prepare=True)  # ty: ignore[invalid-argument-type]  # SQL of this application, compiled or constant
            return await cursor.fetchall() if cursor.description else []
        return await self._exchange(wire, (statement, params or {}))

    async def answer(self, statement: str, params: Params | None = None) -> list[Row]:
        """Run the request's only statement: opening, statement and COMMIT in one round trip.

        In a session that has begun its transaction it is an ordinary ``fetch``.

        Raises:
            SessionSpent: the session has answered before.
        """
        if self._is_spent:
            raise SessionSpent(_SPENT)
        if self._connection is not None or self.in_transaction():
            return await self.fetch(statement, params)
        self._is_spent = True
        # Straight from the pool: the ORM's own connection is not needed for one message.
        loan = self._loan = await greenlet_spawn(self._engine.sync_engine.raw_connection)
        rows = await self._exchange(wire_of(loan), (statement, params or {}), _COMMIT)
        self._loan = None
        loan.close()
        return rows

    async def _wire(self) -> Wire:
        if self._is_spent:
            raise SessionSpent(_SPENT)
        if self._connection is None:
            if self.in_transaction():
                connection = await self.connection()
            else:
                connection = self._connection = await self._engine.connect()
                self.sync_session.hold(connection.sync_connection)
        else:
            connection = self._connection
        return wire_of(await connection.get_raw_connection())

    async def _exchange(self, wire: Wire, *statements: Statement) -> list[Row]:
        """Send the opening and what follows it, and return the rows of the first of that."""
        opening = Opening.of(self._context, self._signer).statements
        try:
            answers = await wire.exchange((*opening, *statements))
        except psycopg.Error as error:
            if refused := refusal(error):
                raise refused from None
            raise
        return wire.rows(answers[len(opening)])

    async def finish(self) -> None:
        """Commit whatever was begun, and let the connection go."""
        if self._loan is not None:
            await self.abandon()  # its only message was refused
        if self._is_spent:
            return
        if self.in_transaction():
            await self.commit()
        elif self._connection is not None:
            await (await self._wire()).commit()
        self._is_spent = True
        await self._release()

    async def abandon(self) -> None:
        """Roll back whatever was begun, and let the connection go.

        Also runs while the request is being cancelled, so it is shielded: a connection
        goes back to the pool clean or not at all.
        """
        await asyncio.shield(self._abandon())

    async def _abandon(self) -> None:
        self._is_spent = True
        loan, self._loan = self._loan, None
        if loan is not None:
            await _end(loan)
            await greenlet_spawn(loan.close)
        # One that the ORM has seen die is invalidated already, and cannot be asked for.
        if self._connection is not None and not self._connection.invalidated:
            await _end(await self._connection.get_raw_connection())
        await self.close()
        await self._release()

    async def _release(self) -> None:
        connection, self._connection = self._connection, None
        self.sync_session.hold(None)
        if connection is not None:
            await connection.close()


async def _end(loan: PoolProxiedConnection) -> None:
    """Roll back what is open; a connection that does not answer is not used again."""
    try:
        await wire_of(loan).rollback()
    except psycopg.Error:
        await greenlet_spawn(loan.invalidate)


@asynccontextmanager
async def unit_of_work(session: BoundSession) -> AsyncGenerator[BoundSession]:
    """Commit when the block ends, roll back when it raises: the only place that does.

    A refusal that ``keeps_writes`` commits and is raised on.
    """
    try:
        yield session
    except DomainError as error:
        await (session.finish() if error.keeps_writes else session.abandon())
        raise
    except BaseException:
        await session.abandon()
        raise
    try:
        await session.finish()
    except BaseException:
        await session.abandon()
        raise


def joined(rows: Sequence[Row]) -> bytes:
    """Join rows that Postgres rendered as JSON text into the inside of a JSON array."""
    return ",".join(str(row[0]) for row in rows).encode()
