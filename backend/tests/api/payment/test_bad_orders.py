"""Orders and refunds that name what is not theirs, or amounts that are none."""

import httpx

from app.core.config import Settings
from tests.api.payment.buying import (
    act_on,
    buy,
    make_buyer,
    make_coupon,
    make_crowd,
    open_popup,
    ordered,
    rows_of,
)
from tests.database import Database
from tests.factories import make_product
from tests.probing import kind_of
from tests.worlds import TenantWorld

NOT_AMOUNTS = (0, -1, 1.5, "1", True, None, 10**15 + 1, 10**30)


async def test_a_refund_of_what_is_no_amount_is_refused_and_writes_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, database: Database
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    payment = await ordered(client, buyer, buyer.cart(week))
    await act_on(client, acme.headers, payment, "approve")
    before = database.contents()

    answers = [
        await act_on(client, acme.headers, payment, "refunds", kind="amount", amount_minor=amount)
        for amount in NOT_AMOUNTS
    ]

    assert {kind_of(answer) for answer in answers} == {(422, "invalid-request")}
    assert database.contents() == before


async def test_a_refund_names_the_tickets_of_its_own_order(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, database: Database
) -> None:
    orders, tickets = [], []
    for world, slug in ((acme, "one"), (acme, "two"), (globex, "one")):
        popup = await open_popup(client, world, slug=slug)
        week = await make_product(client, world, popup, price_minor=1_000)
        buyer = await make_buyer(world, popup)
        orders.append(await ordered(client, buyer, buyer.cart(week)))
        await act_on(client, world.headers, orders[-1], "approve")
        path = f"/api/v1/tickets?popup_id={popup['id']}"
        (ticket,) = (await client.get(path, headers=world.headers)).json()["results"]
        tickets.append(ticket["id"])
    own, *others = tickets
    before = database.contents()

    answers = [
        await act_on(client, acme.headers, orders[0], "refunds", kind="tickets", ticket_ids=named)
        for other in others
        for named in ([other], [own, other])
    ]

    assert {kind_of(answer) for answer in answers} == {(404, "ticket-unknown")}
    assert database.contents() == before


async def test_a_cart_names_what_is_its_buyers(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    other = await open_popup(client, acme, slug="other", allows_coupons=True)
    theirs = await open_popup(client, globex, allows_coupons=True)
    await make_coupon(acme, other, code="OTHER")
    await make_coupon(globex, theirs, code="THEIRS")
    week = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)
    (eve,) = await make_crowd(acme, settings, popup, 1)
    with_eve = buyer.cart(week)
    with_eve["lines"] = eve.cart(week)["lines"]
    before = await rows_of(acme)

    answers = [
        await buy(client, buyer, cart)
        for cart in (
            buyer.cart(week, coupon_code="OTHER"),
            buyer.cart(week, coupon_code="THEIRS"),
            eve.cart(week),
            with_eve,
        )
    ]

    assert [kind_of(answer) for answer in answers] == [
        (409, "coupon-unusable"),
        (409, "coupon-unusable"),
        (404, "application-unknown"),
        (422, "cart-item-unknown"),
    ]
    assert await rows_of(acme) == before
