"""Orders over HTTP: approved, let go and given back, with every figure adding up."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlmodel import col, select

from app.api.application.models import Application
from app.api.mail.models import MailMessage
from app.api.payment.models import CreditEntry
from app.api.ticket.models import Ticket
from app.core.config import Settings
from app.core.security import utc_now
from app.core.tenant_db import PlatformContext
from app.jobs.worker import run_worker
from app.services import expiring
from tests.api.payment.buying import (
    Buyer,
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


async def give_credit(world: TenantWorld, buyer: Buyer, amount: int) -> None:
    """Enter some credit into the ledger."""
    async with world.session() as session:
        application = await session.get_one(Application, (world.tenant_id, buyer.application_id))
        session.add(
            CreditEntry(
                popup_id=application.popup_id,
                application_id=buyer.application_id,
                human_id=buyer.human_id,
                amount_minor=amount,
                reason="test",
                actor="system:test",
            )
        )


async def balance(world: TenantWorld, buyer: Buyer) -> int:
    """Return the balance, having held it against its ledger."""
    async with world.session() as session:
        entries = select(CreditEntry.amount_minor).where(
            col(CreditEntry.application_id) == buyer.application_id
        )
        ledger = sum((await session.exec(entries)).all())
        kept = select(Application.credit_minor).where(col(Application.id) == buyer.application_id)
        assert (await session.exec(kept)).one() == ledger
    return ledger


async def mails(world: TenantWorld) -> list[str]:
    """Return the kinds of mail queued so far."""
    async with world.session() as session:
        return list(
            (await session.exec(select(MailMessage.kind).order_by(col(MailMessage.id)))).all()
        )


async def test_approval_sells_issues_and_mails_and_values_add_up(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, contribution_percent=7)
    week = await make_product(client, acme, popup, price_minor=3_333, capacity=5)
    shirt = await make_product(
        client, acme, popup, slug="shirt", category="merch", price_minor=1_001
    )
    buyer = await make_buyer(acme, popup)
    payment = await ordered(client, buyer, buyer.cart(week, week, shirt))

    approved = (await act_on(client, acme.headers, payment, "approve")).json()

    assert approved["status"] == "approved"
    assert approved["captured_minor"] == approved["payable_minor"] == approved["total_minor"]
    shown = sum(line["net_minor"] + line["contribution_minor"] for line in approved["lines"])
    tickets = (await client.get("/api/v1/tickets", headers=acme.headers)).json()["results"]
    assert sum(ticket["value_minor"] for ticket in tickets) == shown == approved["total_minor"]
    assert len(tickets) == 3
    assert all("code" not in ticket for ticket in tickets)
    assert await stock(acme, week["id"]) == [(0, 2)]
    assert await mails(acme) == ["payment_confirmed"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("approve", "approve"),
        ("approve", "reject"),
        ("approve", "cancel"),
        ("cancel", "approve"),
        ("cancel", "cancel"),
        ("reject", "cancel"),
    ],
)
async def test_a_move_that_is_forbidden_changes_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, first: str, second: str
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, capacity=5)
    buyer = await make_buyer(acme, popup)
    payment = await ordered(client, buyer, buyer.cart(week))
    moved = (await act_on(client, acme.headers, payment, first)).json()
    before = (await rows_of(acme), await stock(acme, week["id"]))

    refused = await act_on(client, acme.headers, payment, second)

    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/payment-move-refused")
    assert (await rows_of(acme), await stock(acme, week["id"])) == before
    path = f"/api/v1/payments/{payment['id']}"
    assert (await client.get(path, headers=acme.viewer_headers)).json() == moved


async def test_viewers_and_buyers_do_not_approve(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)
    payment = await ordered(client, buyer, buyer.cart(week))

    answers = [
        await act_on(client, headers, payment, event)
        for headers in (acme.viewer_headers, buyer.headers)
        for event in ("approve", "reject", "cancel")
    ]

    assert {answer.status_code for answer in answers} == {403}


async def test_credit_is_spent_first_and_comes_back_when_the_order_is_let_go(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000, capacity=5)
    buyer = await make_buyer(acme, popup)
    await give_credit(acme, buyer, 400)

    payment = await ordered(client, buyer, buyer.cart(week))
    spent = await balance(acme, buyer)
    path = f"/api/v1/payments/mine/{payment['id']}/cancel"
    cancelled = await client.post(path, headers=buyer.headers)

    assert (payment["credit_spent_minor"], payment["payable_minor"]) == (400, 600)
    assert spent == 0
    assert cancelled.json()["status"] == "cancelled"
    assert await balance(acme, buyer) == 400
    assert await stock(acme, week["id"]) == [(0, 0)]


async def test_nobody_changes_a_balance_around_its_ledger(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    buyer = await make_buyer(acme, await open_popup(client, acme), credit_minor=900)

    with pytest.raises(InsufficientPrivilege):
        async with acme.session() as session:
            await session.fetch("UPDATE app.applications SET credit_minor = 900")

    assert await balance(acme, buyer) == 0


async def test_an_order_expires_once_its_time_is_over_and_is_taken_up_again_while_there_is_room(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000, capacity=1)
    buyer = await make_buyer(acme, popup)
    await give_credit(acme, buyer, 300)
    payment = await ordered(client, buyer, buyer.cart(week))
    payment_id = UUID(str(payment["id"]))
    await let_time_pass(acme)

    async with acme.session() as session:
        await expiring.expire(session, utc_now(), "https://portal.example", payment_id)
        await expiring.expire(session, utc_now(), "https://portal.example", payment_id)
    expired = await balance(acme, buyer), await stock(acme, week["id"]), await mails(acme)
    approved = await act_on(client, acme.headers, payment, "approve")

    assert expired == (300, [(0, 0)], ["payment_expired"])
    assert approved.json()["status"] == "approved"
    assert approved.json()["credit_returned_minor"] == 0
    assert await balance(acme, buyer) == 0
    assert await stock(acme, week["id"]) == [(0, 1)]


async def test_an_order_whose_places_others_have_is_not_approved(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, capacity=1)
    late, quick = await make_crowd(acme, settings, popup, 2)
    payment = await ordered(client, late, late.cart(week))
    await let_time_pass(acme)
    await ordered(client, quick, quick.cart(week))

    refused = await act_on(client, acme.headers, payment, "approve")

    assert refused.status_code == 409
    assert await stock(acme, week["id"]) == [(1, 0)]
    assert (await rows_of(acme))["tickets"] == 0


async def test_an_order_does_not_expire_before_its_time(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)

    payment = await ordered(client, buyer, buyer.cart(week))

    async with acme.database.platform(PlatformContext("system:test")) as session:
        jobs = await session.fetch(
            "SELECT task_name, args->>'payment_id', scheduled_at FROM jobs.procrastinate_jobs"
        )
    assert [job[:2] for job in jobs] == [("expire_payment", payment["id"])]
    left = jobs[0][2] - utc_now()  # type: ignore[operator]  # a timestamp
    assert timedelta() < left <= timedelta(minutes=settings.checkout_minutes)


async def test_the_worker_lets_an_order_go_when_its_time_is_over(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, capacity=1)
    buyer = await make_buyer(acme, popup)
    payment = await ordered(client, buyer, buyer.cart(week))
    await let_time_pass(acme)
    async with acme.database.platform(PlatformContext("system:test")) as session:
        await session.fetch("UPDATE jobs.procrastinate_jobs SET scheduled_at = now()")

    await run_worker(settings, until_empty=True)

    path = f"/api/v1/payments/mine/{payment['id']}"
    assert (await client.get(path, headers=buyer.headers)).json()["status"] == "expired"
    assert await stock(acme, week["id"]) == [(0, 0)]


async def test_refunds_of_an_amount_some_tickets_and_the_rest_add_up_to_what_was_paid(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000, capacity=9)
    buyer = await make_buyer(acme, popup)
    await give_credit(acme, buyer, 500)
    payment = await ordered(client, buyer, buyer.cart(week, week, week))
    await act_on(client, acme.headers, payment, "approve")
    async with acme.session() as session:
        first = (await session.exec(select(Ticket.id).order_by(col(Ticket.id)))).first()

    one = await act_on(client, acme.headers, payment, "refunds", kind="amount", amount_minor=100)
    two = await act_on(
        client, acme.headers, payment, "refunds", kind="tickets", ticket_ids=[str(first)]
    )
    again = await act_on(
        client, acme.headers, payment, "refunds", kind="tickets", ticket_ids=[str(first)]
    )
    much = await act_on(client, acme.headers, payment, "refunds", kind="amount", amount_minor=9_999)
    three = await act_on(client, acme.headers, payment, "refunds", kind="whole")
    none = await act_on(client, acme.headers, payment, "refunds", kind="whole")

    assert [one.json()["status"], two.json()["status"]] == ["partially_refunded"] * 2
    assert again.status_code == 404
    assert (much.status_code, much.json()["refundable_minor"]) == (409, 1_900)
    done = three.json()
    assert (done["status"], done["refunded_minor"], done["credit_returned_minor"]) == (
        "refunded",
        2_500,
        500,
    )
    assert sum(r["amount_minor"] + r["credit_minor"] for r in done["refunds"]) == 3_000
    assert none.status_code == 409
    assert await balance(acme, buyer) == 500
    assert await stock(acme, week["id"]) == [(0, 0)]
    tickets = (await client.get("/api/v1/tickets", headers=acme.headers)).json()["results"]
    assert {ticket["status"] for ticket in tickets} == {"refunded"}


async def test_a_refund_sent_twice_gives_back_once(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    payment = await ordered(client, buyer, buyer.cart(week))
    await act_on(client, acme.headers, payment, "approve")
    headers = {**acme.headers, "Idempotency-Key": "one"}
    path, body = f"/api/v1/payments/{payment['id']}/refunds", {"kind": "amount", "amount_minor": 9}

    first = await client.post(path, headers=headers, json=body)
    second = await client.post(path, headers=headers, json=body)

    assert first.status_code == 201
    assert first.content == second.content
    assert (await rows_of(acme))["refunds"] == 1


async def test_one_free_ticket_given_back_leaves_the_others(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    free = await make_product(client, acme, popup, price_minor=0, capacity=3)
    buyer = await make_buyer(acme, popup)
    payment = await ordered(client, buyer, buyer.cart(free, free))
    tickets = (await client.get("/api/v1/tickets/mine", headers=buyer.headers)).json()["results"]

    part = await act_on(
        client, acme.headers, payment, "refunds", kind="tickets", ticket_ids=[tickets[0]["id"]]
    )

    assert part.json()["status"] == "partially_refunded"
    assert await stock(acme, free["id"]) == [(0, 1)]


async def test_lists_of_orders_filter_search_and_count(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    week = await make_product(client, acme, popup, price_minor=1_000)
    coupon_id = await make_coupon(acme, popup)
    one, two = await make_crowd(acme, settings, popup, 2)
    first = await ordered(client, one, one.cart(week))
    second = await ordered(client, two, two.cart(week, coupon_code="HALF"))
    await act_on(client, acme.headers, first, "approve")

    async def found(**params: str) -> list[str]:
        answer = await client.get("/api/v1/payments", headers=acme.headers, params=params)
        assert answer.json()["paging"]["total"] == len(answer.json()["results"]), answer.text
        return [row["id"] for row in answer.json()["results"]]

    assert await found(sort="total_minor") == [second["id"], first["id"]]
    assert await found(status="approved") == [first["id"]]
    assert await found(search="buyer-1@") == [second["id"]]
    assert await found(coupon_id=str(coupon_id)) == [second["id"]]
    assert (await buy(client, one, one.cart(week))).status_code == 201
    mine = (await client.get("/api/v1/payments/mine", headers=one.headers)).json()
    assert mine["paging"]["total"] == 2
