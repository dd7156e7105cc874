"""Groups as staff keep them, as their leader sees them, and as the page shows them."""

import httpx
import psycopg
import pytest

from app.core.tenant_db import DatabaseRole
from tests.api.payment.buying import open_popup
from tests.factories import GROUP, Json, change, make_group, make_popup
from tests.probing import indistinguishable, kind_of
from tests.worlds import TenantWorld


async def test_a_group_is_made_read_changed_and_deleted(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    await make_group(client, globex, await open_popup(client, globex))

    made = await make_group(client, acme, popup, leader_id=str(acme.human_id), seats=2)
    path = f"/api/v1/groups/{made['id']}"
    changed = await change(client, acme, f"groups/{made['id']}", name="Linkers", seats=None)
    listed = await client.get("/api/v1/groups?search=link", headers=acme.viewer_headers)
    again = await client.post(
        "/api/v1/groups", headers=acme.headers, json={**GROUP, "popup_id": popup["id"]}
    )
    stranger = await client.patch(
        path, headers=acme.headers, json={"leader_id": str(globex.human_id)}
    )

    leader = {
        "id": str(acme.human_id),
        "email": "human@example.com",
        "first_name": "Ada",
        "last_name": "",
    }
    assert (made["leader"], made["seats"], made["seats_taken"]) == (leader, 2, 0)
    at = changed["updated_at"]
    assert changed == {**made, "name": "Linkers", "seats": None, "updated_at": at}
    assert listed.json()["results"] == [changed]
    assert kind_of(again) == (409, "group-slug-taken")
    assert kind_of(stranger) == (404, "leader-unknown")
    assert (await client.delete(path, headers=acme.headers)).status_code == 204
    assert kind_of(await client.get(path, headers=acme.headers)) == (404, "group-unknown")


async def test_the_page_of_a_group_is_read_by_its_link_alone(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    draft = await make_popup(client, acme, slug="draft")
    group = await make_group(
        client, acme, popup, seats=3, discount_percent=20, welcome_text="Bring a notebook."
    )
    await make_group(client, acme, popup, slug="off", is_active=False)
    await make_group(client, acme, draft)
    invited = {"email": "new@example.com"}
    await client.post(f"/api/v1/groups/{group['id']}/members", headers=acme.headers, json=invited)
    path = f"/api/v1/popups/public/{popup['slug']}/groups"

    page = await client.get(f"{path}/compilers", headers=acme.public_headers)
    others = [
        await client.get(f"{path}/off", headers=acme.public_headers),
        await client.get(f"{path}/none", headers=acme.public_headers),
        await client.get(f"{path}/compilers", headers=globex.public_headers),
        await client.get(
            "/api/v1/popups/public/draft/groups/compilers", headers=acme.public_headers
        ),
    ]

    assert page.json() == {
        "id": group["id"],
        "popup_id": popup["id"],
        "name": "Compiler Club",
        "slug": "compilers",
        "welcome_text": "Bring a notebook.",
        "discount_percent": 20,
        "seats_left": 2,
    }
    assert {kind_of(other) for other in others} == {(404, "group-unknown")}
    assert len({other.content for other in others}) == 1


async def test_a_leader_finds_their_own_groups_and_no_other(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    mine = await make_group(client, acme, popup, leader_id=str(acme.human_id))
    leaderless = await make_group(client, acme, popup, slug="other")
    theirs = await make_group(
        client, globex, await open_popup(client, globex), leader_id=str(globex.human_id)
    )

    led = await client.get("/api/v1/groups/mine", headers=acme.human_headers)

    assert led.json()["results"] == [mine]
    for method, path, body in LED:
        for other in (leaderless, theirs):
            path_of = f"groups/mine/{{id}}/{path}"
            answer = await indistinguishable(
                client, acme.human_headers, method, path_of, other["id"], body
            )
            assert kind_of(answer) == (404, "group-unknown")


ANY = "01890000-0000-7000-8000-000000000000"
LED: list[tuple[str, str, Json | None]] = [
    ("GET", "members", None),
    ("POST", "members", {"email": "x@example.com"}),
    ("POST", "members/batch", {"people": [{"email": "x@example.com"}]}),
    ("DELETE", f"members/{ANY}", None),
    ("GET", "invitations", None),
    ("DELETE", f"invitations/{ANY}", None),
]


@pytest.mark.parametrize("table", ["group_invitations", "allotments"])
async def test_no_sql_of_a_human_reads_invitations_or_seats(acme: TenantWorld, table: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with acme.session(DatabaseRole.HUMAN) as session:
            await session.fetch(f"SELECT id FROM app.{table}")  # noqa: S608  # a name of ours


async def test_lists_take_as_many_statements_however_many_there_are(
    client: httpx.AsyncClient, acme: TenantWorld, statements: list[str]
) -> None:
    popup = await open_popup(client, acme)
    group = await make_group(client, acme, popup)
    counts: dict[str, set[int]] = {}
    for wanted in (1, 2, 3):
        body = {"email": f"{wanted}@example.com"}
        await client.post("/api/v1/humans", headers=acme.headers, json=body)
        for email in (f"{wanted}@example.com", f"new-{wanted}@example.com"):
            await client.post(
                f"/api/v1/groups/{group['id']}/members",
                headers=acme.headers,
                json={"email": email},
            )
        for path in (f"groups/{group['id']}/members", f"groups/{group['id']}/invitations"):
            statements.clear()
            answer = await client.get(f"/api/v1/{path}", headers=acme.headers)
            assert len(answer.json()["results"]) == answer.json()["paging"]["total"] == wanted
            counts.setdefault(path, set()).add(len(statements))

    assert [len(found) for found in counts.values()] == [1, 1]
