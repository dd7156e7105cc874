"""SimpleFi, against a server of our own that keeps its rules; its notices prove nothing."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from app.api.shared.money import CURRENCIES, LARGEST_AMOUNT, decimal_text, minor_units
from app.services.payments.protocol import (
    CheckoutRequest,
    Notice,
    NoticeKind,
    ProviderRefused,
    ProviderUnavailable,
    RefundRequest,
    WebhookNotGenuine,
)
from app.services.payments.simplefi import SimplefiKeys, SimplefiProvider, _number
from tests.services.payments.fake_http import Listening, Trouble, serving
from tests.services.payments.fake_simplefi import KEY, FakeSimplefi, notice

PAYMENT = UUID("018f0000-0000-7000-8000-0000000000aa")
KEYS = SimplefiKeys(api_key=SecretStr(KEY))
NOTIFY = "https://api.example.org/webhooks/simplefi"


@pytest.fixture
def fake() -> FakeSimplefi:
    return FakeSimplefi()


@pytest.fixture
def listening(fake: FakeSimplefi) -> Iterator[Listening]:
    with serving(fake) as running:
        yield running


@pytest.fixture
def provider(listening: Listening) -> SimplefiProvider:
    return SimplefiProvider(KEYS, listening.url, notification_url=NOTIFY, timeout_seconds=10)


def order(
    *, amount_minor: int = 12_345, currency: str = "USD", captures_later: bool = False
) -> CheckoutRequest:
    return CheckoutRequest(
        payment_id=PAYMENT,
        amount_minor=amount_minor,
        currency=currency,
        description="Two passes for the summer",
        buyer_email="ada@example.org",
        expires_at=datetime.now(UTC) + timedelta(minutes=30),
        return_url="https://portal.example.org/orders/1",
        captures_later=captures_later,
    )


async def test_an_order_becomes_a_payment_request(
    provider: SimplefiProvider, fake: FakeSimplefi
) -> None:
    opened = await provider.open_checkout(order())

    (made,) = fake.requests.values()
    assert (opened.reference, opened.url) == (made.id, f"https://pay.simplefi.test/{made.id}")
    assert made.given == {
        "amount": 123.45,
        "currency": "USD",
        "memo": "Two passes for the summer",
        "reference": {"payment_id": str(PAYMENT), "email": "ada@example.org"},
        "redirect_urls": {
            "success_url": "https://portal.example.org/orders/1",
            "cancel_url": "https://portal.example.org/orders/1",
        },
        "notification_url": NOTIFY,
    }


async def test_without_an_address_for_notices_none_is_named(
    fake: FakeSimplefi, listening: Listening
) -> None:
    await SimplefiProvider(KEYS, listening.url).open_checkout(order())

    (made,) = fake.requests.values()
    assert "notification_url" not in made.given


@pytest.mark.parametrize(
    ("currency", "minor", "written"),
    [
        ("USD", 1, "0.01"),
        ("EUR", 10**9 + 1, "10000000.01"),
        ("JPY", 500, "500"),
        ("KWD", 7, ".007"),
    ],
)
async def test_amounts_are_written_in_major_units(
    provider: SimplefiProvider, fake: FakeSimplefi, currency: str, minor: int, written: str
) -> None:
    reference = (
        await provider.open_checkout(order(amount_minor=minor, currency=currency))
    ).reference
    fake.requests[reference].status = "approved"

    told = await provider.look_up(reference)

    assert fake.amount_of(reference) == Decimal(written)
    assert (told.amount_minor, told.currency) == (minor, currency)


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(1, LARGEST_AMOUNT))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_amount_is_ever_changed(currency: str, minor: int) -> None:
    on_the_wire = json.loads(json.dumps(_number(minor, currency)), parse_float=Decimal)

    assert on_the_wire == Decimal(decimal_text(minor_units(minor), currency))


async def test_a_page_over_another_amount_is_not_handed_on(
    provider: SimplefiProvider, fake: FakeSimplefi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.payments.simplefi._number", lambda *_: 999.99)

    with pytest.raises(ProviderRefused):
        await provider.open_checkout(order())

    assert len(fake.requests) == 1


@pytest.mark.parametrize("wraps", [False, True])
@pytest.mark.parametrize(
    ("status", "paid", "kind", "amount"),
    [
        ("pending", 0, NoticeKind.OTHER, None),
        ("pending", 123.45, NoticeKind.OTHER, None),
        ("approved", 123.45, NoticeKind.PAID, 12_345),
        ("approved", 123.4567891, NoticeKind.PAID, 12_345),
        ("expired", 0, NoticeKind.EXPIRED, None),
        ("expired", 123.44, NoticeKind.EXPIRED, None),
        ("expired", 123.45, NoticeKind.PAID, 12_345),
        ("cancelled", 0, NoticeKind.CANCELLED, None),
        ("rejected", 0, NoticeKind.FAILED, None),
        ("something_new", 123.45, NoticeKind.OTHER, None),
    ],
)
async def test_how_things_stand_is_told(
    provider: SimplefiProvider,
    fake: FakeSimplefi,
    wraps: bool,
    status: str,
    paid: float,
    kind: NoticeKind,
    amount: int | None,
) -> None:
    fake.wraps = wraps
    reference = (await provider.open_checkout(order())).reference
    fake.requests[reference].status = status
    fake.requests[reference].paid = paid

    told = await provider.look_up(reference)

    assert told == Notice(
        event_id=f"{reference}:{kind}",
        kind=kind,
        reference=reference,
        amount_minor=amount,
        currency="USD" if amount else None,
    )
    assert await provider.look_up(reference) == told


@pytest.mark.parametrize("reference", ["nobodys", "", "../merchants", "a/b", "a?b=1", "a" * 101])
async def test_an_unknown_checkout_is_a_refusal(provider: SimplefiProvider, reference: str) -> None:
    with pytest.raises(ProviderRefused):
        await provider.look_up(reference)


async def test_a_notice_is_looked_up_and_never_believed(
    provider: SimplefiProvider, fake: FakeSimplefi
) -> None:
    reference = (await provider.open_checkout(order())).reference

    claimed = await provider.read_notice({}, notice(reference))
    fake.requests[reference].status = "approved"
    true = await provider.read_notice({}, notice(reference))

    assert claimed.kind is NoticeKind.OTHER
    assert (true.kind, true.amount_minor, true.currency) == (NoticeKind.PAID, 12_345, "USD")
    assert true == await provider.look_up(reference)


@pytest.mark.parametrize("named", ["nobodys", "../merchants", "x/y", "x?y", "x#y", "%2e%2e", ""])
async def test_what_names_nothing_of_ours_is_not_genuine(
    provider: SimplefiProvider, listening: Listening, named: str
) -> None:
    with pytest.raises(WebhookNotGenuine):
        await provider.read_notice({}, notice(named))

    assert {one.path for one in listening.asked} <= {"/payment_requests/nobodys"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b"{}",
        b'{"data": {}}',
        b'{"data": 1}',
        b"[" * 5000,
        b'{"data": {"payment_request": {"id": 7}}}',
    ],
)
async def test_what_cannot_be_read_is_not_genuine(
    provider: SimplefiProvider, listening: Listening, body: bytes
) -> None:
    with pytest.raises(WebhookNotGenuine):
        await provider.read_notice({}, body)

    assert listening.asked == []


async def test_closing_asks_nothing_and_changes_nothing(
    provider: SimplefiProvider, fake: FakeSimplefi, listening: Listening
) -> None:
    reference = (await provider.open_checkout(order())).reference
    listening.asked.clear()

    await provider.close_checkout(reference)
    await provider.close_checkout(reference)

    assert listening.asked == []
    assert fake.requests[reference].status == "pending"


async def test_what_simplefi_cannot_do_is_refused_unasked(
    provider: SimplefiProvider, listening: Listening
) -> None:
    refund = RefundRequest(refund_id=PAYMENT, reference="x", amount_minor=1, currency="USD")
    with pytest.raises(ProviderRefused, match="by hand"):
        await provider.refund(refund)
    with pytest.raises(ProviderRefused):
        await provider.capture("x", 1)
    with pytest.raises(ProviderRefused):
        await provider.open_checkout(order(captures_later=True))

    assert listening.asked == []


@pytest.mark.parametrize("trouble", [one for one in Trouble if one is not Trouble.NONE])
async def test_no_answer_that_counts_is_unavailable(
    provider: SimplefiProvider, fake: FakeSimplefi, listening: Listening, trouble: Trouble
) -> None:
    reference = (await provider.open_checkout(order())).reference
    fake.requests[reference].status = "approved"
    listening.trouble = trouble
    hasty = SimplefiProvider(KEYS, listening.url, timeout_seconds=0.3)
    asked = hasty if trouble is Trouble.SILENT else provider

    with pytest.raises(ProviderUnavailable):
        await asked.look_up(reference)
    with pytest.raises(ProviderUnavailable):
        await asked.open_checkout(order())
    with pytest.raises(ProviderUnavailable):
        await asked.read_notice({}, notice(reference))


@pytest.mark.parametrize(
    "answer",
    [
        {"amount": 123.456},
        {"amount": "NaN"},
        {"amount": "1e400"},
        {"amount": -1e20},
        {"currency": "ZZZ"},
        {"id": "another"},
        {"status": None},
    ],
)
async def test_an_answer_that_makes_no_sense_is_unavailable(
    provider: SimplefiProvider, fake: FakeSimplefi, answer: dict[str, str | float | None]
) -> None:
    reference = (await provider.open_checkout(order())).reference
    made = fake.requests[reference]
    shown = made.shown() | answer
    made.shown = lambda: shown  # type: ignore[method-assign]  # this one answers nonsense

    with pytest.raises(ProviderUnavailable):
        await provider.look_up(reference)


async def test_nobody_at_the_address_is_unavailable() -> None:
    with pytest.raises(ProviderUnavailable):
        await SimplefiProvider(KEYS, "http://127.0.0.1:1").look_up("x")


async def test_wrong_keys_are_a_refusal_that_shows_no_key(
    listening: Listening, fake: FakeSimplefi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    keys = SimplefiKeys(api_key=SecretStr("simplefi_secret_of_acme"))
    provider = SimplefiProvider(keys, listening.url)

    with pytest.raises(ProviderRefused) as refused:
        await provider.open_checkout(order())
    with pytest.raises(ProviderUnavailable):
        await provider.read_notice({}, notice("x"))

    shown = f"{refused.value}{keys!r}{keys}{vars(provider)}{caplog.text}"
    assert "simplefi_secret" not in shown
    assert fake.requests == {}


async def test_an_order_simplefi_will_not_take_is_refused(provider: SimplefiProvider) -> None:
    with pytest.raises(ProviderRefused, match="422"):
        await provider.open_checkout(order(amount_minor=0))


def test_keys_are_read_from_what_is_kept_and_never_shown() -> None:
    keys = SimplefiKeys.model_validate_json(json.dumps({"api_key": KEY}))

    assert keys == KEYS
    assert KEY not in f"{keys!r} {keys} {keys.model_dump_json()}"
