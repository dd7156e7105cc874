"""A deposit at the sandbox over HTTP: held to apply, captured or released with the decision."""

import httpx
import pytest

from app.core.config import Settings
from tests.api.card_hold.deposits import (
    DEPOSIT,
    applying,
    asking_popup,
    at_sandbox,
    let_pages_lapse,
    waiting,
)
from tests.api.payment.buying import make_crowd, open_popup
from tests.api.payment.selling import take_sandbox, work
from tests.factories import make_product
from tests.probing import indistinguishable, kind_of
from tests.worlds import TenantWorld


async def test_a_deposit_is_captured_when_its_application_is_accepted(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    hold = await one.submitted()
    (held,) = await one.now()

    await one.decide("accept")

    before_work, taken_before = await one.statuses(), await at_sandbox(acme)
    await work(acme, settings)
    await work(acme, settings)
    (captured,) = await one.now()
    assert (hold["status"], hold["amount_minor"], hold["currency"]) == ("opening", DEPOSIT, "EUR")
    assert hold["held_at"] is None
    assert (held["status"], held["provider"]) == ("held", "sandbox")
    assert held["held_at"] is not None
    assert (before_work, taken_before) == (["capturing"], ["held"])
    assert (captured["status"], captured["returned_minor"]) == ("captured", 0)
    assert await at_sandbox(acme) == ["paid"]
    assert await one.credit() == (DEPOSIT, [DEPOSIT])


async def test_what_was_captured_pays_for_the_first_order(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    week = await make_product(client, acme, one.popup)
    await one.submitted()
    await one.decide("accept")
    await work(acme, settings)
    buyer = await one.buyer()

    preview = await client.post(
        "/api/v1/checkout/preview", headers=buyer.headers, json=buyer.cart(week)
    )

    assert preview.status_code == 200, preview.text
    assert preview.json()["credit_spent_minor"] == DEPOSIT
    assert preview.json()["payable_minor"] == 25_000 - DEPOSIT


@pytest.mark.parametrize("event", ["reject", "withdraw"])
async def test_a_deposit_is_released_when_its_application_is_not_wanted(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, event: str
) -> None:
    one = await waiting(client, acme)
    await one.submitted()

    await (one.decide(event) if event == "reject" else one.move(event))

    before_work = await one.statuses()
    await work(acme, settings)
    assert before_work == ["releasing"]
    assert await one.statuses() == ["released"]
    assert await at_sandbox(acme) == ["cancelled"]
    assert await one.credit() == (0, [])


async def test_whoever_is_accepted_at_once_has_the_deposit_captured(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    await take_sandbox(client, acme)
    popup = await open_popup(client, acme, application_deposit_minor=DEPOSIT)
    one = await applying(client, acme, popup)

    await one.submitted()

    await work(acme, settings)
    assert await one.status() == "accepted"
    assert await one.statuses() == ["captured"]
    assert await one.credit() == (DEPOSIT, [DEPOSIT])


async def test_nobody_submits_without_the_deposit(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    one = await waiting(client, acme)

    without = await one.move("submit")
    hold = await one.opened()
    unused = await one.move("submit")
    await one.press(hold, "fail")
    refused = await one.move("submit")

    assert [kind_of(answer) for answer in (without, unused, refused)] == [
        (409, "deposit-not-held")
    ] * 3
    assert await one.status() == "draft"
    assert await one.statuses() == ["failed"]


async def test_staff_submit_for_others_without_a_deposit(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await asking_popup(client, acme)

    made = await client.post(
        "/api/v1/applications",
        headers=acme.headers,
        json={"popup_id": popup["id"], "email": "guest@example.com", "answers": {}},
    )

    assert made.status_code == 201, made.text


async def test_the_same_request_is_one_deposit_and_so_is_another_while_it_stands(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    one = await waiting(client, acme)

    first = await one.ask("key")
    again = await one.ask("key")
    other_body = await one.ask("key", provider="sandbox")
    other_key = await one.ask("other")
    await one.press(first.json(), "pay")
    held = await one.ask("third")

    assert first.status_code == 200
    assert again.content == first.content
    assert kind_of(other_body) == (422, "idempotency-key-reused")
    assert other_key.json() == first.json()
    assert (held.json()["id"], held.json()["status"]) == (first.json()["id"], "held")
    assert len(await one.now()) == 1
    assert await at_sandbox(acme) == ["held"]


async def test_a_deposit_is_nobody_elses(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    hold = await one.held()
    (neighbour,) = await make_crowd(acme, settings, await open_popup(client, acme, slug="x"), 1)
    open_path = "applications/mine/{id}/card-hold"
    key = {"Idempotency-Key": "k"}

    for headers in (neighbour.headers, globex.human_headers):
        answer = await indistinguishable(
            client, {**headers, **key}, "POST", open_path, one.application["id"], {}
        )
        own = await client.get("/api/v1/card-holds/mine", headers=headers)
        assert kind_of(answer) == (404, "application-unknown")
        assert own.json()["results"] == []
    theirs = await indistinguishable(client, globex.headers, "GET", "card-holds/{id}", hold["id"])
    assert kind_of(theirs) == (404, "card-hold-unknown")
    listed = await client.get("/api/v1/card-holds", headers=globex.headers)
    assert listed.json()["results"] == []
    read = await client.get(f"/api/v1/card-holds/{hold['id']}", headers=acme.viewer_headers)
    assert read.json()["human"]["id"] == str(acme.human_id)
    assert await one.statuses() == ["held"]


async def test_no_deposit_is_opened_where_none_is_asked(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    await take_sandbox(client, acme)
    free = await applying(client, acme, await open_popup(client, acme, slug="free"))
    decided = await waiting(client, acme)
    await decided.submitted()
    await decided.decide("accept")
    await work(acme, settings)

    assert kind_of(await free.ask()) == (409, "no-deposit-asked")
    assert (await free.move("submit")).json()["status"] == "accepted"
    assert kind_of(await decided.ask()) == (409, "no-deposit-asked")


async def test_only_a_provider_that_can_hold_an_amount_is_offered(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, application_deposit_minor=DEPOSIT)
    one = await applying(client, acme, popup)

    by_hand = await one.ask()
    await take_sandbox(client, acme)
    wished = await one.ask(provider="manual")

    assert kind_of(by_hand) == (422, "provider-not-offered")
    assert by_hand.json()["offered"] == []
    assert kind_of(wished) == (422, "provider-not-offered")
    assert wished.json()["offered"] == ["sandbox"]
    assert await one.statuses() == []
    assert (await one.ask(provider="sandbox")).json()["provider"] == "sandbox"


async def test_a_page_that_nobody_used_lapses_and_another_is_opened(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    first = await one.opened()

    await work(acme, settings)
    await work(acme, settings)
    second = await one.held()

    assert second["id"] != first["id"]
    assert await one.statuses() == ["expired", "held"]
    assert await at_sandbox(acme) == ["closed", "held"]
    assert kind_of(await one.press(first, "pay")) == (409, "sandbox-checkout-over")


async def test_a_page_is_renewed_when_it_is_overdue_though_no_job_has_run(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    first = await one.opened()
    await let_pages_lapse(acme)

    second = await one.opened()
    await one.press(first, "pay")

    assert second["id"] != first["id"]
    assert await one.statuses() == ["releasing", "opening"]
    await work(acme, settings)
    assert (await one.statuses())[0] == "released"
    assert (await at_sandbox(acme))[0] == "cancelled"


async def test_a_deposit_has_the_amount_of_when_it_was_opened_and_keeps_the_currency(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    one = await waiting(client, acme)
    await one.submitted()
    path = f"/api/v1/popups/{one.popup['id']}"

    raised = await client.patch(
        path, headers=acme.headers, json={"application_deposit_minor": 9_000}
    )
    moved = await client.patch(path, headers=acme.headers, json={"currency": "USD"})
    await one.decide("accept")
    await work(acme, settings)

    assert raised.json()["application_deposit_minor"] == 9_000
    assert kind_of(moved) == (409, "popup-currency-fixed")
    assert await one.credit() == (DEPOSIT, [DEPOSIT])


@pytest.mark.parametrize("amount", [0, -1, 10.5, "100", True, 10**13])
async def test_a_popup_asks_for_no_impossible_deposit(
    client: httpx.AsyncClient, acme: TenantWorld, amount: object
) -> None:
    popup = await open_popup(client, acme)
    path = f"/api/v1/popups/{popup['id']}"

    refused = await client.patch(
        path, headers=acme.headers, json={"application_deposit_minor": amount}
    )

    assert kind_of(refused) == (422, "invalid-request")
    kept = (await client.get(path, headers=acme.headers)).json()
    assert kept["application_deposit_minor"] is None


async def test_an_account_that_deposits_went_through_is_never_deleted(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    one = await waiting(client, acme)
    await one.held()

    refused = await client.delete("/api/v1/provider-accounts/sandbox", headers=acme.headers)

    assert kind_of(refused) == (409, "provider-in-use")


async def test_deposits_are_listed_by_status_with_as_many_queries_for_one_as_for_three(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, statements: list[str]
) -> None:
    popup = await asking_popup(client, acme)
    crowd = await make_crowd(acme, settings, await open_popup(client, acme, slug="x"), 2)
    counts, totals = [], []
    path = f"/api/v1/card-holds?popup_id={popup['id']}&status=held"

    for headers in (acme.human_headers, None, None):
        buyer = crowd.pop().headers if headers is None else headers
        one = await applying(client, acme, popup, buyer)
        await one.held()
        statements.clear()
        listed = await client.get(path, headers=acme.headers)
        counts.append(len(statements))
        totals.append(listed.json()["paging"]["total"])

    assert totals == [1, 2, 3]
    assert counts == [1, 1, 1]
    failed = await client.get("/api/v1/card-holds?status=failed", headers=acme.headers)
    assert failed.json()["results"] == []
