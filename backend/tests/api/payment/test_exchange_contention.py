"""Exchanges at once, and a crash at any statement of one: nothing twice, nothing half-made."""

import asyncio
from collections import Counter

import httpx
import pytest

from app.core.config import Settings
from tests.api.payment.buying import act_on, make_buyer, make_crowd, open_popup, stock
from tests.api.payment.exchanging import (
    balance,
    bought,
    exchange,
    exchanged,
    of,
    passes,
    refused_as,
    swap,
    worth,
)
from tests.crashing import crash_everywhere
from tests.database import Database
from tests.factories import make_product
from tests.worlds import TenantWorld


async def test_one_pass_exchanged_many_times_at_once_is_exchanged_once(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000, capacity=5)
    night = await make_product(client, acme, popup, slug="night", price_minor=300, capacity=5)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, week)
    body = swap(buyer, await passes(client, buyer), night)

    answers = await asyncio.gather(*(exchange(client, buyer, body) for _ in range(8)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 404: 7}
    assert {refused_as(one) for one in answers if one.is_error} == {(404, "ticket-unknown")}
    assert await balance(acme, buyer) == 700
    assert await stock(acme, week["id"], night["id"]) == [(0, 0), (0, 1)]


async def test_a_pass_exchanged_and_voided_and_refunded_at_once_goes_one_way(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000, capacity=5)
    buyer = await make_buyer(acme, popup)
    for _ in range(4):
        first = await bought(client, acme, buyer, week)
        (gone,) = of(await passes(client, buyer), week)
        before = await balance(acme, buyer)

        await asyncio.gather(
            exchange(client, buyer, swap(buyer, [gone])),
            client.post(f"/api/v1/tickets/{gone}/void", headers=acme.headers),
            act_on(client, acme.headers, first, "refunds", kind="tickets", ticket_ids=[gone]),
        )

        status = (await passes(client, buyer))[gone]["status"]
        assert status in {"exchanged", "voided", "refunded"}
        assert (await balance(acme, buyer)) - before == (1_000 if status == "exchanged" else 0)
        assert await stock(acme, week["id"]) == [(0, 0)]


async def test_exchanges_in_opposite_directions_do_not_wait_for_each_other(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    one = await make_product(client, acme, popup, price_minor=100, capacity=30)
    two = await make_product(client, acme, popup, slug="two", price_minor=100, capacity=30)
    crowd = await make_crowd(acme, settings, popup, 12)
    bodies = []
    for turn, buyer in enumerate(crowd):
        has, wants = (one, two) if turn % 2 else (two, one)
        await bought(client, acme, buyer, has)
        bodies.append(swap(buyer, await passes(client, buyer), wants))

    answers = await asyncio.gather(
        *(exchange(client, buyer, body) for buyer, body in zip(crowd, bodies, strict=True))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 12}
    assert await stock(acme, one["id"], two["id"]) == [(0, 6), (0, 6)]


async def test_a_crash_at_any_statement_of_an_exchange_leaves_all_or_nothing(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000, capacity=3)
    night = await make_product(client, acme, popup, slug="night", price_minor=300, capacity=3)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, week, week)
    before = await passes(client, buyer)
    gone, left = of(before, week)
    body = swap(buyer, [gone], night)

    again = await crash_everywhere(
        monkeypatch, database, lambda: exchange(client, buyer, body, key="one"), writes=14
    )

    assert again.json()["status"] == "approved"
    after = await passes(client, buyer)
    assert (after[gone]["status"], after[left], len(after)) == ("exchanged", before[left], 3)
    assert await stock(acme, week["id"], night["id"]) == [(0, 1), (0, 1)]
    assert await balance(acme, buyer) == 700


async def test_a_crash_at_any_statement_of_its_approval_leaves_all_or_nothing(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    popup = await open_popup(client, acme)
    night = await make_product(client, acme, popup, price_minor=300, capacity=3)
    week = await make_product(client, acme, popup, slug="week-2", price_minor=1_000, capacity=3)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, night)
    made = await exchanged(client, buyer, swap(buyer, await passes(client, buyer), week))

    await crash_everywhere(
        monkeypatch, database, lambda: act_on(client, acme.headers, made, "approve"), writes=10
    )

    assert await stock(acme, week["id"], night["id"]) == [(0, 1), (0, 0)]
    assert await worth(acme, buyer) == 1_000
