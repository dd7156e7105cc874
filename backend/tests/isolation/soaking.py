"""Strains one small pool with many tenants at once, and looks for what crossed over.

Every tenant has a canary in each of its rows. Whatever a unit of work reads must be its own
tenant's, all of it; and a connection that is in nobody's hands must be nobody's.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
from sqlalchemy import exc
from sqlmodel import select

from app.api.auth.errors import LoginCodeInvalid
from app.api.human.models import Human
from app.core.db import Database
from app.core.tenant_db import BoundSession, DatabaseRole, TenantContext

ROWS = 3
"""Humans of each tenant, whose e-mail addresses are its canaries."""

EMAILS = "SELECT h.email FROM app.humans h WHERE h.tenant_id = %(t)s"
EVERYBODYS = "SELECT h.email FROM app.humans h"
"""As a statement would be that somebody forgot to hold to its tenant."""

FAILURES = (psycopg.Error, exc.DBAPIError, exc.TimeoutError, exc.InvalidRequestError)
"""What the strain itself causes: killed servers, cancelled statements, a pool run dry."""


@dataclass
class Soak:
    """One run: the pool under strain, its tenants, and what leaked."""

    pools: Database
    tenants: Sequence[tuple[UUID, str]]
    kill: Callable[[int], Awaitable[None]]
    seed: int
    leaks: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    done: int = 0

    async def run(self, rounds: int, *, at_once: int) -> None:
        """Let many work at once, each doing whatever it draws."""
        chance = random.Random(self.seed)
        draws = [chance.random() for _ in range(rounds)]
        gate = asyncio.Semaphore(at_once)

        async def one(draw: float) -> None:
            async with gate:
                await self._one(random.Random(draw))

        ended = await asyncio.gather(*(one(draw) for draw in draws), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error

    async def _one(self, chance: random.Random) -> None:
        tenant_id, canary = chance.choice(self.tenants)
        deed = chance.choice(DEEDS)
        role = chance.choice((DatabaseRole.READ_WRITE, DatabaseRole.READ_ONLY))
        context = TenantContext(tenant_id, role, "system:soak")
        work = asyncio.create_task(deed(self, context, canary, chance))
        if chance.random() < 0.2:
            await asyncio.sleep(chance.random() * 0.01)
            work.cancel()
        with suppress(*FAILURES, asyncio.CancelledError, LoginCodeInvalid, ZeroDivisionError):
            self.tried.add(deed.__name__)
            await work
            self.done += 1

    def saw(self, where: str, canary: str, emails: Sequence[object]) -> None:
        """Note what a unit of work read that was not its own, or not all of its own."""
        foreign = [email for email in emails if not str(email).endswith(canary)]
        if foreign or len(emails) != ROWS:
            self.leaks.append(f"{where}: {canary} saw {emails}")


Deed = Callable[[Soak, TenantContext, str, random.Random], Coroutine[object, object, None]]


async def answer_at_once(soak: Soak, context: TenantContext, canary: str, _: random.Random) -> None:
    async with soak.pools.tenant(context) as session:
        rows = await session.answer(EMAILS, {"t": context.tenant_id})
        soak.saw("answer", canary, [row[0] for row in rows])


async def forget_the_predicate(
    soak: Soak, context: TenantContext, canary: str, _: random.Random
) -> None:
    async with soak.pools.tenant(context) as session:
        rows = await session.fetch(EVERYBODYS)
        soak.saw("fetch", canary, [row[0] for row in rows])


async def driver_then_orm(
    soak: Soak, context: TenantContext, canary: str, _: random.Random
) -> None:
    async with soak.pools.tenant(context) as session:
        await forgotten(soak, session, canary)
        soak.saw("fetch, orm", canary, (await session.exec(select(Human.email))).all())


async def orm_then_driver(
    soak: Soak, context: TenantContext, canary: str, _: random.Random
) -> None:
    async with soak.pools.tenant(context) as session:
        soak.saw("orm", canary, (await session.exec(select(Human.email))).all())
        await forgotten(soak, session, canary)
        rows = await session.answer(EMAILS, {"t": context.tenant_id})
        soak.saw("orm, answer", canary, [row[0] for row in rows])


async def fail_in_a_savepoint(
    soak: Soak, context: TenantContext, canary: str, _: random.Random
) -> None:
    async with soak.pools.tenant(context) as session:
        with suppress(exc.DBAPIError):
            async with session.begin_nested():
                connection = await session.connection()
                await connection.exec_driver_sql("SELECT 1 / 0")
        await forgotten(soak, session, canary)
        with suppress(psycopg.Error):
            async with session.begin_nested():
                await session.fetch("SELECT 1 / 0")
        soak.saw("after a savepoint", canary, (await session.exec(select(Human.email))).all())


async def write_and_fail(soak: Soak, context: TenantContext, canary: str, _: random.Random) -> None:
    async with soak.pools.tenant(context) as session:
        for human in (await session.exec(select(Human))).all():
            human.residence = canary
        await session.flush()
        raise ZeroDivisionError


async def write_and_keep_though_refused(
    soak: Soak, context: TenantContext, canary: str, _: random.Random
) -> None:
    async with soak.pools.tenant(context) as session:
        for human in (await session.exec(select(Human))).all():
            human.telegram = canary
        await session.flush()
        raise LoginCodeInvalid


async def fail_in_the_answer(
    soak: Soak, context: TenantContext, _: str, chance: random.Random
) -> None:
    statement = chance.choice(("SELECT 1 / 0", "SELECT nonsense", "SELECT %(x)s::uuid"))
    async with soak.pools.tenant(context) as session:
        await session.answer(statement, {"x": "not a uuid"} if "%" in statement else None)


async def run_out_of_time(
    soak: Soak, context: TenantContext, canary: str, _: random.Random
) -> None:
    async with soak.pools.tenant(context) as session:
        await forgotten(soak, session, canary)
        await session.fetch("SET LOCAL statement_timeout = '5ms'")
        await session.fetch("SELECT pg_sleep(1)")


async def be_killed(soak: Soak, context: TenantContext, canary: str, chance: random.Random) -> None:
    async with soak.pools.tenant(context) as session:
        await forgotten(soak, session, canary)
        ((pid,),) = await session.fetch("SELECT pg_backend_pid()")
        await soak.kill(int(str(pid)))
        if chance.random() < 0.5:
            await session.fetch(EVERYBODYS)
        else:
            (await session.exec(select(Human.email))).all()


async def lose_a_race(soak: Soak, context: TenantContext, canary: str, _: random.Random) -> None:
    """Try again, each time in a transaction of its own, while another holds the rows."""
    for _attempt in range(3):
        with suppress(psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            async with soak.pools.tenant(context) as session:
                await session.fetch("SET LOCAL lock_timeout = '10ms'")
                rows = await session.fetch(f"{EVERYBODYS} FOR UPDATE")
                soak.saw("locked", canary, [row[0] for row in rows])
                await session.fetch("SELECT pg_sleep(0.01)")
            return


async def look_at_nobodys_connection(
    soak: Soak, _: TenantContext, __: str, ___: random.Random
) -> None:
    """What a pooled connection carries from whoever had it before."""
    async with soak.pools._tenants.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, psycopg.AsyncConnection)
        cursor = await driver.execute(
            "SELECT coalesce(current_setting('app.tenant_id', true), ''),"
            " coalesce(current_setting('app.tenant_sig', true), ''), current_setting('role')"
        )
        carried = await cursor.fetchone()
        if carried != ("", "", "none"):
            soak.leaks.append(f"a pooled connection carried {carried}")
        with suppress(psycopg.Error):
            rows = await (await driver.execute(EVERYBODYS)).fetchall()
            soak.leaks.append(f"a pooled connection saw {rows}")


async def forgotten(soak: Soak, session: BoundSession, canary: str) -> None:
    rows = await session.fetch(EVERYBODYS)
    soak.saw("forgotten predicate", canary, [row[0] for row in rows])


DEEDS: Sequence[Deed] = (
    *(answer_at_once, forget_the_predicate, driver_then_orm, orm_then_driver),
    *(fail_in_a_savepoint, write_and_fail, write_and_keep_though_refused, fail_in_the_answer),
    *(run_out_of_time, be_killed, lose_a_race, look_at_nobodys_connection),
)
