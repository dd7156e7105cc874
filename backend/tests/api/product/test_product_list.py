"""The list of products: searched, filtered, sorted and paged by the server."""

import json

import httpx
import pytest

from app.api.product.crud import product_crud
from app.api.product.schemas import ProductCreate
from tests.factories import PRODUCT, Json, make_popup, make_product
from tests.probing import kind_of, pointers
from tests.worlds import TenantWorld


@pytest.fixture
async def popup(client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld) -> Json:
    """A popup with three products; another one with a fourth, and the same elsewhere."""
    for world in (globex, acme):
        popup = await make_popup(client, world)
        await make_product(
            client, world, popup, slug="week", name="Week", position=3, attendee_category="main"
        )
        await make_product(
            client,
            world,
            popup,
            slug="bed",
            name="A bed",
            category="housing",
            price_minor=5,
            position=1,
            description="Soft",
        )
        await make_product(
            client,
            world,
            popup,
            slug="shirt",
            name="Shirt",
            category="merch",
            price_minor=9,
            position=2,
            is_active=False,
        )
        other = await make_popup(client, world, slug="other")
        await make_product(client, world, other, slug="gift", name="Gift", category="donation")
    return popup


FOUND = {
    "": ["week", "bed", "shirt", "gift"],
    "sort=-created_at": ["gift", "shirt", "bed", "week"],
    "sort=position": ["gift", "bed", "shirt", "week"],
    "sort=-position": ["week", "shirt", "bed", "gift"],
    "sort=name": ["bed", "gift", "shirt", "week"],
    "sort=-name": ["week", "shirt", "gift", "bed"],
    "sort=price_minor": ["bed", "shirt", "week", "gift"],
    "sort=-price_minor": ["gift", "week", "shirt", "bed"],
    "popup_id={popup}": ["week", "bed", "shirt"],
    "popup_id={popup}&is_active=true": ["week", "bed"],
    "is_active=false": ["shirt"],
    "category=donation": ["gift"],
    "attendee_category=main": ["week"],
    "attendee_category=kid": [],
    "search=SOFT": ["bed"],
    "search=shirt": ["shirt"],
    "search=e&category=ticket": ["week"],
    "search=%25": [],
}


async def test_list_products_finds_sorts_and_filters(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    found = {}
    for query in FOUND:
        asked = query.format(popup=popup["id"])
        response = await client.get(f"/api/v1/products?{asked}", headers=acme.headers)
        found[query] = [row["slug"] for row in response.json()["results"]]
        assert response.json()["paging"]["total"] == len(found[query])

    assert found == FOUND


async def test_list_products_is_paged(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    query = f"popup_id={popup['id']}&sort=position"

    pages = [
        (await client.get(f"/api/v1/products?{query}&{part}", headers=acme.headers)).json()
        for part in ("limit=2", "skip=2&limit=2", "skip=3", "limit=1&count=false")
    ]

    assert [[row["slug"] for row in page["results"]] for page in pages] == [
        ["bed", "shirt"],
        ["week"],
        [],
        ["bed"],
    ]
    assert [page["paging"]["total"] for page in pages] == [3, 3, 3, None]


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
async def test_list_products_goes_on_after_a_row_that_may_be_gone(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, popup: Json, sort: str
) -> None:
    await make_product(client, globex, await make_popup(client, globex, slug="theirs"))
    path = f"/api/v1/products?popup_id={popup['id']}&sort={sort}"
    whole = (await client.get(path, headers=acme.headers)).json()["results"]

    first = (await client.get(f"{path}&limit=1", headers=acme.headers)).json()
    (last,) = first["results"]
    await client.delete(f"/api/v1/products/{last['id']}", headers=acme.headers)
    rest = await client.get(f"{path}&after={last['id']}", headers=acme.headers)
    end = await client.get(f"{path}&after={whole[-1]['id']}", headers=acme.headers)

    assert [last, *rest.json()["results"]] == whole
    assert rest.json()["paging"] == {"skip": 0, "limit": 100, "total": 2}
    assert end.json()["results"] == []


@pytest.mark.parametrize("query", ["sort=name", "sort=created_at&skip=1"])
async def test_list_products_refuses_a_key_that_goes_with_another_order(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json, query: str
) -> None:
    path = f"/api/v1/products?{query}&after={popup['id']}"

    response = await client.get(path, headers=acme.headers)

    assert kind_of(response) == (422, "invalid-request")
    assert "after goes with the order of creation" in response.text


NOT_LISTED = {
    "sort=currency": "/query/sort",
    "category=food": "/query/category",
    "attendee_category=dog": "/query/attendee_category",
    "popup_id=1": "/query/popup_id",
    "is_active=2": "/query/is_active",
    "price_minor=5": "/query/price_minor",
    "tenant_id=1": "/query/tenant_id",
}


async def test_list_products_refuses_what_is_not_on_its_list(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    told = {}
    for query in NOT_LISTED:
        response = await client.get(f"/api/v1/products?{query}", headers=acme.headers)
        told[query] = (kind_of(response), pointers(response))

    assert told == {
        query: ((422, "invalid-request"), [pointer]) for query, pointer in NOT_LISTED.items()
    }


async def test_list_products_takes_one_statement_however_many_there_are(
    client: httpx.AsyncClient, acme: TenantWorld, statements: list[str]
) -> None:
    popup = await make_popup(client, acme)
    counts = []
    for wanted, slug in ((1, "a"), (2, "b"), (3, "c")):
        await make_product(client, acme, popup, slug=slug)
        statements.clear()
        response = await client.get("/api/v1/products", headers=acme.headers)
        assert len(response.json()["results"]) == wanted
        counts.append(len(statements))

    assert counts == [1, 1, 1]


async def test_product_is_inserted_and_rendered_in_one_statement(
    client: httpx.AsyncClient, acme: TenantWorld, statements: list[str]
) -> None:
    popup = await make_popup(client, acme)
    data = ProductCreate.model_validate({**PRODUCT, "popup_id": popup["id"]})
    statements.clear()

    async with acme.session() as session:
        made = await product_crud.create_json(session, data)

    assert len(statements) == 1
    listed = await client.get("/api/v1/products", headers=acme.headers)
    assert listed.json()["results"] == [json.loads(bytes(made.body))]
