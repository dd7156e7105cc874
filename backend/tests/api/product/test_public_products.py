"""What the public sees of products: the active ones of a published popup."""

import httpx

from tests.factories import change, make_popup, make_product
from tests.probing import kind_of, pointers
from tests.worlds import TenantWorld

STAFF_ALONE = ("capacity", "is_discountable", "is_active", "created_at", "updated_at")

PATH = "/api/v1/popups/public/summer-city/products"


async def test_public_list_shows_the_active_products_of_one_popup_in_order(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await make_popup(client, acme, status="active")
    last = await make_product(client, acme, popup, slug="last", position=2)
    first = await make_product(client, acme, popup, slug="first", position=1, capacity=3)
    await make_product(client, acme, popup, slug="off", is_active=False)
    other = await make_popup(client, acme, slug="other", status="active")
    await make_product(client, acme, other)
    theirs = await make_popup(client, globex, status="active")
    await make_product(client, globex, theirs)

    response = await client.get(PATH, headers=acme.public_headers)

    assert response.json()["results"] == [
        {name: value for name, value in product.items() if name not in STAFF_ALONE}
        for product in (first, last)
    ]
    assert response.json()["paging"] == {"skip": 0, "limit": 100, "total": 2}


async def test_product_follows_its_popup_in_and_out_of_sight(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    product = await make_product(client, acme, popup)
    counts = []
    for status in ("active", "ended", "active"):
        await change(client, acme, f"popups/{popup['id']}", status=status)
        shown = await client.get(PATH, headers=acme.public_headers)
        counts.append(shown.json()["paging"]["total"])

    await change(client, acme, f"products/{product['id']}", is_active=False)

    hidden = await client.get(PATH, headers=acme.public_headers)
    assert counts == [1, 1, 1]
    assert hidden.json()["results"] == []


async def test_public_list_can_be_narrowed_and_sorted(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, status="active")
    await make_product(client, acme, popup, slug="kid", attendee_category="kid", price_minor=2)
    await make_product(client, acme, popup, slug="shirt", category="merch", price_minor=1)
    expected = {
        "": ["kid", "shirt"],
        "category=merch": ["shirt"],
        "attendee_category=kid": ["kid"],
        "sort=price_minor": ["shirt", "kid"],
        "search=shi": ["shirt"],
        "limit=1": ["kid"],
    }

    found = {}
    for query in expected:
        response = await client.get(f"{PATH}?{query}", headers=acme.public_headers)
        found[query] = [row["slug"] for row in response.json()["results"]]

    assert found == expected


async def test_public_list_takes_no_filter_of_staff(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, status="active")
    queries = {"is_active=false": "is_active", f"popup_id={popup['id']}": "popup_id"}

    answers = {
        name: await client.get(f"{PATH}?{query}", headers=acme.public_headers)
        for query, name in queries.items()
    }

    for name, answer in answers.items():
        assert kind_of(answer) == (422, "invalid-request")
        assert pointers(answer) == [f"/query/{name}"]


async def test_public_list_takes_as_many_statements_however_many_products(
    client: httpx.AsyncClient, acme: TenantWorld, statements: list[str]
) -> None:
    popup = await make_popup(client, acme, status="active")
    counts = []
    for wanted, slug in ((1, "a"), (2, "b"), (3, "c")):
        await make_product(client, acme, popup, slug=slug)
        statements.clear()
        response = await client.get(PATH, headers=acme.public_headers)
        assert len(response.json()["results"]) == wanted
        counts.append(len(statements))

    assert counts == [2, 2, 2]
