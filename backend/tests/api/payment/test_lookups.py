"""Staff have a provider asked now about an order whose notice did not come."""

import asyncio

import httpx
import pytest
from sqlmodel import select

from app.api.mail.models import MailMessage
from app.services.payments.protocol import Notice, ProviderUnavailable
from app.services.sandbox import SandboxProvider
from tests.api.payment.buying import make_buyer, open_popup, ordered, rows_of
from tests.api.payment.selling import Sale, events, mark_paid, now, sale, send, told
from tests.factories import Json, make_product
from tests.probing import kind_of
from tests.worlds import Headers, TenantWorld


async def look_up(client: httpx.AsyncClient, headers: Headers, payment: Json) -> httpx.Response:
    return await client.post(f"/api/v1/payments/{payment['id']}/lookup", headers=headers)


async def confirmations(made: Sale) -> int:
    async with made.world.session() as session:
        kinds = (await session.exec(select(MailMessage.kind))).all()
    return kinds.count("payment_confirmed")


async def test_an_order_whose_notice_was_lost_is_found_paid_once(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    made = await sale(client, acme)
    waiting = await look_up(client, acme.headers, made.payment)
    await mark_paid(made)

    answers = await asyncio.gather(
        *(look_up(client, acme.headers, made.payment) for _ in range(3)),
        send(client, acme, told(made)),
    )
    over = await look_up(client, acme.headers, made.payment)

    assert (waiting.status_code, waiting.json()["status"]) == (200, "pending")
    assert {answer.status_code for answer in answers} <= {200, 409}
    found = [answer.json() for answer in answers[:3] if answer.is_success]
    assert {order["status"] for order in found} <= {"approved"}
    assert (await now(client, made))["status"] == "approved"
    assert kind_of(over) == (409, "no-checkout")
    assert (await rows_of(acme))["tickets"] == 1
    assert await confirmations(made) == 1
    assert ("paid", "applied") in await events(acme)


async def test_only_an_own_order_that_waits_at_a_provider_is_looked_up_by_who_may(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    made = await sale(client, acme)
    await mark_paid(made)
    popup = await open_popup(client, globex)
    theirs = await make_buyer(globex, popup)
    by_hand = await ordered(client, theirs, theirs.cart(await make_product(client, globex, popup)))

    answers = [
        await look_up(client, acme.viewer_headers, made.payment),
        await look_up(client, acme.human_headers, made.payment),
        await look_up(client, globex.headers, made.payment),
        await look_up(client, globex.headers, by_hand),
    ]

    assert [kind_of(answer) for answer in answers] == [
        (403, "forbidden"),
        (403, "forbidden"),
        (404, "payment-unknown"),
        (409, "no-checkout"),
    ]
    assert (await now(client, made))["status"] == "pending"


async def test_a_provider_that_cannot_be_asked_leaves_the_order_as_it_is(
    client: httpx.AsyncClient, acme: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await sale(client, acme)
    before = await rows_of(acme)

    async def away(_: SandboxProvider, __: str) -> Notice:
        raise ProviderUnavailable

    monkeypatch.setattr(SandboxProvider, "look_up", away)

    assert kind_of(await look_up(client, acme.headers, made.payment)) == (
        502,
        "provider-unavailable",
    )
    assert await rows_of(acme) == before
    assert (await now(client, made))["status"] == "pending"
