"""An order paid at Stripe over HTTP, through the real SDK: opened, told, given back."""

import httpx
import pytest

from app.core.config import Settings
from app.services import providers
from app.services.payments.stripe import StripeProvider
from tests.api.payment.buying import act_on, make_buyer, open_popup, ordered, rows_of
from tests.api.payment.selling import Sale, events, now, work
from tests.factories import make_product
from tests.services.payments.fake_http import serving
from tests.services.payments.fake_stripe import KEY, WEBHOOK_SECRET, FakeStripe, event, signed
from tests.worlds import TenantWorld


async def test_an_order_is_paid_at_stripe_and_given_back(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stripe = FakeStripe()
    keys = {"secret_key": KEY, "webhook_secret": WEBHOOK_SECRET}
    with serving(stripe) as there:
        monkeypatch.setattr(
            providers, "StripeProvider", lambda given: StripeProvider(given, there.url)
        )
        put = await client.put(
            "/api/v1/provider-accounts/stripe", headers=acme.headers, json={"keys": keys}
        )
        assert put.status_code == 200, put.text
        popup = await open_popup(client, acme)
        week = await make_product(client, acme, popup)
        buyer = await make_buyer(acme, popup)
        made = Sale(acme, buyer, week, await ordered(client, buyer, buyer.cart(week)))
        (session,) = stripe.sessions.values()
        assert session.shown()["url"] == made.payment["checkout_url"]
        assert session.amount == made.payment["payable_minor"]

        stripe.pay(session.id)
        body = event("checkout.session.completed", session.shown())
        path = f"/api/v1/webhooks/stripe/{acme.tenant_id}"
        forged = await client.post(path, headers=signed(body, secret="whsec_x"), content=body)
        assert forged.status_code == 400
        assert (await now(client, made))["status"] == "pending"
        for _ in range(3):
            told = await client.post(path, headers=signed(body), content=body)
            assert told.status_code == 200, told.text
        assert (await now(client, made))["status"] == "approved"
        assert await events(acme) == [("paid", "applied")]
        assert (await rows_of(acme))["tickets"] == 1

        back = await act_on(
            client,
            acme.headers,
            made.payment,
            "refunds",
            kind="amount",
            amount_minor=100,
            reason="Rain",
        )
        assert back.status_code == 201, back.text
        await work(acme, settings)
        assert [one.amount for one in stripe.refunds] == [100]
