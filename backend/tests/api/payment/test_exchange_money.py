"""What was exchanged and what is given back never add up to more than was paid."""

import random

import httpx
import pytest
from sqlmodel import col, select

from app.api.payment.models import Payment
from app.core.config import Settings
from tests.api.payment.buying import (
    act_on,
    make_buyer,
    make_crowd,
    open_popup,
    ordered,
    rows_of,
    stock,
)
from tests.api.payment.exchanging import (
    balance,
    bought,
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
from tests.api.payment.selling import Sale, events, mark_paid, now, press, send, take_sandbox, told
from tests.factories import make_product
from tests.worlds import TenantWorld


async def test_what_was_exchanged_away_is_not_given_back_with_its_order(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000)
    night = await make_product(client, acme, popup, slug="night", price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    first = await bought(client, acme, buyer, week, week)
    gone, left = of(await passes(client, buyer), week)
    made = await exchanged(client, buyer, swap(buyer, [gone], night))

    too_much = await act_on(
        client, acme.headers, first, "refunds", kind="amount", amount_minor=1_001
    )
    of_gone = await act_on(
        client, acme.headers, first, "refunds", kind="tickets", ticket_ids=[gone]
    )
    whole = await act_on(client, acme.headers, first, "refunds", kind="whole")
    new = await act_on(client, acme.headers, made, "refunds", kind="whole")
    again = await act_on(client, acme.headers, made, "refunds", kind="whole")

    assert refused_as(too_much) == (409, "refund-too-large")
    assert refused_as(of_gone) == (404, "ticket-unknown")
    assert (whole.json()["status"], whole.json()["refunded_minor"]) == ("refunded", 1_000)
    assert whole.json()["exchanged_minor"] == 1_000
    assert (new.json()["status"], new.json()["credit_returned_minor"]) == ("refunded", 1_000)
    assert again.status_code == 409
    states = {key: ticket["status"] for key, ticket in (await passes(client, buyer)).items()}
    assert (states[gone], states[left]) == ("exchanged", "refunded")
    assert of(await passes(client, buyer), week, night) == []
    assert await balance(acme, buyer) == 1_000


async def test_an_order_of_which_everything_was_exchanged_has_nothing_to_give_back(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    first = await bought(client, acme, buyer, week)
    await exchanged(client, buyer, swap(buyer, await passes(client, buyer)))

    answers = [
        await act_on(client, acme.headers, first, "refunds", **body)
        for body in ({"kind": "whole"}, {"kind": "amount", "amount_minor": 1})
    ]

    assert [refused_as(answer) for answer in answers] == [(409, "nothing-to-refund")] * 2
    assert await balance(acme, buyer) == 1_000


async def test_what_was_given_back_by_amount_is_not_had_again_in_an_exchange(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    first = await bought(client, acme, buyer, week, week)
    await act_on(client, acme.headers, first, "refunds", kind="amount", amount_minor=1_700)
    one, two = of(await passes(client, buyer), week)

    quote = (await looked_at(client, buyer, swap(buyer, [one, two]))).json()
    made = await exchanged(client, buyer, swap(buyer, [two]))

    assert [one["value_minor"] for one in quote["returned"]] == [300, 0]
    assert made["returned_value_minor"] == 300
    assert await balance(acme, buyer) == 300
    assert (await order_row(acme, first)).exchanged_minor == 300


async def test_two_exchanges_that_wait_share_what_is_left_of_an_order(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    night = await make_product(client, acme, popup, price_minor=400)
    week = await make_product(client, acme, popup, slug="week-2", price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    first = await bought(client, acme, buyer, night, night)
    await act_on(client, acme.headers, first, "refunds", kind="amount", amount_minor=300)
    one, two = of(await passes(client, buyer), night)

    made = [await exchanged(client, buyer, swap(buyer, [ticket], week)) for ticket in (one, two)]
    paid = [await act_on(client, acme.headers, order, "approve") for order in made]

    assert [order["returned_value_minor"] for order in made] == [400, 100]
    assert [answer.json()["status"] for answer in paid] == ["approved"] * 2
    assert (await order_row(acme, first)).exchanged_minor == 500


async def hosted(
    client: httpx.AsyncClient, acme: TenantWorld
) -> tuple[Sale, str, dict[str, object]]:
    """Order an exchange that is paid at the sandbox: the sale, the pass that goes, its product."""
    popup = await open_popup(client, acme)
    night = await make_product(client, acme, popup, price_minor=400, capacity=5)
    week = await make_product(client, acme, popup, slug="week-2", price_minor=1_000, capacity=5)
    buyer = await make_buyer(acme, popup)
    await bought(client, acme, buyer, night)
    await take_sandbox(client, acme)
    (gone,) = await passes(client, buyer)
    made = await exchanged(client, buyer, swap(buyer, [gone], week))
    return Sale(acme, buyer, week, made), gone, night


async def test_a_difference_is_paid_on_a_providers_page(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    made, gone, night = await hosted(client, acme)

    await mark_paid(made)
    answers = [await send(client, acme, told(made)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await now(client, made))["status"] == "approved"
    assert (await passes(client, made.buyer))[gone]["status"] == "exchanged"
    assert await stock(acme, night["id"], made.product["id"]) == [(0, 0), (0, 1)]
    assert await worth(acme, made.buyer) == 1_000


async def test_money_for_an_exchange_whose_pass_is_gone_is_marked_to_go_back(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    made, gone, night = await hosted(client, acme)
    await seen(acme, gone)

    await mark_paid(made)
    await send(client, acme, told(made))

    found = await now(client, made)
    assert (found["status"], found["is_refund_due"]) == ("expired", True)
    assert (await passes(client, made.buyer))[gone]["status"] == "issued"
    assert await stock(acme, night["id"], made.product["id"]) == [(0, 1), (0, 0)]
    back = await act_on(client, acme.headers, made.payment, "refunds", kind="whole")
    assert (back.json()["status"], back.json()["refunded_minor"]) == ("refunded", 600)
    assert back.json()["credit_returned_minor"] == 0
    assert await balance(acme, made.buyer) == 0


async def test_a_provider_that_sent_back_what_was_exchanged_is_left_to_staff(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    await take_sandbox(client, acme)
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    made = Sale(acme, buyer, week, await ordered(client, buyer, buyer.cart(week)))
    await press(client, made, "pay")
    await send(client, acme, told(made))
    await exchanged(client, buyer, swap(buyer, await passes(client, buyer)))
    before = await now(client, made)

    message = told(made, "refunded", event_id="sent-back", amount_minor=1_000)  # type: ignore[arg-type]  # read as a kind
    answer = await send(client, acme, message)

    assert answer.status_code == 200
    assert (await events(acme))[-1] == ("refunded", "refused")
    assert await now(client, made) == before


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_exchanged_and_given_back_money_and_worth_agree(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, seed: int
) -> None:
    dice = random.Random(seed)
    popup = await open_popup(client, acme, contribution_percent=7)
    products = [
        await make_product(client, acme, popup, slug=f"p-{price}", price_minor=price, capacity=60)
        for price in (0, 333, 1_001, 2_500)
    ]
    (buyer,) = await make_crowd(acme, settings, popup, 1)
    await bought(client, acme, buyer, *products, products[1])
    for _ in range(8):
        held = sorted(
            key
            for key, ticket in (await passes(client, buyer)).items()
            if ticket["status"] == "issued"
        )
        given = dice.sample(held, min(len(held), dice.randint(0, 2)))
        wanted = dice.sample(products, dice.randint(0 if given else 1, 2))
        made = await exchange(client, buyer, swap(buyer, given, *wanted))
        if refused_as_or_none(made) == (409, "exchange-empty"):
            continue
        assert made.status_code == 201, made.text
        payment = made.json()
        if payment["status"] == "pending":
            event = dice.choice(["approve", "approve", "cancel"])
            payment = (await act_on(client, acme.headers, payment, event)).json()
        if payment["status"] == "approved" and dice.random() < 0.3:
            await act_on(client, acme.headers, payment, "refunds", kind="whole")

        async with acme.session() as session:
            orders = (
                await session.exec(select(Payment).where(col(Payment.human_id) == buyer.human_id))
            ).all()
        money = sum(order.captured_minor - order.refunded_minor for order in orders)
        assert money == await worth(acme, buyer)
        given_up = sum(o.returned_value_minor for o in orders if o.approved_at is not None)
        assert sum(order.exchanged_minor for order in orders) == given_up
    live = of(await passes(client, buyer), *products)
    taken = sum(row[1] for row in await stock(acme, *(one["id"] for one in products)))
    assert taken == len(live)
    assert (await rows_of(acme))["tickets"] >= len(live)


def refused_as_or_none(answer: httpx.Response) -> tuple[int, str] | None:
    return refused_as(answer) if answer.is_error else None
