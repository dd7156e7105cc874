"""A code typed by anybody: a good one says what it takes off, and all others answer alike."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from sqlmodel import select

from app.api.coupon.models import Coupon
from app.core.config import Settings
from app.core.security import utc_now
from app.core.tenant_db import DatabaseRole
from tests.api.payment.buying import make_buyer, make_crowd, open_popup, ordered
from tests.database import Database
from tests.factories import Json, change, make_coupon, make_popup, make_product
from tests.probing import kind_of
from tests.worlds import TenantWorld

GUESSES = 20


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """A limit that a test can reach."""
    return database.settings(var_dir=tmp_path / "var", coupon_failures_per_address_per_hour=GUESSES)


async def validate(
    client: httpx.AsyncClient, world: TenantWorld, popup: Json, code: str
) -> httpx.Response:
    body = {"popup_id": popup["id"], "code": code}
    return await client.post("/api/v1/coupons/validate", headers=world.public_headers, json=body)


async def test_a_good_code_says_what_it_takes_off_however_it_is_typed(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    soon, past = utc_now() + timedelta(days=1), utc_now() - timedelta(days=1)
    window = {"starts_at": past.isoformat(), "ends_at": soon.isoformat()}
    await make_coupon(client, acme, popup, max_uses=1, **window)

    answers = [await validate(client, acme, popup, typed) for typed in ("HALF", " half\n", "Half")]

    assert [answer.json() for answer in answers] == [{"code": "HALF", "percent": 50}] * 3


async def test_every_code_that_cannot_be_used_answers_the_same_bytes(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    other = await open_popup(client, acme, slug="other", allows_coupons=True)
    without = await open_popup(client, acme, slug="without")
    draft = await make_popup(client, acme, slug="draft", allows_coupons=True)
    abroad = await open_popup(client, globex, allows_coupons=True)
    soon, past = utc_now() + timedelta(days=1), utc_now() - timedelta(days=1)
    await make_coupon(client, acme, popup, code="OFF", is_active=False)
    await make_coupon(client, acme, popup, code="OVER", ends_at=past.isoformat())
    await make_coupon(client, acme, popup, code="SOON", starts_at=soon.isoformat())
    await make_coupon(client, acme, other, code="ELSEWHERE")
    await make_coupon(client, acme, without, code="WITHOUT")
    await make_coupon(client, acme, draft, code="DRAFT")
    await make_coupon(client, globex, abroad, code="ABROAD")
    await make_coupon(client, acme, popup, code="USED-UP", max_uses=1)
    week = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)
    await ordered(client, buyer, buyer.cart(week, coupon_code="USED-UP"))

    typed: list[tuple[Json, str]] = [
        *((popup, code) for code in ("NONE", "OFF", "OVER", "SOON", "USED-UP", "ELSEWHERE")),
        *((popup, code) for code in ("ABROAD", "", "é", "x" * 200, "' OR 1=1 --")),
        (without, "WITHOUT"),
        (draft, "DRAFT"),
        (abroad, "ABROAD"),
        ({"id": str(uuid4())}, "NONE"),
    ]
    answers = [await validate(client, acme, where, code) for where, code in typed]

    told = {(answer.status_code, answer.content) for answer in answers}
    headers = {
        tuple((name, value) for name, value in answer.headers.items() if name != "x-request-id")
        for answer in answers
    }
    assert kind_of(answers[0]) == (409, "coupon-unusable")
    assert (len(told), len(headers)) == (1, 1)


async def test_codes_that_cannot_be_used_are_limited_per_network_address(
    client: httpx.AsyncClient, app: FastAPI, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    await make_coupon(client, acme, popup)
    good = [await validate(client, acme, popup, "HALF") for _ in range(GUESSES)]

    guesses = await asyncio.gather(
        *(validate(client, acme, popup, f"GUESS-{n}") for n in range(GUESSES + 5))
    )
    honest = await validate(client, acme, popup, "HALF")
    elsewhere = await validate(client, globex, popup, "HALF")
    transport = httpx.ASGITransport(app=app, client=("192.0.2.2", 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as neighbour:
        answer = await validate(neighbour, acme, popup, "HALF")

    assert {one.status_code for one in good} == {200}
    assert Counter(one.status_code for one in guesses) == {409: GUESSES, 429: 5}
    assert kind_of(honest) == kind_of(elsewhere) == (429, "too-many-guesses")
    assert honest.headers["retry-after"] == "3600"
    assert answer.status_code == 200


async def test_a_closed_or_unnamed_organisation_is_asked_nothing(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    body = {"popup_id": popup["id"], "code": "HALF"}
    nobody = {"X-Tenant-Id": str(uuid4())}

    unnamed = await client.post("/api/v1/coupons/validate", json=body)
    unknown = await client.post("/api/v1/coupons/validate", headers=nobody, json=body)

    assert kind_of(unnamed) == (422, "invalid-request")
    assert kind_of(unknown) == (404, "tenant-unknown")


@pytest.mark.parametrize("role", [DatabaseRole.PUBLIC, DatabaseRole.HUMAN])
async def test_no_sql_of_a_visitor_or_a_human_reads_coupons(
    client: httpx.AsyncClient, acme: TenantWorld, role: DatabaseRole
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    await make_coupon(client, acme, popup)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with acme.session(role) as session:
            await session.fetch("SELECT code FROM app.coupons")


async def test_thirty_buyers_of_one_use_make_one_order_with_the_discount(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    week = await make_product(client, acme, popup)
    coupon = await make_coupon(client, acme, popup, max_uses=1)
    crowd = await make_crowd(acme, settings, popup, 30)

    answers = await asyncio.gather(
        *(
            client.post(
                "/api/v1/payments",
                headers={**one.headers, "Idempotency-Key": str(uuid4())},
                json=one.cart(week, coupon_code="half"),
            )
            for one in crowd
        )
    )

    made = [answer for answer in answers if answer.status_code == 201]
    refused = {kind_of(answer) for answer in answers if answer.status_code != 201}
    shown = await client.get(f"/api/v1/coupons/{coupon['id']}", headers=acme.headers)
    assert [answer.json()["discount_minor"] for answer in made] == [12_500]
    assert refused == {(409, "coupon-unusable")}
    assert (shown.json()["uses_held"], shown.json()["uses_taken"]) == (1, 0)
    await change(client, acme, f"coupons/{coupon['id']}", max_uses=2)
    assert (await validate(client, acme, popup, "HALF")).status_code == 200


async def test_the_codes_of_another_organisation_are_nowhere(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    for world in (acme, globex):
        await make_coupon(client, world, await make_popup(client, world))

    async with acme.session() as session:
        rows = (await session.exec(select(Coupon))).all()
    assert [row.tenant_id for row in rows] == [acme.tenant_id]
