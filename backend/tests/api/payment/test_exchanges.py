"""Exchanges over HTTP: some passes go and pay for others, and all the rest stay as they are."""

from uuid import uuid4

import httpx
import pytest

from app.core.config import Settings
from tests.api.payment.buying import (
    act_on,
    let_time_pass,
    make_buyer,
    make_coupon,
    make_crowd,
    open_popup,
    ordered,
    rows_of,
    stock,
)
from tests.api.payment.exchanging import (
    balance,
    bought,
    companion,
    exchange,
    exchanged,
    looked_at,
    of,
    order_row,
    passes,
    refused_as,
    seen,
    swap,
    worth,
)
from tests.factories import make_product
from tests.worlds import TenantWorld


async def test_what_is_not_exchanged_keeps_its_row_and_its_code(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000, capacity=5)
    night = await make_product(client, acme, popup, slug="night", price_minor=1_000, capacity=5)
    buyer = await make_buyer(acme, popup)
    first = await bought(client, acme, buyer, week, week, week)
    before = await passes(client, buyer)
    gone, *staying = of(before, week)

    made = await exchanged(client, buyer, swap(buyer, [gone], night))

    after = await passes(client, buyer)
    assert (made["kind"], made["status"]) == ("exchange", "approved")
    assert made["returned"] == [{"ticket_id": gone, "value_minor": 1_000}]
    assert (made["total_minor"], made["returned_value_minor"], made["payable_minor"]) == (
        *(1_000, 1_000),
        0,
    )
    assert {key: after[key] for key in staying} == {key: before[key] for key in staying}
    assert after[gone]["status"] == "exchanged"
    assert after[gone]["code"] == before[gone]["code"]
    assert len(of(after, night)) == 1
    assert await stock(acme, week["id"], night["id"]) == [(0, 2), (0, 1)]
    assert (await order_row(acme, first)).exchanged_minor == 1_000
    assert await worth(acme, buyer) == 3_000


async def test_what_is_left_over_becomes_credit_and_a_preview_says_so_before(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, contribution_percent=7)
    week = await make_product(client, acme, popup, price_minor=3_333)
    night = await make_product(client, acme, popup, slug="night", price_minor=500)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, week)
    body = swap(buyer, of(await passes(client, buyer), week), night)
    before = await rows_of(acme)

    told = await looked_at(client, buyer, body)
    assert await rows_of(acme) == before
    made = await exchanged(client, buyer, body)

    quote = told.json()
    assert told.status_code == 200
    assert quote["credited_minor"] == 3_566 - 535
    assert quote["returned"] == made["returned"]
    assert quote["kept_ticket_ids"] == []
    same = ("total_minor", "returned_value_minor", "credit_spent_minor", "payable_minor")
    assert {key: quote[key] for key in same} == {key: made[key] for key in same}
    assert await balance(acme, buyer) == 3_566 - 535
    assert await worth(acme, buyer) == 3_566


async def test_passes_may_be_given_up_for_credit_alone(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000, capacity=5)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, week, week)

    await exchanged(client, buyer, swap(buyer, of(await passes(client, buyer), week)[:1]))

    assert await balance(acme, buyer) == 1_000
    assert await stock(acme, week["id"]) == [(0, 1)]


async def test_a_difference_is_paid_first_and_until_then_the_passes_admit(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    night = await make_product(client, acme, popup, price_minor=400, capacity=5)
    week = await make_product(client, acme, popup, slug="week-2", price_minor=1_000, capacity=5)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, night)
    gone = of(await passes(client, buyer), night)

    made = await exchanged(client, buyer, swap(buyer, gone, week))
    meanwhile = of(await passes(client, buyer), night), await stock(acme, night["id"], week["id"])
    again = await exchange(client, buyer, swap(buyer, gone))
    paid = await act_on(client, acme.headers, made, "approve")

    assert (made["status"], made["payable_minor"]) == ("pending", 600)
    assert meanwhile == (gone, [(0, 1), (1, 0)])
    assert refused_as(again) == (409, "pass-in-exchange")
    assert again.json()["tickets"] == gone
    assert paid.json()["captured_minor"] == 600
    assert of(await passes(client, buyer), night, status="exchanged") == gone
    assert await stock(acme, night["id"], week["id"]) == [(0, 0), (0, 1)]
    assert await worth(acme, buyer) == 1_000


@pytest.mark.parametrize("let_go", ["reject", "cancel", "lapse"])
async def test_an_exchange_that_is_let_go_leaves_the_passes_for_another(
    client: httpx.AsyncClient, acme: TenantWorld, let_go: str
) -> None:
    popup = await open_popup(client, acme)
    night = await make_product(client, acme, popup, price_minor=400, capacity=5)
    week = await make_product(client, acme, popup, slug="week-2", price_minor=1_000, capacity=5)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, night)
    gone = of(await passes(client, buyer), night)
    first = await exchanged(client, buyer, swap(buyer, gone, week))
    if let_go == "lapse":
        await let_time_pass(acme)
    else:
        assert (await act_on(client, acme.headers, first, let_go)).status_code == 200

    await exchanged(client, buyer, swap(buyer, gone))
    too_late = await act_on(client, acme.headers, first, "approve")

    assert refused_as(too_late) == (409, "payment-move-refused")
    assert await balance(acme, buyer) == 400
    assert await stock(acme, night["id"]) == [(0, 0)]


async def test_a_lapsed_exchange_is_taken_up_again_unless_another_has_the_pass(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    night = await make_product(client, acme, popup, price_minor=400)
    week = await make_product(client, acme, popup, slug="week-2", price_minor=1_000, capacity=5)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, night)
    gone = of(await passes(client, buyer), night)
    first = await exchanged(client, buyer, swap(buyer, gone, week))
    await let_time_pass(acme)
    second = await exchanged(client, buyer, swap(buyer, gone, week))

    refused = await act_on(client, acme.headers, first, "approve")
    await act_on(client, acme.headers, second, "cancel")
    taken = await act_on(client, acme.headers, first, "approve")

    assert refused_as(refused) == (409, "payment-move-refused")
    assert taken.json()["status"] == "approved"
    assert await stock(acme, week["id"]) == [(0, 1)]
    assert await worth(acme, buyer) == 1_000


@pytest.mark.parametrize("meanwhile", ["used", "voided", "refunded", "refunded in part"])
async def test_an_exchange_whose_passes_are_gone_is_not_approved(
    client: httpx.AsyncClient, acme: TenantWorld, meanwhile: str
) -> None:
    popup = await open_popup(client, acme)
    night = await make_product(client, acme, popup, price_minor=400, capacity=5)
    week = await make_product(client, acme, popup, slug="week-2", price_minor=1_000, capacity=5)
    buyer = await make_buyer(acme, popup)
    first = await bought(client, acme, buyer, night)
    (gone,) = of(await passes(client, buyer), night)
    made = await exchanged(client, buyer, swap(buyer, [gone], week))
    if meanwhile == "used":
        await seen(acme, gone)
    elif meanwhile == "voided":
        await client.post(f"/api/v1/tickets/{gone}/void", headers=acme.headers)
    elif meanwhile == "refunded":
        await act_on(client, acme.headers, first, "refunds", kind="tickets", ticket_ids=[gone])
    else:
        await act_on(client, acme.headers, first, "refunds", kind="amount", amount_minor=1)
    before = await rows_of(acme), await stock(acme, night["id"], week["id"])

    refused = await act_on(client, acme.headers, made, "approve")

    assert refused_as(refused) == (409, "payment-move-refused")
    assert (await rows_of(acme), await stock(acme, night["id"], week["id"])) == before


async def test_nobody_gives_up_what_is_used_returned_or_not_their_own(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000)
    buyer, other = await make_crowd(acme, settings, popup, 2)
    await bought(client, acme, buyer, week, week)
    await bought(client, acme, other, week)
    used, voided = of(await passes(client, buyer), week)
    await seen(acme, used)
    await client.post(f"/api/v1/tickets/{voided}/void", headers=acme.headers)
    theirs = of(await passes(client, other), week)
    far = await open_popup(client, globex)
    abroad = await make_buyer(globex, far)
    await bought(client, globex, abroad, await make_product(client, globex, far))
    foreign = list(await passes(client, abroad))
    before = await rows_of(acme), await rows_of(globex)

    unknown = (404, "ticket-unknown")
    for given, expected in (
        ([used], (409, "used-pass-stays")),
        ([voided], unknown),
        (theirs, unknown),
        (foreign, unknown),
        ([str(uuid4())], unknown),
        ([], (409, "exchange-empty")),
    ):
        body = swap(buyer, given)
        assert refused_as(await looked_at(client, buyer, body)) == expected
        assert refused_as(await exchange(client, buyer, body)) == expected
    stolen = {**swap(other, theirs), "application_id": str(buyer.application_id)}
    assert refused_as(await exchange(client, other, stolen)) == (404, "application-unknown")
    assert (await rows_of(acme), await rows_of(globex)) == before


async def test_what_was_donated_is_not_taken_back(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    gift = await make_product(client, acme, popup, category="donation", price_minor=700)
    week = await make_product(client, acme, popup, slug="week-2", price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, gift, week)
    before = await rows_of(acme), await passes(client, buyer)

    refused = await exchange(client, buyer, swap(buyer, before[1]))

    assert refused_as(refused) == (409, "donation-stays")
    assert refused.json()["attendee"] == str(buyer.attendee_id)
    assert (await rows_of(acme), await passes(client, buyer)) == before


async def test_what_is_given_up_and_wanted_again_stays_as_it_is(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, week, week)
    await seen(acme, of(await passes(client, buyer), week)[0])
    before = await passes(client, buyer)
    both = of(before, week)

    nothing = await exchange(client, buyer, swap(buyer, both, week, week))
    made = await exchanged(client, buyer, swap(buyer, both, week))

    after = await passes(client, buyer)
    assert refused_as(nothing) == (409, "exchange-empty")
    assert made["lines"] == []
    assert after[both[0]] == before[both[0]]
    assert after[both[1]]["status"] == "exchanged"


async def test_a_popup_that_is_over_exchanges_nothing(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, week)
    gone = of(await passes(client, buyer), week)
    await client.patch(
        f"/api/v1/popups/{popup['id']}", headers=acme.headers, json={"status": "ended"}
    )

    for body in (swap(buyer, gone), swap(buyer, gone, week, week)):
        assert refused_as(await exchange(client, buyer, body)) == (409, "popup-closed")


async def test_rules_of_what_is_sold_look_at_what_is_kept(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    day = await make_product(client, acme, popup, price_minor=100)
    month = await make_product(
        client, acme, popup, slug="month", price_minor=100, is_exclusive=True, max_per_order=1
    )
    over = await make_product(
        client, acme, popup, slug="over", price_minor=100, sale_ends_at="2020-01-01T00:00:00Z"
    )
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, day, day)
    one, two = of(await passes(client, buyer), day)

    beside = await exchange(client, buyer, swap(buyer, [one], month))
    several = await exchange(client, buyer, swap(buyer, [one, two], month, month))
    closed = await exchange(client, buyer, swap(buyer, [one, two], over))
    made = await exchanged(client, buyer, swap(buyer, [one, two], month))

    assert refused_as(beside) == (409, "product-exclusive")
    assert refused_as(several) == (409, "over-order-limit")
    assert refused_as(closed) == (409, "sale-over")
    assert made["status"] == "approved"
    assert await balance(acme, buyer) == 100


async def test_new_lines_take_coupons_and_credit_as_any_order_does(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    night = await make_product(client, acme, popup, price_minor=300)
    week = await make_product(client, acme, popup, slug="week-2", price_minor=1_000, capacity=1)
    coupon_id = await make_coupon(acme, popup)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, night, night)
    one, two = of(await passes(client, buyer), night)
    await exchanged(client, buyer, swap(buyer, [one]))

    made = await exchanged(client, buyer, swap(buyer, [two], week, coupon_code="half"))

    sums = ("discount_minor", "total_minor", "returned_value_minor", "credit_spent_minor")
    assert [made[key] for key in sums] == [500, 500, 300, 200]
    assert made["status"] == "approved"
    assert await stock(acme, week["id"], coupon_id) == [(0, 1), (0, 1)]
    assert await balance(acme, buyer) == 100
    assert await worth(acme, buyer) == 600


async def test_what_is_sold_out_is_not_exchanged_for(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    night = await make_product(client, acme, popup, price_minor=300, capacity=2)
    week = await make_product(client, acme, popup, slug="week-2", price_minor=300, capacity=1)
    buyer, other = await make_crowd(acme, settings, popup, 2)
    await bought(client, acme, buyer, night)
    await ordered(client, other, other.cart(week))
    before = await rows_of(acme), await passes(client, buyer)

    refused = await exchange(client, buyer, swap(buyer, list(before[1]), week))

    assert refused_as(refused) == (409, "allotment-exhausted")
    assert (await rows_of(acme), await passes(client, buyer)) == before


async def test_the_same_key_exchanges_once(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, week, week)
    one, two = of(await passes(client, buyer), week)

    first = await exchange(client, buyer, swap(buyer, [one]), key="once")
    again = await exchange(client, buyer, swap(buyer, [one]), key="once")
    other = await exchange(client, buyer, swap(buyer, [two]), key="once")

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert refused_as(other) == (422, "idempotency-key-reused")
    assert await balance(acme, buyer) == 1_000


async def test_a_pass_moves_between_people_of_a_party(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000, capacity=2)
    buyer = await make_buyer(acme, popup)
    child = await companion(acme, popup, buyer)
    await bought(client, acme, buyer, week)
    gone = of(await passes(client, buyer), week)

    made = await exchanged(client, buyer, swap(child, gone, week))

    (fresh,) = of(await passes(client, buyer), week)
    assert made["status"] == "approved"
    assert (await passes(client, buyer))[fresh]["attendee_id"] == str(child.attendee_id)
    assert await stock(acme, week["id"]) == [(0, 1)]
