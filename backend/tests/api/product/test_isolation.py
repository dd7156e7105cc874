"""Another organisation's products: not read, not changed, not named, not told from nothing."""

import httpx
import psycopg
import pytest

from app.core.tenant_db import DatabaseRole
from tests.factories import PRODUCT, Json, make_popup, make_product
from tests.probing import indistinguishable, kind_of
from tests.worlds import TenantWorld


@pytest.fixture
async def theirs(client: httpx.AsyncClient, globex: TenantWorld) -> Json:
    """A product of the other organisation, published."""
    return await make_product(client, globex, await make_popup(client, globex, status="active"))


async def test_list_shows_exactly_the_callers_products(
    client: httpx.AsyncClient, acme: TenantWorld, theirs: Json
) -> None:
    ours = await make_product(client, acme, await make_popup(client, acme))

    response = await client.get("/api/v1/products", headers=acme.headers)

    assert theirs["slug"] == ours["slug"]
    assert response.json()["results"] == [ours]
    assert response.json()["paging"]["total"] == 1


@pytest.mark.parametrize(
    ("method", "body"),
    [("GET", None), ("PATCH", {"price_minor": 1}), ("PATCH", {}), ("DELETE", None)],
)
async def test_anothers_product_answers_like_none(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    theirs: Json,
    method: str,
    body: Json | None,
) -> None:
    response = await indistinguishable(
        client, acme.headers, method, "products/{id}", theirs["id"], body
    )

    assert kind_of(response) == (404, "not-found")
    read = await client.get(f"/api/v1/products/{theirs['id']}", headers=globex.headers)
    assert read.json() == theirs


async def test_product_cannot_name_anothers_popup(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, theirs: Json
) -> None:
    body: Json = {**PRODUCT, "slug": "stolen", "popup_id": "{id}"}

    response = await indistinguishable(
        client, acme.headers, "POST", "products", theirs["popup_id"], body
    )

    assert kind_of(response) == (404, "popup-unknown")
    for world, rows in ((acme, []), (globex, [theirs])):
        listed = await client.get("/api/v1/products", headers=world.headers)
        assert listed.json()["results"] == rows


async def test_filter_by_anothers_popup_finds_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, theirs: Json
) -> None:
    response = await indistinguishable(
        client, acme.headers, "GET", "products?popup_id={id}", theirs["popup_id"]
    )

    assert response.status_code == 200
    assert response.json()["results"] == []
    assert response.json()["paging"]["total"] == 0


@pytest.mark.parametrize("role", [DatabaseRole.HUMAN, DatabaseRole.PUBLIC])
@pytest.mark.usefixtures("theirs")
async def test_the_database_shows_visitors_the_published_products_of_one_organisation(
    client: httpx.AsyncClient, acme: TenantWorld, role: DatabaseRole
) -> None:
    draft = await make_popup(client, acme, slug="draft")
    await make_product(client, acme, draft)
    popup = await make_popup(client, acme, status="active")
    await make_product(client, acme, popup, slug="off", is_active=False)
    shown = await make_product(client, acme, popup, slug="on")

    async with acme.session(role) as session:
        rows = await session.fetch("SELECT id::text FROM app.products")

    assert rows == [(shown["id"],)]


async def test_the_database_refuses_a_product_at_anothers_popup(
    client: httpx.AsyncClient, acme: TenantWorld, theirs: Json
) -> None:
    ours = await make_product(client, acme, await make_popup(client, acme, status="active"))
    move = "UPDATE app.products SET popup_id = %(popup)s WHERE id = %(id)s"

    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        async with acme.session() as session:
            await session.fetch(move, {"popup": theirs["popup_id"], "id": ours["id"]})


async def test_the_database_keeps_a_product_as_published_as_its_popup(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    await make_product(client, acme, await make_popup(client, acme))

    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        async with acme.session() as session:
            await session.fetch("UPDATE app.products SET popup_is_published = true")
