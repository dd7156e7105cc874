"""Checkout over HTTP: priced by the server, reserved whole or not at all."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import select

from app.api.application.lifecycle import ScholarshipStatus
from app.api.mail.models import MailMessage
from tests.api.payment.buying import (
    buy,
    make_buyer,
    make_coupon,
    open_popup,
    ordered,
    rows_of,
    stock,
)
from tests.factories import change, make_product
from tests.worlds import TenantWorld


async def test_preview_explains_every_line_and_reserves_nothing(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, contribution_percent=5, allows_coupons=True)
    week = await make_product(client, acme, popup, price_minor=9_999, capacity=3)
    gift = await make_product(
        client, acme, popup, slug="gift", category="donation", price_minor=500
    )
    await make_coupon(acme, popup)
    buyer = await make_buyer(
        acme, popup, scholarship_status=ScholarshipStatus.GRANTED, scholarship_percent=30
    )
    before = await rows_of(acme)

    answer = await client.post(
        "/api/v1/checkout/preview",
        headers=buyer.headers,
        json=buyer.cart(week, gift, coupon_code=" half "),
    )

    assert answer.status_code == 200, answer.text
    quote = answer.json()
    why = {line["product_id"]: line["why"] for line in quote["lines"]}
    assert why[week["id"]] == "50% off: coupon, better than scholarship (30%)."
    assert why[gift["id"]] == "A donation is never discounted."
    assert quote["subtotal_minor"] == 10_499
    assert quote["discount_minor"] == 5_000
    assert quote["contribution_minor"] == 275
    shown = sum(line["net_minor"] + line["contribution_minor"] for line in quote["lines"])
    assert shown == quote["total_minor"] == quote["payable_minor"] == 5_774
    assert await rows_of(acme) == before


async def test_order_reserves_stock_and_coupon_and_answers_what_was_previewed(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    week = await make_product(client, acme, popup, price_minor=9_999, capacity=3)
    coupon_id = await make_coupon(acme, popup, max_uses=1)
    buyer = await make_buyer(acme, popup)
    cart = buyer.cart(week, week, coupon_code="HALF")

    quote = (await client.post("/api/v1/checkout/preview", headers=buyer.headers, json=cart)).json()
    payment = await ordered(client, buyer, cart)

    assert payment["status"] == "pending"
    assert payment["total_minor"] == quote["total_minor"] == 9_999
    assert [line["quantity"] for line in payment["lines"]] == [2]  # type: ignore[attr-defined]  # what a response holds is not typed
    assert await stock(acme, week["id"], coupon_id) == [(2, 0), (1, 0)]
    mine = await client.get(f"/api/v1/payments/mine/{payment['id']}", headers=buyer.headers)
    assert mine.json() == payment
    spent = await buy(client, buyer, buyer.cart(week, coupon_code="half"))
    assert (spent.status_code, spent.json()["type"].split("/")[-1]) == (409, "coupon-unusable")


async def test_order_of_nothing_to_pay_is_approved_at_once(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    free = await make_product(client, acme, popup, price_minor=0, capacity=3)
    buyer = await make_buyer(acme, popup)

    payment = await ordered(client, buyer, buyer.cart(free, free))

    assert payment["status"] == "approved"
    assert await stock(acme, free["id"]) == [(0, 2)]
    tickets = (await client.get("/api/v1/tickets/mine", headers=buyer.headers)).json()["results"]
    assert [ticket["product_name"] for ticket in tickets] == ["Week", "Week"]
    assert len({ticket["code"] for ticket in tickets}) == 2
    async with acme.session() as session:
        assert list((await session.exec(select(MailMessage.kind))).all()) == ["payment_confirmed"]


@pytest.mark.parametrize("typed", ["NONE", "off", "!!", "early", "late", "used", ""])
async def test_every_bad_code_is_answered_alike(
    client: httpx.AsyncClient, acme: TenantWorld, typed: str
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    week = await make_product(client, acme, popup)
    await make_coupon(acme, popup, code="OFF", is_active=False)
    await make_coupon(acme, popup, code="USED", max_uses=0)
    buyer = await make_buyer(acme, popup)
    before = await rows_of(acme)

    refused = await buy(client, buyer, buyer.cart(week, coupon_code=typed))

    assert refused.status_code == 409
    assert refused.json() == {
        "type": "https://edgeos.dev/problems/coupon-unusable",
        "title": "This code cannot be used",
        "status": 409,
        "detail": "This code cannot be used",
    }
    assert await rows_of(acme) == before


@pytest.mark.parametrize("quantity", [0, -1, 1001, 10**30, 1.5, "2", True, None])
async def test_a_quantity_that_is_none_is_refused_and_writes_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, quantity: object
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)
    cart = buyer.cart()
    cart["lines"] = [
        {
            "product_id": week["id"],
            "attendee_id": str(buyer.attendee_id),
            "quantity": quantity,
        }
    ]
    before = await rows_of(acme)

    refused = await buy(client, buyer, cart)

    assert refused.status_code == 422
    assert await rows_of(acme) == before


async def test_what_may_not_be_sold_is_refused_and_writes_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    other = await open_popup(client, acme, slug="other")
    week = await make_product(client, acme, popup, capacity=1)
    kids = await make_product(client, acme, popup, slug="kids", attendee_category="kid")
    over = await make_product(
        client, acme, popup, slug="over", sale_ends_at="2020-01-01T00:00:00+00:00"
    )
    elsewhere = await make_product(client, acme, other)
    theirs = await make_product(client, globex, await open_popup(client, globex))
    buyer = await make_buyer(acme, popup)
    stranger = buyer.cart(week)
    stranger["lines"][0]["attendee_id"] = str(uuid4())  # type: ignore[index]  # what a cart holds is not typed
    unknown = buyer.cart(week, application_id=str(uuid4()))
    before = await rows_of(acme)

    answers = [
        await buy(client, buyer, cart)
        for cart in (
            buyer.cart(elsewhere),
            buyer.cart(theirs),
            stranger,
            unknown,
            buyer.cart(kids),
            buyer.cart(over),
            buyer.cart(week, week),
        )
    ]

    assert [answer.json()["type"].split("/")[-1] for answer in answers] == [
        "cart-item-unknown",
        "cart-item-unknown",
        "cart-item-unknown",
        "application-unknown",
        "ticket-for-others",
        "sale-over",
        "allotment-exhausted",
    ]
    assert answers[0].json()["pointers"] == ["/lines/0/product_id"]
    assert answers[2].json()["pointers"] == ["/lines/0/attendee_id"]
    assert answers[-1].json()["allotment_id"] == week["id"]
    assert await rows_of(acme) == before
    await change(client, acme, f"popups/{popup['id']}", status="ended")
    closed = await buy(client, buyer, buyer.cart(week))
    assert closed.json()["type"].endswith("/popup-closed")


async def test_an_exclusive_pass_is_not_ordered_twice_in_turn(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    only = await make_product(client, acme, popup, is_exclusive=True)
    buyer = await make_buyer(acme, popup)
    await ordered(client, buyer, buyer.cart(only))

    again = await buy(client, buyer, buyer.cart(only))

    assert again.json()["type"].endswith("/product-exclusive")


async def test_the_same_key_twice_is_one_order(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, capacity=5)
    buyer = await make_buyer(acme, popup)
    cart = buyer.cart(week)

    first = await buy(client, buyer, cart, key="one")
    again = await buy(client, buyer, cart, key="one")
    other = await buy(client, buyer, buyer.cart(week, week), key="one")
    none = await client.post("/api/v1/payments", headers=buyer.headers, json=cart)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert (other.status_code, other.json()["type"].split("/")[-1]) == (
        422,
        "idempotency-key-reused",
    )
    assert none.status_code == 422
    assert await stock(acme, week["id"]) == [(1, 0)]


async def test_the_same_key_many_times_at_once_is_one_order(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, capacity=50)
    buyer = await make_buyer(acme, popup)
    cart = buyer.cart(week)

    answers = await asyncio.gather(*(buy(client, buyer, cart, key="one") for _ in range(8)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert await stock(acme, week["id"]) == [(1, 0)]
    assert (await rows_of(acme))["payments"] == 1


async def test_a_refused_request_leaves_its_key_free(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, capacity=0)
    buyer = await make_buyer(acme, popup)
    refused = await buy(client, buyer, buyer.cart(week), key="one")

    await change(client, acme, f"products/{week['id']}", capacity=1)
    taken = await buy(client, buyer, buyer.cart(week), key="one")

    assert (refused.status_code, taken.status_code) == (409, 201)


async def test_orders_of_others_are_not_there(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)
    theirs = await make_buyer(globex, await open_popup(client, globex))
    payment = await ordered(client, buyer, buyer.cart(week))
    path = f"/api/v1/payments/mine/{payment['id']}"

    answers = [
        await client.get(path, headers=theirs.headers),
        await client.post(f"{path}/cancel", headers=theirs.headers),
        await client.get(f"/api/v1/payments/{payment['id']}", headers=globex.headers),
        await client.post(f"/api/v1/payments/{payment['id']}/approve", headers=globex.headers),
        await buy(client, theirs, buyer.cart(week)),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    listed = (await client.get("/api/v1/payments/mine", headers=theirs.headers)).json()
    assert listed["results"] == []
    assert UUID(str(payment["id"]))
    assert await stock(acme, week["id"]) == [(1, 0)]
