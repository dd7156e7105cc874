"""A crash at any statement of an order's life leaves nothing half-made, lost or doubled."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import httpx
import pytest

from tests.api.payment.buying import (
    Buyer,
    Json,
    act_on,
    buy,
    let_time_pass,
    make_buyer,
    make_coupon,
    open_popup,
    ordered,
    rows_of,
    stock,
)
from tests.api.payment.test_orders import balance, give_credit
from tests.crashing import Sending, crash_everywhere
from tests.database import Database
from tests.factories import make_product
from tests.worlds import TenantWorld


@dataclass
class Shop:
    """A popup that sells two products, one for nothing, to a buyer with credit and a coupon."""

    client: httpx.AsyncClient
    world: TenantWorld
    buyer: Buyer
    week: Json
    free: Json
    coupon: object

    async def order(self) -> Json:
        """Order two weeks."""
        return await ordered(self.client, self.buyer, self.buyer.cart(self.week, self.week))

    async def sold(self) -> Json:
        """Order two weeks and pay for them."""
        payment = await self.order()
        await act_on(self.client, self.world.headers, payment, "approve")
        return payment

    def post(self, path: str, body: Json | None = None) -> Sending:
        """Return a request of staff, under one key."""
        headers = {**self.world.headers, "Idempotency-Key": "one"}
        return lambda: self.client.post(f"/api/v1/{path}", headers=headers, json=body)

    async def ticket(self) -> str:
        """Return a ticket of the buyer's."""
        answer = await self.client.get("/api/v1/tickets/mine", headers=self.buyer.headers)
        return str(answer.json()["results"][0]["id"])


@pytest.fixture
async def shop(client: httpx.AsyncClient, acme: TenantWorld) -> Shop:
    """A shop with three of each."""
    popup = await open_popup(client, acme, allows_coupons=True)
    made = Shop(
        client=client,
        world=acme,
        buyer=await make_buyer(acme, popup),
        week=await make_product(client, acme, popup, price_minor=1_000, capacity=3),
        free=await make_product(client, acme, popup, slug="free", price_minor=0, capacity=3),
        coupon=await make_coupon(acme, popup),
    )
    await give_credit(acme, made.buyer, 300)
    return made


async def order(shop: Shop) -> Sending:
    cart = shop.buyer.cart(shop.week, shop.free, coupon_code="HALF")
    return lambda: buy(shop.client, shop.buyer, cart, key="one")


async def free_order(shop: Shop) -> Sending:
    cart = shop.buyer.cart(shop.free, shop.free)
    return lambda: buy(shop.client, shop.buyer, cart, key="one")


async def approval(shop: Shop) -> Sending:
    payment = await shop.order()
    return shop.post(f"payments/{payment['id']}/approve")


async def late_approval(shop: Shop) -> Sending:
    """Of an order that was let go, whose stock and credit are taken anew."""
    payment = await shop.order()
    await let_time_pass(shop.world)
    await act_on(shop.client, shop.world.headers, payment, "reject")
    return shop.post(f"payments/{payment['id']}/approve")


async def rejection(shop: Shop) -> Sending:
    payment = await shop.order()
    return shop.post(f"payments/{payment['id']}/reject")


async def own_cancelling(shop: Shop) -> Sending:
    path = f"/api/v1/payments/mine/{(await shop.order())['id']}/cancel"
    return lambda: shop.client.post(path, headers=shop.buyer.headers)


async def whole_refund(shop: Shop) -> Sending:
    payment = await shop.sold()
    return shop.post(f"payments/{payment['id']}/refunds", {"kind": "whole"})


async def ticket_refund(shop: Shop) -> Sending:
    payment = await shop.sold()
    body: Json = {"kind": "tickets", "ticket_ids": [await shop.ticket()]}
    return shop.post(f"payments/{payment['id']}/refunds", body)


async def voiding(shop: Shop) -> Sending:
    await shop.sold()
    return shop.post(f"tickets/{await shop.ticket()}/void")


Setting: TypeAlias = Callable[[Shop], Awaitable[Sending]]
Counted: TypeAlias = tuple[tuple[int, int], int, int]
"""Weeks held and taken, the credit that is left, and how many tickets there are."""

SCENES: Mapping[Setting, Counted] = {
    order: ((1, 0), 0, 0),
    free_order: ((0, 0), 300, 2),
    approval: ((0, 2), 0, 2),
    late_approval: ((0, 2), 0, 2),
    rejection: ((0, 0), 300, 0),
    own_cancelling: ((0, 0), 300, 0),
    whole_refund: ((0, 0), 300, 2),
    ticket_refund: ((0, 1), 0, 2),
    voiding: ((0, 1), 0, 2),
}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_a_crash_at_any_statement_leaves_all_or_nothing(
    shop: Shop, database: Database, monkeypatch: pytest.MonkeyPatch, scene: Setting
) -> None:
    send = await scene(shop)
    known = (await rows_of(shop.world))["mail_messages"]

    await crash_everywhere(monkeypatch, database, send, writes=8)

    weeks, credit, tickets = SCENES[scene]
    assert await stock(shop.world, shop.week["id"]) == [weeks]
    assert await balance(shop.world, shop.buyer) == credit
    left = await rows_of(shop.world)
    assert left["tickets"] == tickets
    assert left["payments"] == 1
    assert left["mail_messages"] - known <= 1
