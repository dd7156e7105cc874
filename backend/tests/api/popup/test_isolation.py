"""Another organisation's popups: not read, not changed, not deleted, not told from nothing."""

from uuid import uuid4

import httpx
import pytest
from sqlmodel import select

from app.api.popup.models import Popup
from app.core.tenant_db import DatabaseRole
from tests.factories import POPUP, Json, make_popup
from tests.probing import indistinguishable, kind_of
from tests.worlds import TenantWorld


async def test_list_shows_exactly_the_callers_popups(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    ours = await make_popup(client, acme)
    await make_popup(client, globex)

    response = await client.get("/api/v1/popups", headers=acme.headers)

    assert response.json()["results"] == [ours]
    assert response.json()["paging"]["total"] == 1


async def test_the_same_slug_in_two_organisations_is_two_popups(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    ours = await make_popup(client, acme, slug="same", status="active", name="Ours")
    theirs = await make_popup(client, globex, slug="same", status="active", name="Theirs")

    seen = [
        (await client.get("/api/v1/popups/public/same", headers=world.public_headers)).json()
        for world in (acme, globex)
    ]

    assert seen == [ours, theirs]


@pytest.mark.parametrize(
    ("method", "body"),
    [("GET", None), ("PATCH", {"name": "Taken"}), ("PATCH", {}), ("DELETE", None)],
)
async def test_anothers_popup_answers_like_none(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    method: str,
    body: Json | None,
) -> None:
    theirs = await make_popup(client, globex)

    response = await indistinguishable(
        client, acme.headers, method, "popups/{id}", theirs["id"], body
    )

    assert kind_of(response) == (404, "popup-unknown")
    read = await client.get(f"/api/v1/popups/{theirs['id']}", headers=globex.headers)
    assert read.json() == theirs


@pytest.mark.parametrize("query", ["tenant_id={id}", "id={id}"])
async def test_query_cannot_name_a_tenant_or_a_row(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, query: str
) -> None:
    await make_popup(client, globex)

    response = await indistinguishable(
        client, acme.headers, "GET", f"popups?{query}", globex.tenant_id
    )

    assert kind_of(response) == (422, "invalid-request")


async def test_body_cannot_name_a_tenant(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    body = {**POPUP, "tenant_id": str(globex.tenant_id)}

    response = await client.post("/api/v1/popups", headers=acme.headers, json=body)

    assert kind_of(response) == (422, "invalid-request")
    for world in (acme, globex):
        listed = await client.get("/api/v1/popups", headers=world.headers)
        assert listed.json()["results"] == []


async def test_token_of_one_organisation_opens_no_other(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    await make_popup(client, globex, status="active")
    headers = {**acme.headers, **globex.public_headers}

    answers = [
        await client.get(f"/api/v1/popups{suffix}", headers=headers)
        for suffix in ("", "/public", "/public/summer-city")
    ]

    assert [kind_of(answer) for answer in answers] == [(403, "tenant-mismatch")] * 3


@pytest.mark.parametrize("role", [DatabaseRole.HUMAN, DatabaseRole.PUBLIC])
async def test_the_database_shows_visitors_the_published_popups_of_one_organisation(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, role: DatabaseRole
) -> None:
    await make_popup(client, acme, slug="hidden")
    shown = await make_popup(client, acme, slug="shown", status="active")
    await make_popup(client, globex, slug="theirs", status="active")

    async with acme.session(role) as session:
        rows = await session.fetch("SELECT id::text FROM app.popups")

    assert rows == [(shown["id"],)]


async def test_the_database_keeps_staff_to_their_organisation(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    ours = await make_popup(client, acme)
    theirs = await make_popup(client, globex)

    async with acme.session() as session:
        rows = (await session.exec(select(Popup))).all()
        await session.fetch("UPDATE app.popups SET name = 'Taken'")
        deleted = await session.fetch(
            "DELETE FROM app.popups WHERE id = %(id)s RETURNING id", {"id": theirs["id"]}
        )

    assert [str(row.id) for row in rows] == [ours["id"]]
    assert deleted == []
    read = await client.get(f"/api/v1/popups/{theirs['id']}", headers=globex.headers)
    assert read.json() == theirs


async def test_operator_names_the_organisation(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    operator_headers: dict[str, str],
) -> None:
    ours = await make_popup(client, acme)
    await make_popup(client, globex)

    named = await client.get("/api/v1/popups", headers={**operator_headers, **acme.public_headers})
    unnamed = await client.get("/api/v1/popups", headers=operator_headers)
    unknown = await client.get(
        "/api/v1/popups", headers={**operator_headers, "X-Tenant-Id": str(uuid4())}
    )

    assert named.json()["results"] == [ours]
    assert kind_of(unnamed) == (422, "invalid-request")
    assert kind_of(unknown) == (404, "tenant-unknown")
