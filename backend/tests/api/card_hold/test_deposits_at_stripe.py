"""A deposit at Stripe over HTTP, through the real SDK: held, then captured or released."""

from collections.abc import Iterator

import httpx
import pytest

from app.core.config import Settings
from app.services import providers
from app.services.payments.stripe import StripeProvider
from tests.api.card_hold.deposits import DEPOSIT, Waiting, applying
from tests.api.payment.buying import open_popup
from tests.api.payment.selling import events, work
from tests.services.payments.fake_http import Listening, serving
from tests.services.payments.fake_stripe import (
    KEY,
    WEBHOOK_SECRET,
    FakeIntent,
    FakeStripe,
    event,
    signed,
)
from tests.worlds import TenantWorld


@pytest.fixture
def stripe() -> FakeStripe:
    return FakeStripe()


@pytest.fixture
def there(stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    """Stripe, as every adapter finds it meanwhile."""
    with serving(stripe) as listening:
        monkeypatch.setattr(
            providers, "StripeProvider", lambda keys: StripeProvider(keys, listening.url)
        )
        yield listening


@pytest.fixture
async def one(client: httpx.AsyncClient, acme: TenantWorld, there: Listening) -> Waiting:
    """An application to a popup that asks for a deposit, which Stripe holds."""
    assert there.url
    keys = {"secret_key": KEY, "webhook_secret": WEBHOOK_SECRET}
    path = "/api/v1/provider-accounts/stripe"
    put = await client.put(path, headers=acme.headers, json={"keys": keys})
    assert put.status_code == 200, put.text
    popup = await open_popup(client, acme, application_deposit_minor=DEPOSIT)
    strategy = f"/api/v1/approval-strategies/{popup['id']}"
    await client.put(strategy, headers=acme.headers, json={"kind": "any_reviewer"})
    return await applying(client, acme, popup)


async def tell(one: Waiting, kind: str, intent: FakeIntent, *, copies: int = 2) -> None:
    """Send what Stripe tells of an intent, as often as it does."""
    body = event(kind, intent.shown(), f"evt_{kind}")
    path = f"/api/v1/webhooks/stripe/{one.world.tenant_id}"
    for _ in range(copies):
        answer = await one.client.post(path, headers=signed(body), content=body)
        assert answer.status_code == 200, answer.text


async def held(one: Waiting, stripe: FakeStripe) -> FakeIntent:
    """Name a card on the page, and submit when Stripe has told."""
    page = await one.opened()
    (session,) = stripe.sessions.values()
    assert page["checkout_url"] == session.shown()["url"]
    assert session.amount == DEPOSIT
    assert session.form["payment_intent_data[capture_method]"] == "manual"
    intent = stripe.pay(session.id)
    early = await one.move("submit")
    assert early.status_code == 409
    await tell(one, "payment_intent.amount_capturable_updated", intent)
    assert await one.statuses() == ["held"]
    assert (await one.move("submit")).status_code == 200
    return intent


async def test_a_deposit_at_stripe_is_captured_on_acceptance(
    one: Waiting, stripe: FakeStripe, settings: Settings
) -> None:
    intent = await held(one, stripe)

    await one.decide("accept")

    assert (intent.status, intent.received) == ("requires_capture", 0)
    await work(one.world, settings)
    await tell(one, "payment_intent.succeeded", intent)
    assert (intent.status, intent.received) == ("succeeded", DEPOSIT)
    assert await one.statuses() == ["captured"]
    assert await one.credit() == (DEPOSIT, [DEPOSIT])
    assert await events(one.world) == [("held", "applied"), ("paid", "applied")]


@pytest.mark.parametrize("decision", ["reject", "withdraw"])
async def test_a_deposit_at_stripe_is_released_where_it_is_not_wanted(
    one: Waiting, stripe: FakeStripe, settings: Settings, decision: str
) -> None:
    intent = await held(one, stripe)

    await (one.decide(decision) if decision == "reject" else one.move(decision))

    await work(one.world, settings)
    await tell(one, "payment_intent.canceled", intent)
    assert (intent.status, intent.received) == ("canceled", 0)
    assert await one.statuses() == ["released"]
    assert await one.credit() == (0, [])


async def test_a_hold_that_stripe_gave_up_after_a_week_fails_when_it_is_captured(
    one: Waiting, stripe: FakeStripe, settings: Settings
) -> None:
    intent = await held(one, stripe)
    intent.status, intent.capturable = "canceled", 0

    await one.decide("accept")
    await work(one.world, settings)
    await tell(one, "payment_intent.canceled", intent)

    assert await one.status() == "accepted"
    assert await one.statuses() == ["failed"]
    assert await one.credit() == (0, [])


async def test_a_page_at_stripe_that_nobody_used_is_closed(
    one: Waiting, stripe: FakeStripe, settings: Settings
) -> None:
    await one.opened()
    (session,) = stripe.sessions.values()

    await work(one.world, settings)
    await work(one.world, settings)

    assert await one.statuses() == ["expired"]
    assert session.status == "expired"
