"""Staff: invited, given a role, dismissed; never above one's own role, never the last admin."""

import asyncio

import httpx
import pytest

from app.api.shared.enums import UserRole
from app.api.user.errors import RoleAboveOwn
from app.api.user.schemas import UserCreate, UserUpdate
from app.core.config import Settings
from app.services import staff
from tests.database import Database
from tests.factories import Json
from tests.logins import Entrance
from tests.probing import kind_of, pointers
from tests.worlds import Headers, TenantWorld


async def invite(client: httpx.AsyncClient, world: TenantWorld, email: str, **more: object) -> Json:
    answer = await client.post(
        "/api/v1/users", headers=world.headers, json={"email": email, **more}
    )
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def test_an_invitation_is_mailed_and_the_invited_logs_in(
    client: httpx.AsyncClient,
    settings: Settings,
    database: Database,
    acme: TenantWorld,
    globex: TenantWorld,
) -> None:
    entrance = Entrance(client, settings, database)
    invited = await invite(client, acme, "New@Example.COM", name=" Nia ", role="ADMIN")

    mails = await entrance.mails()
    tokens = await entrance.log_in("new@example.com")

    assert (invited["email"], invited["name"], invited["role"]) == (
        "new@example.com",
        "Nia",
        "ADMIN",
    )
    assert [mail["To"] for mail in mails] == ["new@example.com"]
    assert tokens["tenant_id"] == str(acme.tenant_id)
    theirs = await client.get("/api/v1/users", headers=globex.headers)
    assert theirs.json()["paging"]["total"] == 2


async def test_an_address_is_on_a_staff_once_and_may_come_back(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    first = await invite(client, acme, "temp@example.com")
    elsewhere = await invite(client, globex, "temp@example.com")
    taken = await client.post(
        "/api/v1/users", headers=acme.headers, json={"email": "TEMP@example.com"}
    )

    await client.delete(f"/api/v1/users/{first['id']}", headers=acme.headers)
    gone = await client.get(f"/api/v1/users/{first['id']}", headers=acme.headers)
    back = await invite(client, acme, "temp@example.com")

    assert kind_of(taken) == (409, "user-email-taken")
    assert kind_of(gone) == (404, "not-found")
    assert len({first["id"], elsewhere["id"], back["id"]}) == 3
    stays = await client.get(f"/api/v1/users/{elsewhere['id']}", headers=globex.headers)
    assert stays.json() == elsewhere


async def test_an_invitation_is_never_above_ones_own_role(
    client: httpx.AsyncClient, acme: TenantWorld, operator_headers: Headers
) -> None:
    async def answer(headers: Headers, role: str) -> tuple[int, str]:
        response = await client.post(
            "/api/v1/users",
            headers={**headers, **acme.public_headers},
            json={"email": f"new-{role}@example.com".lower(), "role": role},
        )
        return (201, "") if response.status_code == 201 else kind_of(response)

    assert await answer(acme.viewer_headers, "VIEWER") == (403, "forbidden")
    assert await answer(acme.headers, "SUPERADMIN") == (422, "invalid-request")
    assert await answer(operator_headers, "SUPERADMIN") == (422, "invalid-request")
    assert await answer(operator_headers, "ADMIN") == (201, "")
    assert await answer(acme.headers, "VIEWER") == (201, "")


async def test_the_service_refuses_a_role_above_the_callers_own(acme: TenantWorld) -> None:
    """No route lets a viewer write; were there one, its service would still refuse."""
    async with acme.session() as session:
        by = {"by_role": UserRole.VIEWER}
        new = UserCreate(email="up@example.com", role=UserRole.ADMIN)
        with pytest.raises(RoleAboveOwn):
            await staff.invite(session, new, login_url="", **by)
        with pytest.raises(RoleAboveOwn):
            await staff.change_member(session, acme.admin_id, UserUpdate(name="x"), **by)
        with pytest.raises(RoleAboveOwn):
            await staff.change_member(
                session, acme.viewer_id, UserUpdate(role=UserRole.ADMIN), **by
            )
        with pytest.raises(RoleAboveOwn):
            await staff.dismiss(session, acme.admin_id, **by)


@pytest.mark.usefixtures("globex")
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_the_last_administrator_stays(
    client: httpx.AsyncClient, acme: TenantWorld, operator_headers: Headers, method: str
) -> None:
    body = {"role": "VIEWER"} if method == "PATCH" else None
    path = f"/api/v1/users/{acme.admin_id}"

    for headers in (acme.headers, {**operator_headers, **acme.public_headers}):
        answer = await client.request(method, path, headers=headers, json=body)
        assert kind_of(answer) == (409, "last-admin")
    read = await client.get(path, headers=acme.headers)
    assert read.json()["role"] == "ADMIN"

    await invite(client, acme, "second@example.com", role="ADMIN")
    now = await client.request(method, path, headers=acme.headers, json=body)
    assert now.is_success, now.text


async def test_two_administrators_who_demote_each_other_leave_one(
    client: httpx.AsyncClient, settings: Settings, database: Database, acme: TenantWorld
) -> None:
    entrance = Entrance(client, settings, database)
    second = await invite(client, acme, "second@example.com", role="ADMIN")
    token = (await entrance.log_in("second@example.com"))["access_token"]
    theirs = {"Authorization": f"Bearer {token}"}

    answers = await asyncio.gather(
        client.patch(
            f"/api/v1/users/{second['id']}", headers=acme.headers, json={"role": "VIEWER"}
        ),
        client.patch(f"/api/v1/users/{acme.admin_id}", headers=theirs, json={"role": "VIEWER"}),
    )

    # The second either waits for the first and is refused, or is logged out already.
    assert min(answer.status_code for answer in answers) == 200
    assert max(answer.status_code for answer in answers) in {401, 409}
    assert entrance.sql(
        "SELECT count(*) FROM app.users WHERE role = 'ADMIN' AND deleted_at IS NULL"
    ) == [(1,)]


async def test_update_changes_exactly_what_was_sent(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    path = f"/api/v1/users/{acme.viewer_id}"
    before = (await client.get(path, headers=acme.headers)).json()

    unchanged = await client.patch(path, headers=acme.headers, json={})
    named = await client.patch(path, headers=acme.headers, json={"name": "Val"})
    null = await client.patch(path, headers=acme.headers, json={"name": None})
    email = await client.patch(path, headers=acme.headers, json={"email": "x@example.com"})

    assert unchanged.json() == before
    assert {**named.json(), "updated_at": ""} == {**before, "name": "Val", "updated_at": ""}
    assert (kind_of(null), pointers(null)) == ((422, "invalid-request"), ["/body/name"])
    assert (kind_of(email), pointers(email)) == ((422, "invalid-request"), ["/body/email"])


FOUND = {
    "": ["admin", "viewer", "ann", "bea"],
    "sort=-created_at": ["bea", "ann", "viewer", "admin"],
    "sort=email": ["admin", "ann", "bea", "viewer"],
    "sort=-name": ["bea", "ann", "viewer", "admin"],
    "role=ADMIN": ["admin", "bea"],
    "search=ANN": ["ann", "bea"],
    "search=ann&role=VIEWER": ["ann"],
    "skip=1&limit=2": ["viewer", "ann"],
}


async def test_list_finds_sorts_and_filters(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, statements: list[str]
) -> None:
    for world in (acme, globex):
        await invite(client, world, "ann@example.com", name="A_1")
        await invite(client, world, "bea@example.com", name="Bea Ann", role="ADMIN")
    found, sent = {}, set()
    for query in FOUND:
        statements.clear()
        answer = await client.get(f"/api/v1/users?{query}", headers=acme.headers)
        found[query] = [row["email"].partition("@")[0] for row in answer.json()["results"]]
        sent.add(len(statements))

    assert found == FOUND
    assert sent == {1}
