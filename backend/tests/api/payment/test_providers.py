"""Orders paid at a provider over HTTP: opened, told, pulled, refunded, each with one effect."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from sqlmodel import select

from app.api.mail.models import MailMessage
from app.api.sandbox.models import SandboxCheckout
from app.core.config import Settings
from app.services.payments.protocol import (
    CheckoutRequest,
    Notice,
    NoticeKind,
    OpenedCheckout,
    ProviderUnavailable,
)
from app.services.payments.signing import sign
from app.services.sandbox import SandboxKeys, SandboxProvider
from tests.api.payment.buying import (
    Json,
    act_on,
    buy,
    let_time_pass,
    make_buyer,
    make_crowd,
    open_popup,
    rows_of,
    stock,
)
from tests.api.payment.selling import (
    KEYS,
    events,
    mark_paid,
    now,
    press,
    sale,
    send,
    take_sandbox,
    told,
    work,
)
from tests.factories import make_product
from tests.probing import kind_of
from tests.worlds import TenantWorld


async def test_an_order_is_paid_on_the_sandboxs_page(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    made = await sale(client, acme)
    before = made.payment
    page = await client.get(made.page)

    pressed = await press(client, made, "pay")

    assert (before["status"], before["provider"]) == ("pending", "sandbox")
    assert page.status_code == 200
    assert "€250.00" in page.text
    assert f'formaction="{made.reference}/pay"' in page.text
    assert pressed.status_code == 303
    shown = httpx.URL(f"http://test{made.page}/pay").join(pressed.headers["location"])
    assert shown.path == made.page
    paid = await now(client, made)
    assert (paid["status"], paid["captured_minor"]) == ("approved", 25_000)
    assert await stock(acme, made.product["id"]) == [(0, 1)]
    assert (await rows_of(acme))["tickets"] == 1
    assert await events(acme) == [("paid", "applied")]
    assert "The shop has been told" in (await client.get(made.page)).text
    assert kind_of(await press(client, made, "pay")) == (409, "sandbox-checkout-over")


@pytest.mark.parametrize(("action", "status"), [("fail", "rejected"), ("cancel", "cancelled")])
async def test_what_is_not_paid_frees_what_it_held(
    client: httpx.AsyncClient, acme: TenantWorld, action: str, status: str
) -> None:
    made = await sale(client, acme)

    await press(client, made, action)

    assert (await now(client, made))["status"] == status
    assert await stock(acme, made.product["id"]) == [(0, 0)]


async def test_a_notice_told_twice_at_once_has_one_effect(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    made = await sale(client, acme)

    await press(client, made, "pay-twice-told")

    assert await events(acme) == [("paid", "applied")]
    assert (await rows_of(acme))["tickets"] == 1


async def test_twenty_copies_in_parallel_and_out_of_order_have_one_effect(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    made = await sale(client, acme)
    late = told(made, NoticeKind.EXPIRED)
    paid = told(made)

    answers = await asyncio.gather(
        *(send(client, acme, late if turn % 5 == 4 else paid) for turn in range(20))
    )

    assert {answer.status_code for answer in answers} == {200}
    outcomes = [answer.json()["outcome"] for answer in answers]
    assert sorted(outcomes).count("applied") == 2
    assert outcomes.count("repeated") == 18
    assert (await now(client, made))["status"] == "approved"
    assert await stock(acme, made.product["id"]) == [(0, 1)]
    assert (await rows_of(acme))["tickets"] == 1
    async with acme.session() as session:
        mails = (await session.exec(select(MailMessage.kind))).all()
    assert mails.count("payment_confirmed") == 1


@pytest.mark.parametrize(
    "changes",
    [{"amount_minor": 24_999}, {"amount_minor": 25_001}, {"currency": "USD"}],
    ids=["less", "more", "another currency"],
)
async def test_a_wrong_amount_or_currency_is_written_down_and_has_no_effect(
    client: httpx.AsyncClient, acme: TenantWorld, changes: Json
) -> None:
    made = await sale(client, acme)

    answer = await send(client, acme, told(made, NoticeKind.PAID, **changes))

    assert (answer.status_code, answer.json()) == (200, {"outcome": "wrong_amount"})
    assert await now(client, made) == made.payment
    assert await events(acme) == [("paid", "wrong_amount")]


async def test_an_unsigned_garbled_or_foreign_notice_is_refused_and_leaves_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    made = await sale(client, acme)
    await take_sandbox(client, globex, SandboxKeys("another-key-entirely-of-globex"))
    path = f"/api/v1/webhooks/sandbox/{acme.tenant_id}"
    headers, body = told(made).signed(KEYS)
    long_ago = sign(KEYS.signing_key, body, 1_700_000_000)

    answers = [
        await client.post(path, content=body),
        await client.post(path, headers=headers, content=body + b" "),
        await client.post(path, headers={"sandbox-signature": "t=1,v1=x"}, content=body),
        await client.post(path, headers={"sandbox-signature": long_ago}, content=body),
        await send(client, acme, told(made), SandboxKeys("another-key-entirely-of-globex")),
        await send(client, globex, told(made)),
    ]

    assert {kind_of(answer) for answer in answers} == {(400, "webhook-not-genuine")}
    assert await events(acme) == await events(globex) == []
    assert await now(client, made) == made.payment


async def test_another_organisations_reference_is_unknown_and_no_account_is_404(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    made = await sale(client, acme)
    before = await send(client, globex, told(made))
    await take_sandbox(client, globex)

    answer = await send(client, globex, told(made))
    again = await send(client, globex, told(made))

    assert kind_of(before) == (404, "provider-account-unknown")
    assert answer.json() == {"outcome": "unknown_reference"}
    assert again.json() == {"outcome": "repeated"}
    assert await now(client, made) == made.payment
    assert await events(acme) == []
    missing = made.page.replace(str(acme.tenant_id), str(globex.tenant_id))
    assert kind_of(await client.get(missing)) == (404, "sandbox-checkout-unknown")
    assert kind_of(await client.post(f"{missing}/pay")) == (404, "sandbox-checkout-unknown")


async def test_a_payment_that_comes_late_is_taken_up_again_where_there_is_room(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    made = await sale(client, acme)
    await press(client, made, "pay-late")
    waits = await now(client, made)
    await let_time_pass(acme)

    await work(acme, settings)

    assert waits["status"] == "pending"
    late = await now(client, made)
    assert (late["status"], late["is_refund_due"]) == ("approved", False)
    assert await stock(acme, made.product["id"]) == [(0, 1)]


async def test_an_order_paid_without_a_notice_is_not_expired(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    made = await sale(client, acme)
    await mark_paid(made)
    await let_time_pass(acme)

    await work(acme, settings)

    assert (await now(client, made))["status"] == "approved"
    assert await events(acme) == [("paid", "applied")]
    assert (await send(client, acme, told(made))).json() == {"outcome": "applied"}
    assert (await rows_of(acme))["tickets"] == 1


async def test_a_provider_that_stays_away_keeps_no_order_waiting_for_ever(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = await sale(client, acme)
    await let_time_pass(acme)

    async def away(_: SandboxProvider, __: str) -> Notice:
        raise ProviderUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(SandboxProvider, "look_up", away)
        await work(acme, settings.model_copy(update={"job_max_attempts": 2}))
        waits = await now(client, made)
        await work(acme, settings.model_copy(update={"job_max_attempts": 2}))

    assert waits["status"] == "pending"
    assert (await now(client, made))["status"] == "expired"
    assert await stock(acme, made.product["id"]) == [(0, 0)]


async def test_an_order_that_lapses_or_is_cancelled_has_its_page_closed(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    made = await sale(client, acme)
    await act_on(client, acme.headers, made.payment, "cancel")

    await work(acme, settings)

    assert "Closed by the shop" in (await client.get(made.page)).text
    assert kind_of(await press(client, made, "pay")) == (409, "sandbox-checkout-over")
    assert (await now(client, made))["status"] == "cancelled"


async def test_a_provider_that_is_away_leaves_the_order_and_the_key_opens_it_later(
    client: httpx.AsyncClient, acme: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take_sandbox(client, acme)
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, capacity=1)
    buyer = await make_buyer(acme, popup)
    cart, key = buyer.cart(week), str(uuid4())

    async def away(_: SandboxProvider, __: CheckoutRequest) -> OpenedCheckout:
        raise ProviderUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(SandboxProvider, "open_checkout", away)
        refused = await buy(client, buyer, cart, key=key)
    first = await buy(client, buyer, cart, key=key)
    again = await buy(client, buyer, cart, key=key)

    assert kind_of(refused) == (502, "provider-unavailable")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.json()["checkout_url"] is not None
    assert (await rows_of(acme))["payments"] == 1
    assert await stock(acme, week["id"]) == [(1, 0)]


async def test_a_crash_after_the_page_was_opened_opens_no_second_one(
    client: httpx.AsyncClient, acme: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take_sandbox(client, acme)
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, capacity=1)
    buyer = await make_buyer(acme, popup)
    cart, key = buyer.cart(week), str(uuid4())
    opening = SandboxProvider.open_checkout

    async def dies(own: SandboxProvider, request: CheckoutRequest) -> OpenedCheckout:
        await opening(own, request)
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(SandboxProvider, "open_checkout", dies)
        crashed = await buy(client, buyer, cart, key=key)
    (stuck,) = (await client.get("/api/v1/payments/mine", headers=buyer.headers)).json()["results"]
    path = f"/api/v1/payments/mine/{stuck['id']}/checkout"
    reopened = await client.post(path, headers=buyer.headers)
    repeated = await buy(client, buyer, cart, key=key)

    assert crashed.status_code == 500
    assert (stuck["status"], stuck["checkout_url"]) == ("pending", None)
    assert reopened.json()["checkout_url"] is not None
    assert repeated.json()["checkout_url"] == reopened.json()["checkout_url"]
    async with acme.session() as session:
        assert len((await session.exec(select(SandboxCheckout))).all()) == 1
    assert (await rows_of(acme))["payments"] == 1


async def test_the_same_key_many_times_at_once_is_one_order_and_one_answer(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    await take_sandbox(client, acme)
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, capacity=5)
    buyer = await make_buyer(acme, popup)
    cart, key = buyer.cart(week), str(uuid4())

    answers = await asyncio.gather(*(buy(client, buyer, cart, key=key) for _ in range(6)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["checkout_url"] is not None
    assert (await rows_of(acme))["payments"] == 1
    assert await stock(acme, week["id"]) == [(1, 0)]


async def test_the_page_of_anothers_order_or_of_none_is_not_opened(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    made = await sale(client, acme)
    (other,) = await make_crowd(acme, settings, {"id": made.product["popup_id"]}, 1)
    path = f"/api/v1/payments/mine/{made.payment['id']}/checkout"

    foreign = await client.post(path, headers=other.headers)
    nowhere = f"/api/v1/payments/mine/{uuid4()}/checkout"
    unknown = await client.post(nowhere, headers=other.headers)
    own = await client.post(path, headers=made.buyer.headers)
    await press(client, made, "pay")
    paid = await client.post(path, headers=made.buyer.headers)

    assert kind_of(foreign) == kind_of(unknown) == (404, "payment-unknown")
    assert own.json() == made.payment
    assert kind_of(paid) == (409, "no-checkout")
