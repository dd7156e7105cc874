"""Row-level security as the contract tells it: a session is one tenant's, whatever it asks."""

from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi import Request
from sqlalchemy import delete, event, update
from sqlmodel import col, select

from app.api.human.models import Human
from app.api.popup.crud import popup_crud
from app.api.popup.models import Popup
from app.api.shared.dependencies import Principal, get_platform_session, get_tenant_session
from app.api.shared.enums import CredentialType, UserRole
from app.core.config import DatabaseLogin, Settings
from app.core.db import Database
from app.core.orm import CrossTenantWrite, MissingTenantPredicate
from app.core.tenant_db import BoundSession, DatabaseRole, PlatformContext, TenantContext
from tests.factories import make_popup
from tests.worlds import TenantWorld


def request_of(pools: Database, principal: Principal) -> Request:
    """Return a request of a caller who is known already, as far as sessions look at it."""
    app = SimpleNamespace(state=SimpleNamespace(database=pools))
    return Request({"type": "http", "app": app, "principal": principal})


def tenant_session(
    pools: Database, principal: Principal
) -> AbstractAsyncContextManager[BoundSession]:
    """Open what ``TenantSession`` hands to an endpoint."""
    return asynccontextmanager(get_tenant_session)(request_of(pools, principal))


def platform_session(
    pools: Database, principal: Principal
) -> AbstractAsyncContextManager[BoundSession]:
    """Open what ``SessionDep`` hands to an endpoint."""
    return asynccontextmanager(get_platform_session)(request_of(pools, principal))


@dataclass(frozen=True)
class Two:
    """Two organisations with a popup each, alike to the letter."""

    pools: Database
    acme: TenantWorld
    globex: TenantWorld
    ours: UUID
    theirs: UUID

    @property
    def admin(self) -> Principal:
        """The administrator of one of them."""
        return Principal(
            UserRole.ADMIN, self.acme.tenant_id, CredentialType.USER, self.acme.admin_id
        )


@pytest.fixture
async def two(
    client: httpx.AsyncClient, pools: Database, acme: TenantWorld, globex: TenantWorld
) -> Two:
    ours, theirs = [UUID(str((await make_popup(client, world))["id"])) for world in (acme, globex)]
    return Two(pools, acme, globex, ours, theirs)


async def test_tenant_isolation(two: Two) -> None:
    async with tenant_session(two.pools, two.admin) as session:
        popups, total = await popup_crud.find(session)

        assert [popup.id for popup in popups] == [two.ours]
        assert total == 1
        assert await popup_crud.get_or_none(session, two.theirs) is None


async def test_tenant_isolation_does_not_rest_on_the_statement(two: Two) -> None:
    other = {"id": two.theirs}
    async with tenant_session(two.pools, two.admin) as session:
        seen = await session.fetch("SELECT id FROM app.popups")
        by_id = await session.fetch("SELECT id FROM app.popups WHERE id = %(id)s", other)
        changed = await session.fetch("UPDATE app.popups SET name = 'ours' RETURNING id")
        gone = await session.fetch("DELETE FROM app.popups WHERE id = %(id)s RETURNING id", other)

    assert (seen, by_id) == ([(two.ours,)], [])
    assert (changed, gone) == ([(two.ours,)], [])
    async with two.globex.session() as session:
        assert (await popup_crud.get(session, two.theirs)).name == "Summer City"


async def test_tenant_session_sets_the_tenant_for_its_transaction_alone(two: Two) -> None:
    setting = "SELECT current_setting('app.tenant_id', true), current_setting('role')"
    async with tenant_session(two.pools, two.admin) as session:
        (inside,) = await session.fetch(setting)
    async with platform_session(two.pools, Principal(UserRole.SUPERADMIN)) as session:
        (outside,) = await session.fetch(setting)
    async with two.pools._tenants.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, psycopg.AsyncConnection)
        after = await (await driver.execute(setting)).fetchone()

    assert inside == (str(two.acme.tenant_id), "tenant_rw")
    assert outside[0] in {None, ""}
    assert after == ("", "none")


async def test_the_platforms_session_sees_every_tenant(two: Two) -> None:
    async with platform_session(two.pools, Principal(UserRole.SUPERADMIN)) as session:
        popups = (await session.exec(select(Popup.id).order_by(col(Popup.id)))).all()

    assert popups == [two.ours, two.theirs]


@pytest.mark.parametrize("role", list(DatabaseRole))
def test_no_context_is_an_error_and_never_an_empty_page(settings: Settings, role: str) -> None:
    with psycopg.connect(settings.dsn(DatabaseLogin.APP), autocommit=True) as app:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            app.execute("SELECT * FROM app.popups")
        app.execute(f"SET ROLE {role}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="context is not set"):
            app.execute("SELECT * FROM app.popups")


@pytest.mark.parametrize("hardened", [False])  # there, nobody may name anything by hand
async def test_a_tenant_named_by_hand_is_an_error_and_never_that_tenants_rows(two: Two) -> None:
    theirs = {"theirs": str(two.globex.tenant_id)}
    async with tenant_session(two.pools, two.admin) as session:
        at_once = await session.fetch(
            "WITH spoof AS MATERIALIZED (SELECT set_config('app.tenant_id', %(theirs)s, true))"
            " SELECT p.id FROM spoof, app.popups p WHERE p.id = %(id)s",
            theirs | {"id": two.theirs},
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not valid"):
            await session.fetch("SELECT id FROM app.popups")
    assert at_once == []
    async with tenant_session(two.pools, two.admin) as session:
        await session.fetch("SELECT 1")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="one tenant"):
            await session.fetch(
                "SELECT tenancy.enter(%(theirs)s::uuid, NULL, NULL, 'system:x', 'x')", theirs
            )


async def test_a_row_can_be_neither_made_in_nor_moved_to_another_tenant(two: Two) -> None:
    theirs = two.globex.tenant_id
    async with tenant_session(two.pools, two.admin) as session:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            await session.fetch("UPDATE app.popups SET tenant_id = %(t)s", {"t": theirs})
    async with tenant_session(two.pools, two.admin) as session:
        session.add(Human(tenant_id=theirs, email="x@example.com"))
        with pytest.raises(CrossTenantWrite):
            await session.flush()
        session.expunge_all()


async def test_orm_statements_name_the_tenant_by_themselves(two: Two) -> None:
    sent: list[str] = []
    event.listen(
        two.pools._tenants.sync_engine,
        "before_cursor_execute",
        lambda *arguments: sent.append(arguments[2]),
    )
    async with tenant_session(two.pools, two.admin) as session:
        await session.exec(select(Popup).where(Popup.name == "Summer City"))
        await session.exec(update(Popup).where(col(Popup.id) == two.theirs).values(name="x"))
        await session.exec(delete(Popup).where(col(Popup.id) == two.theirs))
        connection = await session.connection()
        with pytest.raises(MissingTenantPredicate):
            await connection.exec_driver_sql("SELECT name FROM app.popups")

    assert ["popups.tenant_id = " in statement for statement in sent] == [True, True, True]


async def test_a_human_and_a_visitor_see_what_is_theirs_or_published(
    client: httpx.AsyncClient, two: Two
) -> None:
    published = await make_popup(client, two.acme, slug="open", status="active")
    contexts = {
        role: TenantContext(two.acme.tenant_id, role, "system:test", human_id=two.acme.human_id)
        for role in (DatabaseRole.HUMAN, DatabaseRole.PUBLIC)
    }
    async with two.acme.session() as session:
        session.add(Human(email="other@example.com"))

    async with two.pools.tenant(contexts[DatabaseRole.HUMAN]) as session:
        assert await session.fetch("SELECT id FROM app.humans") == [(two.acme.human_id,)]
        assert await session.fetch("SELECT id::text FROM app.popups") == [(published["id"],)]
    async with two.pools.tenant(contexts[DatabaseRole.PUBLIC]) as session:
        assert await session.fetch("SELECT id::text FROM app.popups") == [(published["id"],)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            await session.fetch("SELECT id FROM app.humans")


async def test_no_tenants_session_reads_what_is_the_platforms(two: Two) -> None:
    for table in ("operators", "logins", "login_codes", "refresh_tokens", "login_attempts"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            async with tenant_session(two.pools, two.admin) as session:
                await session.fetch(f"SELECT * FROM app.{table}")  # noqa: S608  # a name of ours
    async with two.pools.platform(PlatformContext("system:test")) as session:
        assert await session.fetch("SELECT count(*) FROM app.logins") == [(6,)]
