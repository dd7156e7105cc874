"""Another organisation's forms: not read, not changed, not named, not told from nothing."""

import httpx
import psycopg
import pytest

from app.core.tenant_db import DatabaseRole
from tests.factories import FIELD, Json, make_field, make_popup
from tests.probing import indistinguishable, kind_of
from tests.worlds import TenantWorld


@pytest.fixture
async def theirs(client: httpx.AsyncClient, globex: TenantWorld) -> Json:
    """A form field of the other organisation, published."""
    return await make_field(client, globex, await make_popup(client, globex, status="active"))


async def test_list_shows_exactly_the_callers_fields(
    client: httpx.AsyncClient, acme: TenantWorld, theirs: Json
) -> None:
    ours = await make_field(client, acme, await make_popup(client, acme))

    response = await client.get("/api/v1/form-fields", headers=acme.headers)

    assert theirs["key"] == ours["key"]
    assert response.json()["results"] == [ours]
    assert response.json()["paging"]["total"] == 1


@pytest.mark.parametrize(
    ("method", "body"),
    [("GET", None), ("PATCH", {"label": "Taken"}), ("PATCH", {}), ("DELETE", None)],
)
async def test_anothers_field_answers_like_none(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    theirs: Json,
    method: str,
    body: Json | None,
) -> None:
    response = await indistinguishable(
        client, acme.headers, method, "form-fields/{id}", theirs["id"], body
    )

    assert kind_of(response) == (404, "not-found")
    read = await client.get(f"/api/v1/form-fields/{theirs['id']}", headers=globex.headers)
    assert read.json() == theirs


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("POST", "form-fields", {**FIELD, "popup_id": "{id}"}, (404, "popup-unknown")),
        (
            "PUT",
            "form-fields/order",
            {"popup_id": "{id}", "field_ids": []},
            (404, "popup-unknown"),
        ),
        ("GET", "form-fields/schema?popup_id={id}", None, (404, "popup-unknown")),
    ],
)
async def test_anothers_popup_answers_like_none(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    theirs: Json,
    method: str,
    path: str,
    body: Json | None,
    kind: tuple[int, str],
) -> None:
    response = await indistinguishable(client, acme.headers, method, path, theirs["popup_id"], body)

    assert kind_of(response) == kind
    for world, rows in ((acme, []), (globex, [theirs])):
        listed = await client.get("/api/v1/form-fields", headers=world.headers)
        assert listed.json()["results"] == rows


async def test_order_cannot_name_anothers_field(
    client: httpx.AsyncClient, acme: TenantWorld, theirs: Json
) -> None:
    popup = await make_popup(client, acme)
    body: Json = {"popup_id": popup["id"], "field_ids": ["{id}"]}

    response = await indistinguishable(
        client, acme.headers, "PUT", "form-fields/order", theirs["id"], body
    )

    assert kind_of(response) == (409, "form-order-incomplete")


async def test_filter_by_anothers_popup_finds_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, theirs: Json
) -> None:
    response = await indistinguishable(
        client, acme.headers, "GET", "form-fields?popup_id={id}", theirs["popup_id"]
    )

    assert response.status_code == 200
    assert response.json()["results"] == []


@pytest.mark.parametrize("role", [DatabaseRole.HUMAN, DatabaseRole.PUBLIC])
@pytest.mark.usefixtures("theirs")
async def test_the_database_shows_visitors_the_published_forms_of_one_organisation(
    client: httpx.AsyncClient, acme: TenantWorld, role: DatabaseRole
) -> None:
    await make_field(client, acme, await make_popup(client, acme, slug="draft"))
    popup = await make_popup(client, acme, status="active")
    shown = await make_field(client, acme, popup)

    async with acme.session(role) as session:
        rows = await session.fetch("SELECT id::text FROM app.form_fields")

    assert rows == [(shown["id"],)]


async def test_the_database_refuses_a_field_at_anothers_popup(
    client: httpx.AsyncClient, acme: TenantWorld, theirs: Json
) -> None:
    ours = await make_field(client, acme, await make_popup(client, acme, status="active"))
    move = "UPDATE app.form_fields SET popup_id = %(popup)s WHERE id = %(id)s"

    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        async with acme.session() as session:
            await session.fetch(move, {"popup": theirs["popup_id"], "id": ours["id"]})
