"""Money sent back through a provider: asked for here, or at its own desk, each once."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import httpx
import pytest
from sqlmodel import col, select

from app.api.payment.models import Refund
from app.api.payment.refund import RefundStatus
from app.api.sandbox.models import SandboxCheckout
from app.core.config import Settings
from app.services.payments.protocol import (
    NoticeKind,
    ProviderRefused,
    ProviderUnavailable,
    RefundRequest,
    SentRefund,
)
from app.services.sandbox import SandboxProvider
from tests.api.payment.buying import (
    Json,
    act_on,
    let_time_pass,
    make_buyer,
    make_crowd,
    open_popup,
    ordered,
    stock,
)
from tests.api.payment.selling import (
    Sale,
    events,
    mark_paid,
    now,
    press,
    refunds_in,
    row_of,
    sale,
    send,
    told,
    work,
)
from tests.factories import make_product
from tests.probing import kind_of
from tests.worlds import TenantWorld

Failing: TypeAlias = Callable[..., Awaitable[Sale]]


async def test_a_payment_that_comes_too_late_is_sent_back_by_staff(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    made = await sale(client, acme)
    await let_time_pass(acme)
    await work(acme, settings)
    (other,) = await make_crowd(acme, settings, {"id": made.product["popup_id"]}, 1)
    await ordered(client, other, other.cart(made.product))

    answer = await send(client, acme, told(made))

    assert answer.json() == {"outcome": "applied"}
    marked = await now(client, made)
    assert (marked["status"], marked["is_refund_due"]) == ("expired", True)
    await mark_paid(made)
    refunded = await act_on(client, acme.headers, made.payment, "refunds", kind="whole")
    assert refunded.status_code == 201, refunded.text
    await work(acme, settings)
    after = await now(client, made)
    assert (after["status"], after["is_refund_due"]) == ("refunded", False)
    assert [refund["status"] for refund in refunds_in(after)] == ["done"]


async def test_a_refund_is_sent_once_and_its_echo_does_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    made = await sale(client, acme)
    await press(client, made, "pay")
    body: Json = {"kind": "amount", "amount_minor": 10_000}

    asked = (await act_on(client, acme.headers, made.payment, "refunds", **body)).json()
    await work(acme, settings)

    assert [refund["status"] for refund in asked["refunds"]] == ["pending"]
    after = await now(client, made)
    assert (after["status"], after["refunded_minor"]) == ("partially_refunded", 10_000)
    assert [refund["status"] for refund in refunds_in(after)] == ["done"]
    assert await events(acme) == [("paid", "applied"), ("refunded", "applied")]
    async with acme.session() as session:
        checkout = (await session.exec(select(SandboxCheckout))).one()
        refund = (await session.exec(select(Refund))).one()
    assert checkout.refunds == {str(refund.id): 10_000}
    assert refund.provider_reference == f"sandbox_refund_{refund.id}"


async def test_what_the_providers_own_desk_sends_back_is_written_down(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    made = await sale(client, acme)
    await press(client, made, "pay")
    await act_on(client, acme.headers, made.payment, "refunds", kind="amount", amount_minor=5_000)
    await work(acme, settings)

    await press(client, made, "refund")

    after = await now(client, made)
    assert (after["status"], after["refunded_minor"]) == ("refunded", 25_000)
    assert [refund["amount_minor"] for refund in refunds_in(after)] == [5_000, 20_000]
    assert [refund["status"] for refund in refunds_in(after)] == ["done", "done"]
    assert await stock(acme, made.product["id"]) == [(0, 0)]


async def test_a_refund_told_before_its_payment_counts_as_both(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    made = await sale(client, acme)

    first = await send(client, acme, told(made, NoticeKind.REFUNDED))
    second = await send(client, acme, told(made))

    assert (first.json(), second.json()) == ({"outcome": "applied"},) * 2
    after = await now(client, made)
    assert (after["status"], after["refunded_minor"]) == ("refunded", 25_000)


@pytest.fixture
async def failing(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Failing:
    """An order of which money was to go back while its provider was away."""

    async def failed(error: Exception | None = None, **body: object) -> Sale:
        async def away(_: SandboxProvider, __: RefundRequest) -> SentRefund:
            raise error or ProviderUnavailable

        made = await sale(client, acme)
        await press(client, made, "pay")
        await act_on(client, acme.headers, made.payment, "refunds", **body)
        once = settings.model_copy(update={"job_max_attempts": 1})
        with monkeypatch.context() as patch:
            patch.setattr(SandboxProvider, "refund", away)
            await work(acme, once)
        return made

    return failed


async def back_by_dashboard(client: httpx.AsyncClient, made: Sale) -> list[object]:
    """Return what went back in money, as the dashboard's several figures tell it."""
    path = f"/api/v1/dashboard/popups/{made.product['popup_id']}"
    told_by = {}
    for which in ("revenue", "payments"):
        answer = await client.get(f"{path}/{which}", headers=made.world.headers)
        told_by[which] = answer.json()["totals"]
    overview = await client.get("/api/v1/dashboard", headers=made.world.headers)
    return [
        told_by["revenue"]["refunded_money_minor"],
        told_by["payments"]["refunded_minor"],
        overview.json()["popups"][0]["refunded_minor"],
    ]


async def test_a_refund_that_failed_is_sent_again_by_staff_and_counts_only_then(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, failing: Failing
) -> None:
    made = await failing(kind="whole")

    failed = await now(client, made)
    none_back = await back_by_dashboard(client, made)
    path = f"refunds/{refunds_in(failed)[0]['id']}/retry"
    retried = await act_on(client, acme.headers, made.payment, path)
    on_its_way = await back_by_dashboard(client, made)
    await work(acme, settings)
    done = await now(client, made)
    again = await act_on(client, acme.headers, made.payment, path)

    assert [refund["status"] for refund in refunds_in(failed)] == ["failed"]
    assert (failed["status"], failed["refunded_minor"]) == ("refunded", 0)
    assert none_back == [0, 0, 0]
    assert retried.json()["refunds"][0]["status"] == "pending"
    assert on_its_way == [25_000] * 3
    assert [refund["status"] for refund in refunds_in(done)] == ["done"]
    assert (done["refunded_minor"], await back_by_dashboard(client, made)) == (25_000, on_its_way)
    assert kind_of(again) == (409, "refund-not-failed")
    async with acme.session() as session:
        rows = (await session.exec(select(Refund).where(col(Refund.amount_minor) > 0))).all()
    assert [row.status for row in rows] == [RefundStatus.DONE]


async def test_a_refund_that_its_provider_refuses_is_not_asked_for_again(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, failing: Failing
) -> None:
    made = await failing(ProviderRefused("The charge is disputed"), kind="whole")

    failed = await now(client, made)
    await work(acme, settings)

    assert [refund["status"] for refund in refunds_in(failed)] == ["failed"]
    assert (failed["status"], failed["refunded_minor"]) == ("refunded", 0)
    assert refunds_in(await now(client, made)) == refunds_in(failed)


async def test_a_refund_is_sent_again_under_its_own_order_alone(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    settings: Settings,
    failing: Failing,
) -> None:
    made = await failing(kind="whole")
    failed = refunds_in(await now(client, made))[0]
    popup = {"id": made.product["popup_id"]}
    (another,) = await make_crowd(acme, settings, popup, 1)
    other = await ordered(client, another, another.cart(made.product))
    path = f"refunds/{failed['id']}/retry"

    elsewhere = await act_on(client, acme.headers, other, path)
    foreign = await act_on(client, globex.headers, made.payment, path)

    assert kind_of(elsewhere) == (404, "refund-unknown")
    assert foreign.status_code == 404
    assert refunds_in(await now(client, made)) == [failed]


async def test_money_that_was_given_back_otherwise_is_not_sent_again(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, failing: Failing
) -> None:
    made = await failing(kind="amount", amount_minor=10_000)
    failed = refunds_in(await now(client, made))[0]
    await act_on(client, acme.headers, made.payment, "refunds", kind="amount", amount_minor=20_000)

    refused = await act_on(client, acme.headers, made.payment, f"refunds/{failed['id']}/retry")
    await work(acme, settings)

    assert kind_of(refused) == (409, "refund-too-large")
    assert refused.json()["refundable_minor"] == 5_000
    after = await now(client, made)
    assert after["refunded_minor"] == 20_000
    assert [refund["status"] for refund in refunds_in(after)] == ["failed", "done"]
    assert await back_by_dashboard(client, made) == [20_000] * 3


async def test_a_refund_that_failed_here_and_was_made_at_the_desk_is_done(
    client: httpx.AsyncClient, failing: Failing
) -> None:
    made = await failing(kind="whole")

    await press(client, made, "refund")

    after = await now(client, made)
    assert (after["status"], after["refunded_minor"]) == ("refunded", 25_000)
    assert [refund["status"] for refund in refunds_in(after)] == ["done"]


async def test_a_manual_order_has_no_page_and_is_refunded_by_hand(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)
    payment = await ordered(client, buyer, buyer.cart(week))
    await act_on(client, acme.headers, payment, "approve")

    back = (await act_on(client, acme.headers, payment, "refunds", kind="whole")).json()

    assert (payment["provider"], payment["checkout_url"]) == ("manual", None)
    assert [refund["status"] for refund in back["refunds"]] == ["done"]
    row = await row_of(acme, payment)
    assert row.provider_reference is None
