"""Opening and closing pages at Stripe."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from app.api.shared.money import CURRENCIES
from app.services.payments.protocol import (
    NoticeKind,
    ProviderRefused,
    ProviderUnavailable,
)
from app.services.payments.stripe import StripeProvider
from app.services.payments.stripe_objects import (
    HUNDREDS_AT_STRIPE,
    WRITTEN_IN_TENS,
    from_stripe,
    to_stripe,
)
from tests.services.payments.fake_http import Listening, Trouble, now, serving
from tests.services.payments.fake_stripe import (
    FakeStripe,
)
from tests.services.payments.stripe_cases import KEYS, PAYMENT, held, order, paid


async def test_an_order_becomes_one_line_over_the_whole_amount(
    provider: StripeProvider, fake: FakeStripe, listening: Listening
) -> None:
    request = order()

    opened = await provider.open_checkout(request)

    assert opened.reference in fake.sessions
    assert opened.url == f"https://checkout.stripe.test/{opened.reference}"
    (asked,) = listening.asked
    assert (asked.method, asked.path) == ("POST", "/v1/checkout/sessions")
    assert asked.headers["idempotency-key"] == f"checkout-{PAYMENT}-12345-EUR"
    assert dict(parse_qsl(asked.body.decode())) == {
        "mode": "payment",
        "client_reference_id": str(PAYMENT),
        "metadata[payment_id]": str(PAYMENT),
        "customer_email": "ada@example.org",
        "success_url": "https://portal.example.org/orders/1",
        "cancel_url": "https://portal.example.org/orders/1",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "12345",
        "line_items[0][price_data][product_data][name]": "Two passes for the summer",
        "payment_intent_data[metadata][payment_id]": str(PAYMENT),
        "payment_intent_data[capture_method]": "automatic",
        "expires_at": str(int((request.expires_at + timedelta(minutes=31)).timestamp())),
    }


@pytest.mark.parametrize("minutes", [0.1, 1, 30, 60, 23 * 60, 23.5 * 60, 24 * 60, 30 * 24 * 60])
async def test_an_end_is_named_where_stripe_allows_it(
    provider: StripeProvider, fake: FakeStripe, minutes: float
) -> None:
    request = order(minutes=minutes)

    opened = await provider.open_checkout(request)

    expected = min(request.expires_at.timestamp() + 31 * 60, now() + 24 * 3600)
    assert abs(fake.sessions[opened.reference].expires_at - expected) <= 2


async def test_the_same_order_gets_the_same_page(
    provider: StripeProvider, fake: FakeStripe, listening: Listening
) -> None:
    request = order()
    listening.trouble = Trouble.LOST
    with pytest.raises(ProviderUnavailable):
        await provider.open_checkout(request)
    listening.trouble = Trouble.NONE

    opened = await asyncio.gather(*(provider.open_checkout(request) for _ in range(5)))

    assert set(fake.sessions) == {one.reference for one in opened}
    assert len(fake.sessions) == 1


async def test_a_page_opened_long_before_its_end_could_be_named_is_found_again(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    early = order(minutes=24 * 60)
    first = await provider.open_checkout(early)
    fake.remembered = {
        key: ({name: value for name, value in form.items() if name != "expires_at"}, answer)
        for key, (form, answer) in fake.remembered.items()
    }

    again = await provider.open_checkout(order(minutes=60))

    assert again == first
    assert len(fake.sessions) == 1


async def test_the_sdk_itself_asks_again_and_nothing_is_done_twice(
    fake: FakeStripe, listening: Listening
) -> None:
    patient = StripeProvider(KEYS, listening.url, retries=1)
    listening.trouble = Trouble.LOST

    with pytest.raises(ProviderUnavailable):
        await patient.open_checkout(order())

    assert len(listening.asked) == 2
    assert len(fake.sessions) == 1


async def test_another_amount_is_another_page(provider: StripeProvider, fake: FakeStripe) -> None:
    await provider.open_checkout(order())
    await provider.open_checkout(order(amount_minor=1))

    assert sorted(session.amount for session in fake.sessions.values()) == [1, 12_345]


async def test_a_page_that_is_closed_is_not_opened_again(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    request = order()
    opened = await provider.open_checkout(request)
    await provider.close_checkout(opened.reference)
    fake.remembered = {
        key: (form, type(answer)(200, fake.sessions[opened.reference].shown()))
        for key, (form, answer) in fake.remembered.items()
    }

    with pytest.raises(ProviderRefused):
        await provider.open_checkout(request)


@pytest.mark.parametrize(
    ("currency", "minor", "at_stripe"),
    [
        ("EUR", 1, 1),
        ("JPY", 500, 500),
        ("KRW", 1, 1),
        ("ISK", 500, 50_000),
        ("UGX", 7, 700),
        ("MGA", 700, 7),
        ("KWD", 1230, 1230),
        ("HUF", 4510, 4510),
    ],
)
async def test_amounts_are_written_as_stripe_counts(
    provider: StripeProvider, fake: FakeStripe, currency: str, minor: int, at_stripe: int
) -> None:
    opened = await provider.open_checkout(order(amount_minor=minor, currency=currency))

    session = fake.sessions[opened.reference]
    assert (session.amount, session.currency) == (at_stripe, currency.lower())
    fake.pay(opened.reference)
    seen = await provider.look_up(opened.reference)
    assert (seen.amount_minor, seen.currency) == (minor, currency)


@pytest.mark.parametrize(("currency", "minor"), [("MGA", 701), ("KWD", 1231), ("TND", 5)])
async def test_what_stripe_cannot_take_exactly_is_refused_and_not_rounded(
    provider: StripeProvider, listening: Listening, currency: str, minor: int
) -> None:
    with pytest.raises(ProviderRefused):
        await provider.open_checkout(order(amount_minor=minor, currency=currency))

    assert listening.asked == []


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(1, 10**12))
def test_no_amount_is_ever_changed(currency: str, minor: int) -> None:
    try:
        at_stripe = to_stripe(minor, currency)
    except ProviderRefused:
        assert (currency == "MGA" and minor % 100) or (currency in WRITTEN_IN_TENS and minor % 10)
        return
    assert from_stripe(at_stripe, currency) == minor
    if currency not in HUNDREDS_AT_STRIPE:
        assert at_stripe == minor


async def test_closing_lets_nobody_pay_any_more(provider: StripeProvider, fake: FakeStripe) -> None:
    reference = (await provider.open_checkout(order())).reference

    await provider.close_checkout(reference)
    await provider.close_checkout(reference)

    assert fake.sessions[reference].status == "expired"
    assert (await provider.look_up(reference)).kind is NoticeKind.EXPIRED


async def test_closing_what_is_paid_leaves_it_paid(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    reference = await paid(provider, fake)

    await provider.close_checkout(reference)

    assert (await provider.look_up(reference)).kind is NoticeKind.PAID
    assert fake.refunds == []


async def test_closing_what_was_paid_a_moment_ago_leaves_it_paid(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    reference = (await provider.open_checkout(order())).reference
    fake.before_change = lambda: fake.pay(reference)

    await provider.close_checkout(reference)

    assert (await provider.look_up(reference)).kind is NoticeKind.PAID


async def test_closing_releases_what_is_held(provider: StripeProvider, fake: FakeStripe) -> None:
    reference = await held(provider, fake)

    await provider.close_checkout(reference)
    await provider.close_checkout(reference)

    assert (await provider.look_up(reference)).kind is NoticeKind.CANCELLED


async def test_closing_releases_what_was_held_a_moment_ago(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    reference = (await provider.open_checkout(order(captures_later=True))).reference
    fake.before_change = lambda: fake.pay(reference)

    await provider.close_checkout(reference)

    assert (await provider.look_up(reference)).kind is NoticeKind.CANCELLED


async def test_closing_what_was_captured_a_moment_ago_leaves_it(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    reference = await held(provider, fake)
    intent = fake.sessions[reference].intent
    assert intent is not None
    fake.before_change = lambda: intent.take(12_345)

    await provider.close_checkout(reference)

    assert (await provider.look_up(reference)).kind is NoticeKind.PAID


async def test_closing_with_a_wrong_key_is_asked_again_later(fake: FakeStripe) -> None:
    with serving(fake) as listening:
        keys = KEYS.model_copy(update={"secret_key": SecretStr("sk_test_wrong")})
        with pytest.raises(ProviderUnavailable):
            await StripeProvider(keys, listening.url, retries=0).close_checkout("cs_test_1")
