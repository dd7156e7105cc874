"""Many buyers at once, also over connections that die: never one too many, never one lost."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from sqlmodel import select

from app.api.payment.models import Payment
from app.api.ticket.models import Ticket
from app.core.config import Settings
from app.main import create_app
from tests.api.payment.buying import (
    Buyer,
    Json,
    buy,
    make_coupon,
    make_crowd,
    open_popup,
    rows_of,
    stock,
)
from tests.database import Database
from tests.factories import make_group, make_product
from tests.worlds import TenantWorld

MOST_ATTEMPTS = 60
"""Of one buyer whose connections die: far more than ever were needed."""

KILLS = 40


@pytest.fixture
async def narrow(settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """The application with a few connections, in front of a crowd that has patience."""
    few = settings.model_copy(update={"db_pool_size": 8, "db_pool_timeout_seconds": 300.0})
    application: FastAPI = create_app(few)
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(app=application, client=("192.0.2.1", 50000))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", timeout=300
        ) as speaker:
            yield speaker


def told(answers: list[httpx.Response]) -> Counter[tuple[int, str]]:
    """Count the answers by their status and, of refusals, their kind."""
    return Counter(
        (answer.status_code, answer.json()["type"].split("/")[-1] if answer.is_error else "")
        for answer in answers
    )


async def test_five_hundred_buyers_of_ten_places_buy_exactly_ten(
    client: httpx.AsyncClient, narrow: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    """Half of them name the two products in the opposite order."""
    popup = await open_popup(client, acme)
    one = await make_product(client, acme, popup, capacity=10)
    two = await make_product(client, acme, popup, slug="two", capacity=10)
    crowd = await make_crowd(acme, settings, popup, 500)
    carts = [
        buyer.cart(*((one, two) if turn % 2 else (two, one))) for turn, buyer in enumerate(crowd)
    ]

    answers = await asyncio.gather(
        *(buy(narrow, buyer, cart) for buyer, cart in zip(crowd, carts, strict=True))
    )

    assert told(answers) == {(201, ""): 10, (409, "allotment-exhausted"): 490}
    assert await stock(acme, one["id"], two["id"]) == [(10, 0)] * 2
    left = await rows_of(acme)
    assert (left["payments"], left["payment_lines"], left["holds"]) == (10, 20, 20)
    assert left["idempotency_keys"] == 10


async def test_one_use_of_a_coupon_is_used_once_by_fifty_buyers(
    client: httpx.AsyncClient, narrow: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    week = await make_product(client, acme, popup, capacity=50)
    coupon_id = await make_coupon(acme, popup, max_uses=1)
    crowd = await make_crowd(acme, settings, popup, 50)

    answers = await asyncio.gather(
        *(buy(narrow, one, one.cart(week, coupon_code="HALF")) for one in crowd)
    )

    assert told(answers) == {(201, ""): 1, (409, "coupon-unusable"): 49}
    assert await stock(acme, week["id"], coupon_id) == [(1, 0), (1, 0)]


async def test_two_seats_of_a_group_are_taken_twice_by_forty_people(
    client: httpx.AsyncClient, narrow: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    """Half of them have accounts and join at once, the others are invited."""
    popup = await open_popup(client, acme)
    other = await open_popup(client, acme, slug="other")
    group = await make_group(client, acme, popup, seats=2)
    await make_crowd(acme, settings, other, 20)
    path = f"/api/v1/groups/{group['id']}/members"
    people = [f"buyer-{number}@example.com" for number in range(40)]

    answers = await asyncio.gather(
        *(narrow.post(path, headers=acme.headers, json={"email": email}) for email in people)
    )

    assert told(answers) == {(200, ""): 2, (409, "group-full"): 38}
    outcomes = {answer.json()["outcome"] for answer in answers if answer.is_success}
    assert outcomes <= {"joined", "invited"}
    assert await stock(acme, group["id"]) == [(0, 2)]


class Killer:
    """Ends connections of the application at random while requests are under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dice = random.Random(7)  # no secret hangs on it
        self.killed = 0

    async def run(self) -> None:
        """End one connection after another; each that is ended is seen by somebody."""
        async with await psycopg.AsyncConnection.connect(
            self._database.admin_dsn, autocommit=True
        ) as owner:
            while self.killed < KILLS:
                cursor = await owner.execute(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                    " AND application_name LIKE 'edgeos-%' AND state <> 'idle' ORDER BY pid"
                )
                found = [pid for (pid,) in await cursor.fetchall()]
                if found:
                    await owner.execute(
                        "SELECT pg_terminate_backend(%s)", [self._dice.choice(found)]
                    )
                    self.killed += 1


async def insist(client: httpx.AsyncClient, buyer: Buyer, cart: Json) -> httpx.Response:
    """Order a cart under one key until there is an answer about the cart."""
    key = str(uuid4())
    for _ in range(MOST_ATTEMPTS):
        answer = await buy(client, buyer, cart, key=key)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            return answer
    return answer


async def test_connections_that_die_lose_no_order_and_double_none(
    client: httpx.AsyncClient,
    narrow: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    database: Database,
) -> None:
    """With nothing to pay an order is approved at once, so that its tickets count too."""
    popup = await open_popup(client, acme)
    free = await make_product(client, acme, popup, price_minor=0, capacity=10)
    crowd = await make_crowd(acme, settings, popup, 60)
    killer = Killer(database)
    killing = asyncio.create_task(killer.run())

    answers = await asyncio.gather(*(insist(narrow, one, one.cart(free)) for one in crowd))
    killing.cancel()
    await asyncio.gather(killing, return_exceptions=True)

    assert told(answers) == {(201, ""): 10, (409, "allotment-exhausted"): 50}
    assert killer.killed > 0
    assert await stock(acme, free["id"]) == [(0, 10)]
    async with acme.session() as session:
        payments = list((await session.exec(select(Payment.id))).all())
        owners = list((await session.exec(select(Ticket.human_id))).all())
    bought = [one.human_id for one, answer in zip(crowd, answers, strict=True) if answer.is_success]
    assert sorted(owners) == sorted(bought)
    assert {str(one) for one in payments} == {
        answer.json()["id"] for answer in answers if answer.is_success
    }
    left = await rows_of(acme)
    assert (left["payments"], left["tickets"], left["mail_messages"]) == (10, 10, 10)
    assert left["idempotency_keys"] == 10
