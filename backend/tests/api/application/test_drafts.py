"""A draft is its human's own to change, key by key, until it is submitted."""

import httpx

from tests.api.application.test_applying import ANSWERS, LATER, MINE, Json, apply, submit
from tests.factories import make_popup
from tests.probing import kind_of
from tests.worlds import TenantWorld

REASON = {"reason": "I am a student"}


async def draft_of(client: httpx.AsyncClient, world: TenantWorld, **body: object) -> Json:
    popup = await make_popup(client, world, **LATER, status="active")
    return await apply(client, world, popup, answers=ANSWERS, **body)


async def change(
    client: httpx.AsyncClient, world: TenantWorld, draft: Json, **body: object
) -> httpx.Response:
    return await client.patch(f"{MINE}/{draft['id']}", headers=world.human_headers, json=body)


async def test_a_draft_changes_by_the_keys_that_are_sent(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    draft = await draft_of(client, acme, hidden_fields=["age"])

    hidden = (await change(client, acme, draft, hidden_fields=["last_name"])).json()
    asked = (await change(client, acme, draft, scholarship=REASON)).json()
    untouched = (await change(client, acme, draft)).json()
    withdrawn = (await change(client, acme, draft, scholarship=None)).json()

    assert draft["hidden_fields"] == ["age"]
    assert (hidden["hidden_fields"], hidden["answers"]) == (["last_name"], ANSWERS)
    assert hidden["scholarship_status"] == "none"
    assert asked["scholarship_status"] == untouched["scholarship_status"] == "requested"
    assert untouched["hidden_fields"] == ["last_name"]
    assert withdrawn["scholarship_status"] == "none"


async def test_a_scholarship_stands_until_something_else_is_asked_for(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    draft = await draft_of(client, acme, scholarship=REASON)
    path = f"/api/v1/applications/{draft['id']}/scholarship"
    await client.put(path, headers=acme.headers, json={"percent": 40})

    same = await change(client, acme, draft, scholarship=REASON)
    asked = await change(client, acme, draft, scholarship={"reason": "Forty is not enough"})

    assert same.json()["scholarship_status"] == "granted"
    assert same.json()["scholarship_percent"] == 40
    assert asked.json()["scholarship_status"] == "requested"
    assert asked.json()["scholarship_percent"] is None


async def test_what_was_submitted_is_a_draft_no_more(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    draft = await draft_of(client, acme)
    submitted = await submit(client, acme, draft)

    refused = await change(client, acme, draft, answers={"first_name": "Eve"})

    assert kind_of(refused) == (409, "application-not-draft")
    read = await client.get(f"{MINE}/{draft['id']}", headers=acme.human_headers)
    assert read.json()["answers"] == submitted["answers"]


async def test_a_draft_is_not_anothers_to_change(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    draft = await draft_of(client, acme)
    foreign = await draft_of(client, globex)

    refused = await change(client, acme, foreign, answers={"first_name": "Eve"})

    assert kind_of(refused) == (404, "application-unknown")
    assert (await change(client, globex, foreign)).json()["answers"] == ANSWERS
    assert (await change(client, acme, draft)).json()["answers"] == ANSWERS


async def test_a_scholarship_is_decided_where_one_was_asked_for(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    draft = await draft_of(client, acme)
    path = f"/api/v1/applications/{draft['id']}/scholarship"

    refused = await client.put(path, headers=acme.headers, json={"percent": 40})

    assert kind_of(refused) == (409, "scholarship-not-requested")


async def test_staff_submit_for_somebody_at_once(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    body = {"popup_id": popup["id"], "email": "bob@example.com", "answers": ANSWERS}

    made = await client.post(
        "/api/v1/applications", headers=acme.headers, json={**body, "submit": True}
    )
    again = await client.post("/api/v1/applications", headers=acme.headers, json=body)

    assert (made.status_code, made.json()["status"]) == (201, "accepted")
    assert kind_of(again) == (409, "application-exists")
