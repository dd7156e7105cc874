"""Deposits where things overtake one another: late, repeated, refused, given up, sent back."""

import asyncio

import httpx
import pytest

from app.core.config import Settings
from app.services.payments.protocol import NoticeKind, ProviderRefused, ProviderUnavailable
from app.services.sandbox import SandboxProvider
from tests.api.card_hold.deposits import DEPOSIT, at_sandbox, waiting
from tests.api.payment.buying import ordered
from tests.api.payment.selling import events, work
from tests.factories import make_product
from tests.probing import kind_of
from tests.worlds import TenantWorld


async def test_twenty_notices_in_any_order_hold_and_take_a_deposit_once(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    one = await waiting(client, acme)
    hold = await one.opened()

    outcomes = await asyncio.gather(
        *(
            one.tell(hold, kind, event_id=kind)
            for kind in (NoticeKind.PAID, NoticeKind.HELD)
            for _ in range(10)
        )
    )

    assert sorted(outcomes) == ["applied"] * 2 + ["repeated"] * 18
    assert await one.statuses() == ["captured"]
    assert await one.credit() == (DEPOSIT, [DEPOSIT])


@pytest.mark.parametrize(
    "changes",
    [{"amount_minor": DEPOSIT - 1}, {"amount_minor": DEPOSIT + 1}, {"currency": "USD"}],
    ids=["less", "more", "another currency"],
)
@pytest.mark.parametrize("kind", [NoticeKind.HELD, NoticeKind.PAID])
async def test_a_notice_of_another_amount_changes_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, kind: NoticeKind, changes: dict[str, object]
) -> None:
    one = await waiting(client, acme)
    hold = await one.opened()

    outcome = await one.tell(hold, kind, **changes)

    assert outcome == "wrong_amount"
    assert await events(acme) == [(kind, "wrong_amount")]
    assert await one.now() == [hold]
    assert await one.credit() == (0, [])


async def test_whoever_withdraws_before_the_capture_was_sent_has_the_card_released(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    await one.submitted()
    await one.decide("accept")

    await one.move("withdraw")

    await work(acme, settings)
    assert await one.statuses() == ["released"]
    assert await at_sandbox(acme) == ["cancelled"]
    assert await one.credit() == (0, [])


async def test_what_was_captured_is_not_released_and_serves_whoever_comes_back(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    await one.submitted()
    await one.decide("accept")
    await work(acme, settings)

    await one.move("withdraw")
    await work(acme, settings)
    after = await one.statuses()
    await one.move("resume")
    submitted = await one.move("submit")

    assert after == ["captured"]
    assert await at_sandbox(acme) == ["paid"]
    assert submitted.json()["status"] == "in_review"
    assert (await one.ask()).json()["status"] == "captured"
    assert await one.credit() == (DEPOSIT, [DEPOSIT])


async def test_whoever_is_turned_down_and_reopened_may_have_another_deposit_held(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    await one.submitted()
    await one.decide("reject")
    await work(acme, settings)
    await one.decide("reopen")

    await one.held()
    await one.decide("accept")
    await work(acme, settings)

    assert await one.statuses() == ["released", "captured"]
    assert await at_sandbox(acme) == ["cancelled", "paid"]
    assert await one.credit() == (DEPOSIT, [DEPOSIT])


async def test_what_the_bank_gives_up_leaves_the_application_and_may_be_held_anew(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    hold = await one.submitted()

    await one.press(hold, "let-go")

    given_up, status = await one.statuses(), await one.status()
    await one.held()
    await one.decide("accept")
    await work(acme, settings)
    assert (given_up, status) == (["expired"], "in_review")
    assert await one.statuses() == ["expired", "captured"]
    assert await one.credit() == (DEPOSIT, [DEPOSIT])


async def test_an_application_is_accepted_though_nothing_is_held_any_more(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    hold = await one.submitted()
    await one.press(hold, "let-go")

    await one.decide("accept")

    await work(acme, settings)
    assert await one.status() == "accepted"
    assert await one.statuses() == ["expired"]
    assert await one.credit() == (0, [])


async def test_an_acceptance_while_the_page_waits_closes_it(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    hold = await one.submitted()
    await one.press(hold, "let-go")
    second = await one.opened()

    await one.decide("accept")

    before = await one.statuses()
    await work(acme, settings)
    assert before == ["expired", "releasing"]
    assert await one.statuses() == ["expired", "released"]
    assert kind_of(await one.press(second, "pay")) == (409, "sandbox-checkout-over")
    assert await one.credit() == (0, [])


async def test_a_card_named_after_the_decision_is_released(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    hold = await one.opened()
    withdrawn = await one.move("withdraw")
    assert withdrawn.status_code == 200, withdrawn.text

    await one.press(hold, "pay")

    assert await one.statuses() == ["releasing"]
    await work(acme, settings)
    assert await one.statuses() == ["released"]
    assert await at_sandbox(acme) == ["cancelled"]


@pytest.mark.parametrize("trouble", [ProviderRefused, ProviderUnavailable])
async def test_what_cannot_be_captured_is_kept_as_failed_and_counts_when_it_comes_after_all(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    trouble: type[Exception],
) -> None:
    one = await waiting(client, acme)
    hold = await one.submitted()
    await one.decide("accept")

    async def away(_: SandboxProvider, __: str, ___: int) -> None:
        raise trouble

    with monkeypatch.context() as patch:
        patch.setattr(SandboxProvider, "capture", away)
        await work(acme, settings.model_copy(update={"job_max_attempts": 1}))
    failed, credit = await one.statuses(), await one.credit()
    again = await one.tell(hold, NoticeKind.HELD)
    still = await one.statuses()
    late = await one.tell(hold, NoticeKind.PAID)

    assert (failed, credit) == (["failed"], (0, []))
    listed = await client.get("/api/v1/card-holds?status=failed", headers=acme.headers)
    assert (again, still) == ("applied", ["failed"])
    assert late == "applied"
    assert listed.json()["results"] == []
    assert await one.status() == "accepted"
    assert await one.statuses() == ["captured"]
    assert await one.credit() == (DEPOSIT, [DEPOSIT])


async def test_a_capture_that_cannot_be_sent_now_is_sent_again(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = await waiting(client, acme)
    await one.submitted()
    await one.decide("accept")
    capture, asked = SandboxProvider.capture, []

    async def lost(provider: SandboxProvider, reference: str, amount_minor: int) -> None:
        asked.append(amount_minor)
        await capture(provider, reference, amount_minor)
        if len(asked) == 1:
            raise ProviderUnavailable

    monkeypatch.setattr(SandboxProvider, "capture", lost)
    for _ in range(3):
        await work(acme, settings)

    assert asked in ([DEPOSIT], [DEPOSIT, DEPOSIT])
    assert await one.statuses() == ["captured"]
    assert await one.credit() == (DEPOSIT, [DEPOSIT])


async def test_a_provider_that_never_answers_does_not_keep_a_page_waiting_for_ever(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = await waiting(client, acme)
    await one.opened()

    async def away(_: SandboxProvider, __: str) -> None:
        raise ProviderUnavailable

    monkeypatch.setattr(SandboxProvider, "look_up", away)
    await work(acme, settings)
    waits = await one.statuses()
    await work(acme, settings.model_copy(update={"job_max_attempts": 1}))

    assert waits == ["opening"]
    assert await one.statuses() == ["expired"]


async def test_a_deposit_whose_notice_was_lost_is_asked_for_before_its_page_lapses(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
) -> None:
    one = await waiting(client, acme)
    await one.opened()
    async with acme.session() as session:
        await session.fetch("UPDATE app.sandbox_checkouts SET status = 'held'", {})

    await work(acme, settings)

    assert await one.statuses() == ["held"]
    assert (await one.move("submit")).status_code == 200


async def test_what_is_sent_back_at_the_providers_desk_is_credit_no_more(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    hold = await one.submitted()
    await one.decide("accept")
    await work(acme, settings)

    in_part = await one.tell(hold, NoticeKind.REFUNDED, amount_minor=1_000)
    echo = await one.tell(hold, NoticeKind.REFUNDED, amount_minor=1_000)
    (partly,) = await one.now()
    await one.press(hold, "refund")
    (wholly,) = await one.now()

    assert (in_part, echo) == ("applied", "applied")
    assert (partly["status"], partly["returned_minor"]) == ("captured", 1_000)
    assert (wholly["status"], wholly["returned_minor"]) == ("captured", DEPOSIT)
    assert await one.credit() == (0, [DEPOSIT, -1_000, 1_000 - DEPOSIT])


async def test_a_refund_told_before_its_capture_counts_as_both(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    one = await waiting(client, acme)
    hold = await one.submitted()
    await one.decide("accept")

    outcome = await one.tell(hold, NoticeKind.REFUNDED)
    late = await one.tell(hold, NoticeKind.PAID)

    assert (outcome, late) == ("applied", "applied")
    assert await one.credit() == (0, [DEPOSIT, -DEPOSIT])


async def test_credit_that_is_spent_is_not_taken_back_and_staff_have_to_look(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    week = await make_product(client, acme, one.popup)
    hold = await one.submitted()
    await one.decide("accept")
    await work(acme, settings)
    buyer = await one.buyer()
    await ordered(client, buyer, buyer.cart(week))

    outcome = await one.tell(hold, NoticeKind.REFUNDED)

    assert outcome == "refused"
    (row,) = await one.now()
    assert (row["status"], row["returned_minor"]) == ("captured", 0)
    assert await one.credit() == (0, [DEPOSIT, -DEPOSIT])
