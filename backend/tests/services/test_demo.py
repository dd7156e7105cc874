"""The demonstration: the same story for the same seed, told once, and to nobody."""

import re
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
from sqlmodel import select

from app.api.shared.enums import CredentialType, UserRole
from app.api.tenant.models import Tenant
from app.api.user.models import User
from app.core.config import Environment, Settings
from app.core.db import Database
from app.core.tenant_db import PlatformContext
from app.main import create_app
from app.services.demo.people import cast_of
from app.services.demo.telling import FEWEST, DemoRefused, Show, tell
from tests.conftest import run_of
from tests.database import Database as OwnDatabase
from tests.worlds import Headers, logged_in

NOW = datetime(2026, 9, 12, 15, 30, tzinfo=UTC)
STORY = Show(seed=7, people=40, now=NOW)
SMALL = Show(seed=7, people=FEWEST, now=NOW)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FIGURES = ("applications", "payments", "revenue", "stock", "check-ins")


@asynccontextmanager
async def told(settings: Settings, show: Show) -> AsyncGenerator[tuple[Database, list[str]]]:
    """Tell the story in a database."""
    pools = Database(settings)
    try:
        yield pools, await tell(pools, settings, show)
    finally:
        await pools.close()


async def dashboards(settings: Settings, slug: str) -> str:
    """Return everything the dashboard says of an organisation, without its ids."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        headers = await admin_of(app.state.database, settings, slug)
        transport = httpx.ASGITransport(app=app, client=("192.0.2.1", 50000))
        async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1") as client:
            overview = await client.get("/dashboard", headers=headers)
            texts = [overview.text]
            for popup in overview.json()["popups"]:
                for figure in FIGURES:
                    path = f"/dashboard/popups/{popup['popup_id']}/{figure}"
                    answer = await client.get(path, headers=headers)
                    assert answer.status_code == 200
                    texts.append(answer.text)
    return UUID.sub("id", "\n".join(texts))


async def admin_of(pools: Database, settings: Settings, slug: str) -> Headers:
    """Log the administrator of an organisation in."""
    async with pools.platform(PlatformContext("system:test")) as session:
        tenant = (await session.exec(select(Tenant).where(Tenant.slug == slug))).one()
        found = select(User).where(User.tenant_id == tenant.id, User.role == UserRole.ADMIN)
        admin = (await session.exec(found)).one()
        return await logged_in(
            session, settings, CredentialType.USER, admin.id, admin.role, tenant.id
        )


def expect_life(database: OwnDatabase) -> None:
    """Expect of everything some, over months, in order, and nobody told of it."""
    with psycopg.connect(database.admin_dsn) as admin:

        def ask(query: str) -> list[tuple[object, ...]]:
            return admin.execute(query.encode()).fetchall()

        statuses = {row[0] for row in ask("SELECT DISTINCT status FROM app.applications")}
        assert statuses >= {"draft", "in_review", "accepted", "rejected"}
        assert {row[0] for row in ask("SELECT DISTINCT category FROM app.attendees")} == {
            "main",
            "spouse",
            "kid",
        }
        paid = Counter(row[0] for row in ask("SELECT status FROM app.payments"))
        assert paid["approved"] > 10
        assert paid["approved"] < paid.total()
        assert ask("SELECT count(*) FROM app.application_reviews") > [(40,)]
        assert ask("SELECT count(*) FROM app.check_ins") > [(40,)]
        assert ask("SELECT count(*) FROM app.group_members") > [(4,)]
        # Months of it, none of which lies ahead, and none of which is of today's clock.
        for table in ("applications", "payments", "tickets", "application_reviews"):
            ((first, last),) = ask(f"SELECT min(created_at), max(created_at) FROM app.{table}")  # noqa: S608  # names of ours
            assert isinstance(first, datetime)
            assert isinstance(last, datetime)
            assert first < NOW - timedelta(days=40)
            assert NOW - timedelta(days=20) < last <= NOW
        # Whoever is in the list came in the order of the list.
        assert ask("SELECT id FROM app.payments ORDER BY tenant_id, created_at, id") == ask(
            "SELECT id FROM app.payments ORDER BY tenant_id, id"
        )
        assert ask("SELECT count(*) FROM app.mail_messages") == [(0,)]
        assert paid["pending"] == 0
        assert ask("SELECT count(*) FROM jobs.procrastinate_jobs") == [(0,)]


async def test_the_same_seed_tells_the_same_story_which_looks_like_life(
    settings: Settings, database: OwnDatabase, pytestconfig: pytest.Config, hardened: bool
) -> None:
    with run_of(pytestconfig).database(hardened=hardened) as other:
        again = other.settings(var_dir=settings.var_dir)
        async with told(settings, STORY) as (_, here), told(again, STORY) as (_, there):
            assert here == there
        for slug in ("demo", "demo-neighbours"):
            assert await dashboards(settings, slug) == await dashboards(again, slug)
    expect_life(database)


def test_another_seed_tells_another_story() -> None:
    names, others = ([one.email for one in cast_of(seed, 30)] for seed in ("7/demo", "8/demo"))

    assert names == [one.email for one in cast_of("7/demo", 30)]
    assert names != others


async def test_a_story_cut_short_leaves_nothing_and_is_told_anew_and_once(
    settings: Settings, database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("the plug is pulled")

    with monkeypatch.context() as patched:
        patched.setattr("app.services.demo.company.Company.found", fail)
        with pytest.raises(RuntimeError, match="plug"):
            async with told(settings, SMALL):
                pass
    with psycopg.connect(database.admin_dsn) as admin:
        assert admin.execute("SELECT count(*) FROM app.humans").fetchone() == (0,)
    async with told(settings, SMALL) as (pools, said):
        assert said[0].startswith("Made Demo: ")
        another = await tell(pools, settings, Show(seed=8, people=30, now=NOW))
    assert another[:2] == [
        "Demo is there already, and was left as it is.",
        "Demo Neighbours is there already, and was left as it is.",
    ]
    made = sum(int(count) for count in re.findall(r"(\d+) people", " ".join(said)))
    with psycopg.connect(database.admin_dsn) as admin:
        assert admin.execute("SELECT count(*) FROM app.humans").fetchone() == (made,)


async def test_it_is_not_told_in_production(settings: Settings) -> None:
    production = settings.model_copy(update={"environment": Environment.PRODUCTION})
    pools = Database(settings)
    try:
        with pytest.raises(DemoRefused, match="production"):
            await tell(pools, production, SMALL)
        with pytest.raises(DemoRefused, match="from 24 to 2000"):
            await tell(pools, settings, Show(seed=1, people=3, now=NOW))
    finally:
        await pools.close()
