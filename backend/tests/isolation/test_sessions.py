"""What the application's own sessions leave where an attacker could find it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from app.api.human.models import Human
from app.core.config import DatabaseLogin, Settings
from app.core.db import Database
from app.core.tenant_db import BoundSession, DatabaseRole, PlatformContext, TenantContext
from app.core.wire import Value
from tests.isolation.boundary import GLOBEX

Begin = Callable[[BoundSession], Awaitable[None]]

TENANT = TenantContext(GLOBEX, DatabaseRole.READ_WRITE, "system:test")

STATEMENTS = """
SELECT coalesce(string_agg(query, chr(10)), '') FROM pg_stat_activity WHERE pid <> pg_backend_pid()
"""


async def found_tenant(database: Database) -> None:
    async with database.platform(PlatformContext("system:test")) as session:
        await session.fetch(
            "INSERT INTO app.tenants (id, name, slug, status, default_currency, default_timezone)"
            " VALUES (%(id)s, 'Globex', 'globex', 'active', 'EUR', 'UTC')",
            {"id": GLOBEX},
        )


async def by_the_orm(session: BoundSession) -> None:
    await session.connection()


async def by_a_query(session: BoundSession) -> None:
    await session.exec(select(Human))


async def by_the_driver(session: BoundSession) -> None:
    await session.fetch("SELECT 1")


@pytest.mark.parametrize("begin", [by_the_orm, by_a_query, by_the_driver])
async def test_a_session_shows_its_signature_to_no_other(
    settings: Settings, begin: Callable[[BoundSession], Awaitable[None]]
) -> None:
    database = Database(settings)
    await found_tenant(database)
    async with database.tenant(TENANT) as session:
        await begin(session)

        # A pooled connection of the same login may read what the others run.
        with psycopg.connect(settings.app_dsn) as other:
            (seen,) = other.execute(STATEMENTS.encode()).fetchone() or ("",)

    await database.close()
    assert str(GLOBEX) not in str(seen)
    assert "tenancy.enter('" not in str(seen)


async def test_a_pooled_connection_forgets_its_tenant(settings: Settings) -> None:
    database = Database(settings.model_copy(update={"db_pool_size": 1}))
    await found_tenant(database)
    async with database.tenant(TENANT) as session:
        await session.exec(select(Human))

    connection = await database._tenants.connect()
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    cursor = await driver.execute(
        "SELECT current_user::text, current_setting('app.tenant_id', true),"
        " current_setting('app.tenant_sig', true), current_setting('app.human_id', true)"
    )
    left = await cursor.fetchone()
    await connection.close()
    await database.close()

    assert left == ("app_login", "", "", "")


class Lost(RuntimeError):
    """The process loses its way; this is not the database's doing."""


@pytest.mark.parametrize("begin", [by_the_orm, by_a_query, by_the_driver])
async def test_a_commit_that_fails_leaves_its_transaction_to_nobody(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, begin: Begin
) -> None:
    """The next one would go on in it: with another's rights, and another's work to commit."""
    database = Database(settings.model_copy(update={"db_pool_size": 1}))
    await found_tenant(database)

    async def lose(_: psycopg.AsyncConnection[object]) -> None:
        raise Lost

    async def work() -> None:
        async with database.tenant(TENANT) as session:
            await begin(session)
            session.add(Human(email="lost@example.com"))
            await session.flush()

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.AsyncConnection, "commit", lose)
        with pytest.raises(Lost):
            await work()
    async with database.tenant(replace(TENANT, role=DatabaseRole.READ_ONLY)) as session:
        left = (await session.exec(select(Human))).all()
        rights = await session.fetch("SELECT current_user::text")
    await database.close()

    assert left == []
    assert rights == [("tenant_ro",)]


async def test_a_connection_that_comes_back_in_a_transaction_is_thrown_away(
    settings: Settings,
) -> None:
    database = Database(settings.model_copy(update={"db_pool_size": 1}))
    await found_tenant(database)
    first = await database._tenants.connect()
    driver = (await first.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    await first.close()
    await driver.execute("BEGIN")

    async with database.tenant(TENANT) as session:
        rights = await session.fetch("SELECT current_user::text")
    is_gone = driver.closed
    await database.close()

    assert rights == [("tenant_rw",)]
    assert is_gone


@pytest.mark.parametrize("begin", [by_the_orm, by_a_query, by_the_driver])
async def test_a_connection_that_dies_is_replaced(settings: Settings, begin: Begin) -> None:
    """Whoever had it is told that the database went away, and its place in the pool is free."""
    database = Database(settings.model_copy(update={"db_pool_size": 1}))
    await found_tenant(database)

    async def work(statement: Begin) -> None:
        async with database.tenant(TENANT) as session:
            await begin(session)
            (pid,) = (await session.fetch("SELECT pg_backend_pid()"))[0]
            with psycopg.connect(settings.dsn(DatabaseLogin.APP)) as same_login:
                same_login.execute("SELECT pg_terminate_backend(%s)", [pid])
            await statement(session)

    for statement in (by_a_query, by_the_driver):
        with pytest.raises((psycopg.OperationalError, OperationalError)):
            await work(statement)
    async with database.tenant(TENANT) as session:
        left = (await session.exec(select(Human))).all()
    await database.close()

    assert left == []


async def at_once(session: BoundSession) -> None:
    await session.answer("SELECT 1")


@pytest.mark.parametrize("begin", [by_the_orm, by_a_query, by_the_driver, at_once])
async def test_nobody_notices_that_the_server_was_away_between_requests(
    settings: Settings, begin: Begin
) -> None:
    database = Database(settings)
    await found_tenant(database)

    async def backend() -> Value:
        async with database.tenant(TENANT) as session:
            (row,) = await session.fetch("SELECT pg_backend_pid(), pg_sleep(0.2)")
            return row[0]

    before = await asyncio.gather(*(backend() for _ in range(3)))
    with psycopg.connect(settings.admin_dsn) as admin:
        # Waits until each of them is gone.
        ended = admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) pid", [before]
        )
        assert ended.fetchall() == [(True,)] * 3

    for _ in range(3):
        async with database.tenant(TENANT) as session:
            await begin(session)
    after = await asyncio.gather(*(backend() for _ in range(3)))
    await database.close()

    assert len(set(before)) == 3
    assert not set(before) & set(after)
