"""What Stripe tells, and what only says that it comes from Stripe."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.payments.protocol import (
    Notice,
    NoticeKind,
    ProviderUnavailable,
    WebhookNotGenuine,
)
from app.services.payments.stripe import StripeProvider
from tests.services.payments.fake_http import Listening, Trouble, now
from tests.services.payments.fake_stripe import (
    FakeStripe,
    event,
    signed,
)
from tests.services.payments.stripe_cases import KEYS, held, order, paid, refund_of


async def test_events_of_a_session_need_no_question(
    provider: StripeProvider, fake: FakeStripe, listening: Listening
) -> None:
    reference = await paid(provider, fake)
    about = fake.sessions[reference].shown()
    listening.asked.clear()

    async def read(kind: str) -> Notice:
        body = event(kind, about)
        return await provider.read_notice(signed(body), body)

    assert await read("checkout.session.completed") == Notice(
        event_id="evt_1",
        kind=NoticeKind.PAID,
        reference=reference,
        amount_minor=12_345,
        currency="EUR",
    )
    kinds = {
        "checkout.session.async_payment_succeeded": NoticeKind.PAID,
        "checkout.session.async_payment_failed": NoticeKind.FAILED,
        "checkout.session.expired": NoticeKind.EXPIRED,
    }
    for kind, expected in kinds.items():
        told = await read(kind)
        assert (told.kind, told.reference) == (expected, reference)
    assert listening.asked == []


@pytest.mark.parametrize("captures_later", [False, True])
async def test_a_session_completed_without_money_is_not_paid(
    provider: StripeProvider, fake: FakeStripe, captures_later: bool
) -> None:
    reference = (await provider.open_checkout(order(captures_later=captures_later))).reference
    fake.pay(reference, is_slow=True)
    body = event("checkout.session.completed", fake.sessions[reference].shown())

    told = await provider.read_notice(signed(body), body)

    assert (told.kind, told.reference, told.amount_minor) == (NoticeKind.OTHER, reference, None)


async def test_events_of_an_intent_find_their_session(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    reference = await held(provider, fake)
    intent = fake.sessions[reference].intent
    assert intent is not None

    async def read(kind: str) -> tuple[NoticeKind, str, int | None, str | None]:
        about = intent.charge() if kind.startswith("charge") else intent.shown()
        body = event(kind, about)
        told = await provider.read_notice(signed(body), body)
        return told.kind, told.reference, told.amount_minor, told.currency

    on_hold = await read("payment_intent.amount_capturable_updated")
    await provider.capture(reference, 12_345)
    assert await read("payment_intent.succeeded") == (NoticeKind.PAID, reference, 12_345, "EUR")
    await provider.refund(refund_of(reference, 345))

    assert on_hold == (NoticeKind.HELD, reference, 12_345, "EUR")
    assert await read("charge.refunded") == (NoticeKind.REFUNDED, reference, 345, "EUR")
    assert await read("payment_intent.canceled") == (NoticeKind.CANCELLED, reference, None, None)


async def test_events_that_no_order_waits_for_are_others(
    provider: StripeProvider, fake: FakeStripe, listening: Listening
) -> None:
    reference = await paid(provider, fake)
    intent = fake.sessions[reference].intent
    assert intent is not None
    listening.asked.clear()

    for kind in (
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "customer.created",
        "charge.dispute.created",
    ):
        body = event(kind, intent.shown())
        assert (await provider.read_notice(signed(body), body)).kind is NoticeKind.OTHER
    assert listening.asked == []


async def test_an_intent_of_something_else_in_the_account_is_no_order(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    reference = await held(provider, fake)
    intent = fake.sessions[reference].intent
    assert intent is not None
    body = event("payment_intent.canceled", intent.shown())
    fake.sessions.clear()

    told = await provider.read_notice(signed(body), body)

    assert (told.kind, told.reference) == (NoticeKind.OTHER, intent.id)


async def test_a_notice_that_cannot_be_placed_now_comes_again(
    provider: StripeProvider, fake: FakeStripe, listening: Listening
) -> None:
    reference = await held(provider, fake)
    intent = fake.sessions[reference].intent
    assert intent is not None
    body = event("payment_intent.canceled", intent.shown())

    listening.trouble = Trouble.BROKEN
    with pytest.raises(ProviderUnavailable):
        await provider.read_notice(signed(body), body)
    listening.trouble = Trouble.NONE
    fake.key = "sk_test_another"
    with pytest.raises(ProviderUnavailable):
        await provider.read_notice(signed(body), body)


async def test_only_what_stripe_signed_lately_is_believed(
    provider: StripeProvider, fake: FakeStripe, listening: Listening
) -> None:
    reference = await paid(provider, fake)
    body = event("checkout.session.completed", fake.sessions[reference].shown())
    listening.asked.clear()
    good = signed(body)["stripe-signature"]
    stamp, proof = good.split(",")
    dearer = body.replace(b"12345", b"12346")
    assert dearer != body

    forged: list[tuple[dict[str, str], bytes]] = [
        ({}, body),
        ({"stripe-signature": ""}, body),
        ({"stripe-signature": "nonsense"}, body),
        ({"stripe-signature": stamp}, body),
        ({"stripe-signature": proof}, body),
        ({"stripe-signature": f"{stamp},v0={proof[3:]}"}, body),
        ({"stripe-signature": f"{stamp},v1={'0' * 64}"}, body),
        ({"stripe-signature": f"{stamp},v1=\u00e9"}, body),
        ({"stripe-signature": f"t={now() + 1},{proof}"}, body),
        ({"stripe-signature": f"t={'9' * 5000},{proof}"}, body),
        (signed(body, secret="whsec_another"), body),
        (signed(body, at=now() - 302), body),
        (signed(body), dearer),
        (signed(body), body + b" "),
        (signed(body), b""),
        (signed(body), b"\xff\xfe"),
    ]
    for headers, sent in forged:
        with pytest.raises(WebhookNotGenuine):
            await provider.read_notice(headers, sent)
    for at in (now() - 290, now()):
        told = await provider.read_notice(signed(body, at=at), body)
        assert told.kind is NoticeKind.PAID
    assert listening.asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b'{"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {}}}',
        b'{"id": "evt_1", "type": "checkout.session.completed", "data": []}',
        b'{"id": "evt_1", "type": "charge.refunded", "data": {"object": {"id": "ch_1"}}}',
    ],
)
async def test_what_is_signed_and_unreadable_is_refused(
    provider: StripeProvider, body: bytes
) -> None:
    with pytest.raises(WebhookNotGenuine):
        await provider.read_notice(signed(body), body)


async def test_an_amount_stripe_cannot_have_is_not_read(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    opened = await provider.open_checkout(order(amount_minor=5, currency="ISK"))
    fake.pay(opened.reference)
    about = fake.sessions[opened.reference].shown() | {"amount_total": 501}
    body = event("checkout.session.completed", about)

    with pytest.raises(WebhookNotGenuine):
        await provider.read_notice(signed(body), body)


@given(st.binary(max_size=200), st.text(max_size=80))
@settings(max_examples=200)
def test_no_bytes_make_a_notice_or_an_accident(body: bytes, signature: str) -> None:
    provider = StripeProvider(KEYS, "http://127.0.0.1:1", retries=0)

    with pytest.raises(WebhookNotGenuine):
        asyncio.run(provider.read_notice({"stripe-signature": signature}, body))
