"""What was answered and told long ago is forgotten, and nothing younger."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from app.api.auth.models import Login, LoginAttempt, LoginCode, RefreshToken
from app.api.shared.enums import CredentialType
from app.api.shared.types import new_id
from app.core.config import Settings
from app.core.security import utc_now
from app.services.login_retention import forget_old_logins
from app.services.order_retention import forget_old_requests
from tests.jobs.conftest import PLATFORM, Office, as_staff

MANY = 2_500
"""More than are forgotten at a time."""


async def forget(office: Office, settings: Settings | None = None) -> None:
    await forget_old_requests(
        lambda: office.database.platform(PLATFORM), settings or office.settings
    )


async def plant(office: Office, table: str, days: int, *, tenant: str, copies: int = 1) -> None:
    """Plant rows that are so many days old."""
    names = {
        "idempotency_keys": (
            "caller, key, fingerprint, status, media_type, body, created_at",
            "'human:1', n || '-{days}', '', 201, 'application/json', '1'",
        ),
        "webhook_events": (
            "provider, event_id, kind, outcome, received_at",
            "'stripe', n || '-{days}', 'paid', 'applied'",
        ),
    }
    columns, values = names[table]
    await office.sql(
        f"INSERT INTO app.{table} (tenant_id, id, {columns})"  # noqa: S608  # the test's own words
        f" SELECT id, gen_random_uuid(), {values.format(days=days)},"
        f" now() - interval '{days} days' FROM app.tenants, generate_series(1, {copies}) n"
        f" WHERE slug = '{tenant}'"
    )


async def left(office: Office, table: str, column: str) -> list[tuple[object, ...]]:
    rows = await office.sql(
        f"SELECT t.slug, x.{column} FROM app.{table} x"  # noqa: S608  # the test's own words
        f" JOIN app.tenants t ON t.id = x.tenant_id ORDER BY 1, 2"
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("table", "column", "days"),
    [("idempotency_keys", "key", 30), ("webhook_events", "event_id", 180)],
)
async def test_only_what_is_older_than_the_setting_is_forgotten(
    office: Office, table: str, column: str, days: int
) -> None:
    await plant(office, table, days + 1, tenant="acme", copies=MANY)
    await plant(office, table, days + 1, tenant="globex")
    await plant(office, table, days - 1, tenant="acme")
    await plant(office, table, days - 1, tenant="globex")

    await forget(office)

    kept = f"1-{days - 1}"
    assert await left(office, table, column) == [("acme", kept), ("globex", kept)]


async def test_the_ages_are_settings(office: Office) -> None:
    await plant(office, "idempotency_keys", 2, tenant="acme")
    await plant(office, "webhook_events", 8, tenant="acme")
    longer = {"idempotency_key_days": 3, "webhook_event_days": 9}
    shorter = {"idempotency_key_days": 1, "webhook_event_days": 7}

    await forget(office, office.settings.model_copy(update=longer))
    counts = [
        len(await left(office, "idempotency_keys", "key")),
        len(await left(office, "webhook_events", "event_id")),
    ]
    await forget(office, office.settings.model_copy(update=shorter))

    assert counts == [1, 1]
    assert await left(office, "idempotency_keys", "key") == []
    assert await left(office, "webhook_events", "event_id") == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE app.webhook_events SET outcome = 'refused'", "DELETE FROM app.webhook_events"],
)
async def test_an_organisation_changes_nothing_of_what_it_was_told(
    office: Office, statement: str
) -> None:
    await plant(office, "webhook_events", 1, tenant="acme")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with office.database.tenant(as_staff(office.acme)) as session:
            await session.fetch(statement)

    assert await office.sql("SELECT outcome FROM app.webhook_events") == [("applied",)]


async def test_the_platform_forgets_events_and_changes_none(office: Office) -> None:
    await plant(office, "webhook_events", 1, tenant="acme")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await office.sql("UPDATE app.webhook_events SET outcome = 'refused'")

    assert await office.sql("SELECT outcome FROM app.webhook_events") == [("applied",)]


AGES = {
    "recent": timedelta(hours=23),
    "old": timedelta(hours=25),
    "last month": timedelta(days=31),
}


async def plant_logins(office: Office, of: UUID, now: datetime) -> None:
    """Plant, of each age, a code, a login that ran out and one that was ended."""
    human = CredentialType.HUMAN
    async with office.database.platform(PLATFORM) as session:
        for name, age in AGES.items():
            then = now - age
            session.add(LoginCode(kind=human, tenant_id=of, email=name, expires_at=then))
            for expires_at, ended_at in ((then, None), (now, then)):
                login = Login(
                    kind=human,
                    tenant_id=of,
                    subject_id=new_id(),
                    expires_at=expires_at,
                    ended_at=ended_at,
                )
                session.add(login)
                await session.flush()
                token_hash = f"{name} {login.id}"
                session.add(RefreshToken(login_id=login.id, token_hash=token_hash, expires_at=now))


async def test_logins_are_forgotten_a_month_after_their_end_and_codes_sooner(
    office: Office,
) -> None:
    now = utc_now()
    await plant_logins(office, office.acme, now)
    await plant_logins(office, office.globex, now)
    async with office.database.platform(PLATFORM) as session:
        session.add_all(
            LoginAttempt(kind="code", subject=name, at=now - age) for name, age in AGES.items()
        )

    async with office.database.platform(PLATFORM) as session:
        await forget_old_logins(session)

    assert await left(office, "login_codes", "email") == [("acme", "recent"), ("globex", "recent")]
    attempts = await office.sql("SELECT subject FROM app.login_attempts")
    assert [tuple(row) for row in attempts] == [("recent",)]
    ends = await left(office, "logins", "ended_at")
    assert Counter(tenant for tenant, _ in ends) == {"acme": 4, "globex": 4}
    assert {now - end for _, end in ends if isinstance(end, datetime)} == {
        AGES["recent"],
        AGES["old"],
    }
    tokens = await office.sql("SELECT DISTINCT left(token_hash, 3) FROM app.refresh_tokens")
    assert sorted(tuple(row) for row in tokens) == [("old",), ("rec",)]
