"""How a popup decides, and who votes, over HTTP."""

from uuid import uuid4

import httpx

from tests.factories import make_popup
from tests.worlds import TenantWorld


async def test_put_approval_strategy_replaces_what_was_there(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    path = f"/api/v1/approval-strategies/{popup['id']}"

    first = await client.put(path, headers=acme.headers, json={"kind": "any_reviewer"})
    second = await client.put(
        path, headers=acme.headers, json={"kind": "weighted", "accept_at": 3, "reject_at": -3}
    )

    assert first.json()["id"] == second.json()["id"]
    read = await client.get(path, headers=acme.viewer_headers)
    assert read.json() == second.json()
    assert read.json()["weights"] == {"strong_yes": 2, "yes": 1, "no": -1, "strong_no": -2}


async def test_put_approval_strategy_refuses_one_that_cannot_decide(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    path = f"/api/v1/approval-strategies/{popup['id']}"

    refused = await client.put(
        path, headers=acme.headers, json={"kind": "threshold", "accept_at": 2, "reject_at": 0}
    )

    assert refused.status_code == 422
    assert refused.json()["type"].endswith("/strategy-invalid")
    assert (await client.get(path, headers=acme.headers)).status_code == 404


async def test_delete_approval_strategy_leaves_none(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    path = f"/api/v1/approval-strategies/{popup['id']}"
    await client.put(path, headers=acme.headers, json={"kind": "all_reviewers"})

    deleted = await client.delete(path, headers=acme.headers)

    assert deleted.status_code == 204
    assert (await client.delete(path, headers=acme.headers)).status_code == 404


async def test_approval_strategy_of_another_organisation_does_not_exist(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    theirs = await make_popup(client, globex)
    path = f"/api/v1/approval-strategies/{theirs['id']}"
    await client.put(path, headers=globex.headers, json={"kind": "any_reviewer"})

    answers = [
        (await client.get(path, headers=acme.headers)).status_code,
        (await client.delete(path, headers=acme.headers)).status_code,
        (await client.put(path, headers=acme.headers, json={"kind": "all_reviewers"})).status_code,
    ]

    assert answers == [404, 404, 404]
    kept = await client.get(path, headers=globex.headers)
    assert kept.json()["kind"] == "any_reviewer"


async def test_assign_popup_reviewer_shows_who_it_is(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    body = {"popup_id": popup["id"], "user_id": str(acme.viewer_id), "multiplier": 3}

    created = await client.post("/api/v1/popup-reviewers", headers=acme.headers, json=body)

    assert created.status_code == 201, created.text
    assert created.json()["email"] == "viewer@example.com"
    listed = await client.get(
        "/api/v1/popup-reviewers", headers=acme.headers, params={"popup_id": str(popup["id"])}
    )
    assert listed.json()["results"] == [created.json()]
    others = await client.get("/api/v1/popup-reviewers", headers=globex.headers)
    assert others.json()["paging"]["total"] == 0


async def test_assign_popup_reviewer_refuses_twice_and_strangers(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    body = {"popup_id": popup["id"], "user_id": str(acme.viewer_id)}
    await client.post("/api/v1/popup-reviewers", headers=acme.headers, json=body)

    twice = await client.post("/api/v1/popup-reviewers", headers=acme.headers, json=body)
    theirs = await client.post(
        "/api/v1/popup-reviewers",
        headers=acme.headers,
        json={**body, "user_id": str(globex.viewer_id)},
    )
    nobody = await client.post(
        "/api/v1/popup-reviewers", headers=acme.headers, json={**body, "user_id": str(uuid4())}
    )

    assert twice.json()["type"].endswith("/reviewer-taken")
    assert theirs.status_code == 404
    assert theirs.json() == nobody.json()


async def test_popup_reviewer_is_changed_and_dismissed(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    body = {"popup_id": popup["id"], "user_id": str(acme.viewer_id)}
    made = (await client.post("/api/v1/popup-reviewers", headers=acme.headers, json=body)).json()
    path = f"/api/v1/popup-reviewers/{made['id']}"

    foreign = await client.patch(path, headers=globex.headers, json={"multiplier": 9})
    changed = await client.patch(path, headers=acme.headers, json={"multiplier": 5})
    gone = await client.delete(path, headers=acme.headers)

    assert foreign.status_code == 404
    assert changed.json()["multiplier"] == 5
    assert gone.status_code == 204
    assert (await client.delete(path, headers=acme.headers)).status_code == 404
