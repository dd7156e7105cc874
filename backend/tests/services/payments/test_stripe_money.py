"""Holding, taking and giving back, and how things stand."""

import asyncio

import pytest

from app.services.payments.protocol import (
    NoticeKind,
    ProviderRefused,
    ProviderUnavailable,
    RefundRequest,
    SentRefund,
)
from app.services.payments.stripe import StripeProvider
from tests.services.payments.fake_http import Listening, Trouble
from tests.services.payments.fake_stripe import (
    FakeRefund,
    FakeStripe,
)
from tests.services.payments.stripe_cases import PAYMENT, REFUND, held, order, paid, refund_of


async def test_a_held_amount_is_captured_once(provider: StripeProvider, fake: FakeStripe) -> None:
    reference = await held(provider, fake)
    before = await provider.look_up(reference)

    await provider.capture(reference, 12_345)
    await provider.capture(reference, 12_345)

    after = await provider.look_up(reference)
    assert (before.kind, before.amount_minor) == (NoticeKind.HELD, 12_345)
    assert (after.kind, after.amount_minor) == (NoticeKind.PAID, 12_345)
    assert before.event_id != after.event_id


async def test_a_capture_whose_answer_was_lost_is_repeated(
    provider: StripeProvider, fake: FakeStripe, listening: Listening
) -> None:
    reference = await held(provider, fake)
    intent = fake.sessions[reference].intent
    assert intent is not None
    intent.take(12_345)
    listening.asked.clear()

    await provider.capture(reference, 12_345)

    assert [one.method for one in listening.asked] == ["GET"]


async def test_only_what_is_held_is_captured(provider: StripeProvider, fake: FakeStripe) -> None:
    unpaid = (await provider.open_checkout(order(captures_later=True))).reference
    with pytest.raises(ProviderRefused):
        await provider.capture(unpaid, 12_345)

    fake.pay(unpaid)
    with pytest.raises(ProviderRefused):
        await provider.capture(unpaid, 12_346)

    await provider.close_checkout(unpaid)
    with pytest.raises(ProviderRefused):
        await provider.capture(unpaid, 12_345)


async def test_a_part_of_what_is_held_can_be_captured(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    reference = await held(provider, fake)

    await provider.capture(reference, 45)

    assert (await provider.look_up(reference)).amount_minor == 45
    with pytest.raises(ProviderRefused):
        await provider.capture(reference, 12_345)


async def test_a_refund_is_sent_once(
    provider: StripeProvider, fake: FakeStripe, listening: Listening
) -> None:
    reference = await paid(provider, fake)
    listening.asked.clear()

    first = await provider.refund(refund_of(reference))
    second = await provider.refund(refund_of(reference))
    fake.forget_keys()
    third = await provider.refund(refund_of(reference))

    assert first == second == third == SentRefund(reference=fake.refunds[0].id, is_done=True)
    assert [one.amount for one in fake.refunds] == [345]
    keys = [one.headers.get("idempotency-key") for one in listening.asked if one.method == "POST"]
    assert keys == [f"refund-{REFUND}-0"]


async def test_a_refund_whose_answer_was_lost_is_sent_once(
    provider: StripeProvider, fake: FakeStripe, listening: Listening
) -> None:
    reference = await paid(provider, fake)
    listening.trouble = Trouble.LOST
    with pytest.raises(ProviderUnavailable):
        await provider.refund(refund_of(reference))
    listening.trouble = Trouble.NONE

    await asyncio.gather(*(provider.refund(refund_of(reference)) for _ in range(4)))

    assert [one.amount for one in fake.refunds] == [345]


async def test_a_refund_is_found_among_many(provider: StripeProvider, fake: FakeStripe) -> None:
    reference = await paid(provider, fake)
    intent = fake.sessions[reference].intent
    assert intent is not None
    fake.refunds += [FakeRefund(f"re_o{i}", intent.id, 1, {"refund_id": f"{i}"}) for i in range(5)]
    fake.refunds.append(FakeRefund("re_ours", intent.id, 345, {"refund_id": str(REFUND)}))

    sent = await provider.refund(refund_of(reference))

    assert sent == SentRefund(reference="re_ours", is_done=True)
    assert len(fake.refunds) == 6


@pytest.mark.parametrize("amount", [12_346, 10**9])
async def test_more_than_was_paid_is_not_sent_back(
    provider: StripeProvider, fake: FakeStripe, amount: int
) -> None:
    reference = await paid(provider, fake)

    with pytest.raises(ProviderRefused, match="charge_already_refunded"):
        await provider.refund(refund_of(reference, amount))

    assert fake.refunds == []


async def test_what_was_not_paid_or_in_another_currency_is_not_sent_back(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    unpaid = (await provider.open_checkout(order())).reference
    with pytest.raises(ProviderRefused):
        await provider.refund(refund_of(unpaid))
    fake.pay(unpaid)
    with pytest.raises(ProviderRefused):
        await provider.refund(refund_of(unpaid, currency="USD"))

    assert fake.refunds == []


@pytest.mark.parametrize(("status", "is_done"), [("pending", False), ("requires_action", False)])
async def test_a_refund_may_be_under_way(
    provider: StripeProvider, fake: FakeStripe, status: str, is_done: bool
) -> None:
    fake.refund_status = status
    reference = await paid(provider, fake)

    assert (await provider.refund(refund_of(reference))).is_done is is_done


@pytest.mark.parametrize("status", ["failed", "canceled"])
async def test_a_refund_that_failed_is_a_refusal_and_can_be_tried_again(
    provider: StripeProvider, fake: FakeStripe, status: str
) -> None:
    fake.refund_status = status
    reference = await paid(provider, fake)

    for _ in range(2):
        with pytest.raises(ProviderRefused, match=status):
            await provider.refund(refund_of(reference))
    fake.refund_status = "succeeded"
    sent = [await provider.refund(refund_of(reference)) for _ in range(2)]

    assert [one.status for one in fake.refunds] == [status, status, "succeeded"]
    assert {one.reference for one in sent} == {fake.refunds[2].id}
    assert all(one.is_done for one in sent)


async def test_the_same_refund_over_another_amount_is_a_refusal(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    reference = await paid(provider, fake)
    await provider.refund(refund_of(reference))

    with pytest.raises(ProviderRefused):
        await provider.refund(refund_of(reference, 346))

    assert [one.amount for one in fake.refunds] == [345]


async def test_how_things_stand_is_told_at_every_stage(
    provider: StripeProvider, fake: FakeStripe
) -> None:
    reference = (await provider.open_checkout(order())).reference
    open_, open_again = await provider.look_up(reference), await provider.look_up(reference)
    fake.pay(reference, is_slow=True)
    slow = await provider.look_up(reference)
    fake.settle(reference, is_good=False)
    failed = await provider.look_up(reference)
    fake.settle(reference)
    arrived = await provider.look_up(reference)
    await provider.refund(refund_of(reference, 345))
    in_part = await provider.look_up(reference)
    await provider.refund(
        RefundRequest(refund_id=PAYMENT, reference=reference, amount_minor=12_000, currency="EUR")
    )
    in_full = await provider.look_up(reference)

    told = [open_, slow, failed, arrived, in_full]
    assert open_ == open_again
    assert arrived == in_part
    assert len({one.event_id for one in told}) == len(told)
    assert [(one.kind, one.amount_minor, one.currency) for one in told] == [
        (NoticeKind.OTHER, None, None),
        (NoticeKind.OTHER, None, None),
        (NoticeKind.FAILED, None, None),
        (NoticeKind.PAID, 12_345, "EUR"),
        (NoticeKind.REFUNDED, 12_345, "EUR"),
    ]
    assert {one.reference for one in told} == {reference}


async def test_an_unknown_checkout_is_a_refusal(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused, match="resource_missing"):
        await provider.look_up("cs_test_nobodys")
