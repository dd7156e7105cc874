"""Many buyers at once, and a crash at any statement: never one too many, nothing half-made."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from itertools import count

import httpx
import pytest
from fastapi import FastAPI

from app.core.config import Settings
from app.core.tenant_db import BoundSession
from app.main import create_app
from tests.api.payment.buying import (
    act_on,
    buy,
    let_time_pass,
    make_buyer,
    make_coupon,
    make_crowd,
    open_popup,
    ordered,
    rows_of,
    stock,
)
from tests.factories import make_product
from tests.worlds import TenantWorld

MOST_STATEMENTS = 60


class Crash(RuntimeError):
    """The process dies here."""


@pytest.fixture
async def narrow(settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """The application with three connections, in front of a crowd."""
    few = settings.model_copy(update={"db_pool_size": 3, "db_pool_timeout_seconds": 120.0})
    application: FastAPI = create_app(few)
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(app=application, client=("192.0.2.1", 50000))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", timeout=300
        ) as speaker:
            yield speaker


async def test_a_hundred_buyers_of_ten_places_buy_exactly_ten(
    client: httpx.AsyncClient, narrow: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, capacity=10)
    crowd = await make_crowd(acme, settings, popup, 100)

    answers = await asyncio.gather(*(buy(narrow, one, one.cart(week)) for one in crowd))

    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 90}
    refused = {answer.json()["type"].split("/")[-1] for answer in answers if answer.is_error}
    assert refused == {"allotment-exhausted"}
    assert await stock(acme, week["id"]) == [(10, 0)]
    assert (await rows_of(acme))["payments"] == 10


async def test_carts_in_opposite_order_and_one_use_of_a_coupon_neither_deadlock_nor_overrun(
    client: httpx.AsyncClient, narrow: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    one = await make_product(client, acme, popup, capacity=12)
    two = await make_product(client, acme, popup, slug="two", capacity=12)
    coupon_id = await make_coupon(acme, popup, max_uses=1)
    crowd = await make_crowd(acme, settings, popup, 16)
    carts = [
        buyer.cart(*((one, two) if turn % 2 else (two, one)))
        | ({"coupon_code": "HALF"} if turn < 8 else {})
        for turn, buyer in enumerate(crowd)
    ]

    answers = await asyncio.gather(
        *(buy(narrow, buyer, cart) for buyer, cart in zip(crowd, carts, strict=True))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 9, 409: 7}
    assert await stock(acme, one["id"], two["id"], coupon_id) == [(9, 0), (9, 0), (1, 0)]


def crash_at(monkeypatch: pytest.MonkeyPatch, nth: int) -> Callable[[], bool]:
    """Let the n-th statement or flush of a session die; says afterwards whether one did."""
    calls, crashed = count(1), []

    def dying(work: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def die(*args: object, **options: object) -> object:
            if next(calls) == nth:
                crashed.append(nth)
                raise Crash
            return await work(*args, **options)

        return die

    for name in ("fetch", "exec", "flush"):
        monkeypatch.setattr(BoundSession, name, dying(getattr(BoundSession, name)))
    return lambda: bool(crashed)


async def test_a_crash_at_any_statement_of_an_order_leaves_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    free = await make_product(client, acme, popup, price_minor=0, capacity=3)
    week = await make_product(client, acme, popup, slug="week-2", capacity=3)
    coupon_id = await make_coupon(acme, popup, percent=100)
    buyer = await make_buyer(acme, popup)
    cart = buyer.cart(free, week, coupon_code="HALF")
    before = await rows_of(acme)

    for nth in range(1, MOST_STATEMENTS):
        with monkeypatch.context() as patch:
            crashed = crash_at(patch, nth)
            answer = await send(lambda: buy(client, buyer, cart, key="one"))
        if not crashed():
            break
        assert answer is None
        assert await rows_of(acme) == before
        assert await stock(acme, free["id"], week["id"], coupon_id) == [(0, 0)] * 3

    assert nth > 15
    assert answer is not None
    assert answer.json()["status"] == "approved"
    assert await stock(acme, free["id"], week["id"], coupon_id) == [(0, 1)] * 3


@pytest.mark.parametrize("lapsed", [False, True])
async def test_a_crash_at_any_statement_of_an_approval_changes_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, monkeypatch: pytest.MonkeyPatch, *, lapsed: bool
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, capacity=3)
    buyer = await make_buyer(acme, popup)
    payment = await ordered(client, buyer, buyer.cart(week, week))
    if lapsed:
        await let_time_pass(acme)
        await act_on(client, acme.headers, payment, "reject")
    before = await rows_of(acme), await stock(acme, week["id"])

    for nth in range(1, MOST_STATEMENTS):
        with monkeypatch.context() as patch:
            crashed = crash_at(patch, nth)
            answer = await send(lambda: act_on(client, acme.headers, payment, "approve"))
        if not crashed():
            break
        assert answer is None
        assert (await rows_of(acme), await stock(acme, week["id"])) == before

    assert nth > 8
    assert answer is not None
    assert answer.json()["status"] == "approved"
    assert await stock(acme, week["id"]) == [(0, 2)]
    assert (await rows_of(acme))["tickets"] == 2


async def send(
    request: Callable[[], Awaitable[httpx.Response]],
) -> httpx.Response | None:
    """Send a request; None when it met the crash."""
    answer = await request()
    return None if answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR else answer
