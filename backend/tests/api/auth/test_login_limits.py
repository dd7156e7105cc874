"""How often codes may be asked for and typed: per address of e-mail and of network."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.core.config import Settings
from tests.database import Database
from tests.logins import Entrance, other_than
from tests.probing import kind_of
from tests.worlds import TenantWorld


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """Limits that a test can reach."""
    return database.settings(
        var_dir=tmp_path / "var",
        login_codes_per_email_per_hour=2,
        login_codes_per_address_per_hour=5,
        login_failures_per_address_per_hour=7,
        trusted_proxies=1,
    )


async def test_codes_are_limited_per_email_and_door(
    entrance: Entrance, acme: TenantWorld, globex: TenantWorld
) -> None:
    answers = [await entrance.ask("A@example.com", acme.tenant_id) for _ in range(3)]
    elsewhere = await entrance.ask("a@example.com", globex.tenant_id)
    as_staff = await entrance.ask("a@example.com")

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert kind_of(answers[2]) == (429, "too-many-codes")
    assert answers[2].headers["retry-after"] == "3600"
    assert (elsewhere.status_code, as_staff.status_code) == (202, 202)
    assert entrance.sql("SELECT count(*) FROM app.login_codes") == [(4,)]

    entrance.sql("UPDATE app.login_attempts SET at = at - interval '1 hour'")
    assert (await entrance.ask("a@example.com", acme.tenant_id)).status_code == 202


async def test_codes_are_limited_per_network_address_even_when_asked_for_at_once(
    entrance: Entrance, app: FastAPI
) -> None:
    answers = await asyncio.gather(*(entrance.ask(f"{n}@example.com") for n in range(9)))

    assert Counter(answer.status_code for answer in answers) == {202: 5, 429: 4}
    elsewhere = httpx.ASGITransport(app=app, client=("192.0.2.2", 50000))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://test") as neighbour:
        answer = await neighbour.post(
            "/api/v1/auth/user/login", json={"email": "neighbour@example.com"}
        )
    assert answer.status_code == 202


async def test_only_what_the_trusted_proxy_says_of_the_network_address_counts(
    client: httpx.AsyncClient,
) -> None:
    async def ask(number: int, forwarded: str) -> int:
        answer = await client.post(
            "/api/v1/auth/user/login",
            headers={"X-Forwarded-For": forwarded},
            json={"email": f"{number}@example.com"},
        )
        return answer.status_code

    invented = [await ask(number, f"10.0.0.{number}, 198.51.100.7") for number in range(6)]
    another = await ask(7, "198.51.100.8")

    assert invented == [202, 202, 202, 202, 202, 429]
    assert another == 202


async def test_wrong_codes_are_limited_per_network_address(
    entrance: Entrance, acme: TenantWorld
) -> None:
    await entrance.ask("human@example.com", acme.tenant_id)
    right = entrance.code("human@example.com", acme.tenant_id)

    guesses = [
        await entrance.type(f"{number}@example.com", other_than(right), acme.tenant_id)
        for number in range(8)
    ]
    honest = await entrance.type("human@example.com", right, acme.tenant_id)

    assert [answer.status_code for answer in guesses] == [401] * 7 + [429]
    assert kind_of(honest) == (429, "too-many-failures")
    assert honest.headers["retry-after"] == "3600"
