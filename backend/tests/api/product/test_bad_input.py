"""Products refuse junk, whole, and say where it is."""

import httpx

from tests.factories import PRODUCT, make_popup, make_product
from tests.probing import (
    CONTROL_CHARACTERS,
    NOT_FLAGS,
    NOT_UUIDS,
    STAFF_ONLY,
    UNICODE,
    answers_by_caller,
    answers_to_ids,
    kind_of,
    pointers,
    refusals,
    refused_at,
)
from tests.worlds import TenantWorld

NOT_INSTANTS = (
    "2026-01-01",
    "2026-01-01T00:00:00",
    "2026-02-30T00:00:00Z",
    "soon",
    "1.5",
    1.5,
    True,
)
NOT_WHOLE = (1.5, "1", True, [1], 10**30)

FLAGS = ("is_exclusive", "is_discountable", "is_active")

BAD_VALUES = [
    *((name, text) for name in ("name", "description") for text in CONTROL_CHARACTERS),
    ("name", ""),
    ("name", "x" * 201),
    ("name", 1),
    ("slug", "Not a slug"),
    ("slug", ""),
    ("description", "x" * 10_001),
    ("category", "food"),
    ("category", "TICKET"),
    ("category", 1),
    ("attendee_category", "dog"),
    ("duration", "fortnight"),
    *(("price_minor", value) for value in (*NOT_WHOLE, -1, 10**12 + 1)),
    *(("compare_price_minor", value) for value in (*NOT_WHOLE, -1, 10**12 + 1)),
    *(("sale_starts_at", value) for value in NOT_INSTANTS),
    *(("sale_ends_at", value) for value in NOT_INSTANTS),
    *(("capacity", value) for value in (*NOT_WHOLE, -1, 1_000_001)),
    *(("max_per_order", value) for value in (*NOT_WHOLE, 0, 1001)),
    *(("position", value) for value in (*NOT_WHOLE, -1, 10_001)),
    *((name, value) for name in FLAGS for value in NOT_FLAGS),
    ("image_url", "data:text/html,x"),
    ("currency", "USD"),
    ("is_published", True),
    ("popup_is_published", True),
    ("tenant_id", "x"),
    ("colour", "red"),
]


async def test_product_refuses_bad_values(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme)
    product = await make_product(client, acme, popup)
    good = {**PRODUCT, "popup_id": popup["id"], "slug": "other"}

    answers = await refusals(client, acme, good, f"products/{product['id']}", BAD_VALUES)

    assert answers == refused_at(BAD_VALUES)
    listed = await client.get("/api/v1/products", headers=acme.headers)
    assert listed.json()["results"] == [product]


async def test_create_product_refuses_a_missing_key(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    good = {**PRODUCT, "popup_id": popup["id"]}
    told = {}
    for missing in good:
        body = {name: value for name, value in good.items() if name != missing}
        response = await client.post("/api/v1/products", headers=acme.headers, json=body)
        told[missing] = (kind_of(response), pointers(response))

    assert told == {name: ((422, "invalid-request"), [f"/body/{name}"]) for name in good}


async def test_create_product_refuses_a_popup_id_that_is_none(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    answers = [
        await client.post(
            "/api/v1/products", headers=acme.headers, json={**PRODUCT, "popup_id": text}
        )
        for text in (*NOT_UUIDS, 1, None)
    ]

    assert {kind_of(answer) for answer in answers} == {(422, "invalid-request")}
    assert {tuple(pointers(answer)) for answer in answers} == {("/body/popup_id",)}


async def test_product_takes_the_edges_of_what_is_allowed(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    edges: list[dict[str, object]] = [
        {"price_minor": 0, "compare_price_minor": 0, "capacity": 0, "max_per_order": 1},
        {
            "price_minor": 10**12,
            "compare_price_minor": 10**12,
            "capacity": 1_000_000,
            "max_per_order": 1000,
            "position": 10_000,
            "name": UNICODE,
        },
    ]

    rows = [
        await make_product(client, acme, popup, slug=f"edge-{number}", **edge)
        for number, edge in enumerate(edges)
    ]

    kept = [{name: row[name] for name in edge} for row, edge in zip(rows, edges, strict=True)]
    assert kept == edges


async def test_product_refuses_an_id_that_is_none(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    answers = await answers_to_ids(client, acme, "products")

    assert answers == {((422, "invalid-request"), "/path/product_id")}


async def test_products_are_for_staff(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme)
    product = await make_product(client, acme, popup)
    body = {**PRODUCT, "popup_id": popup["id"], "slug": "other"}

    answers = await answers_by_caller(client, acme, f"products/{product['id']}", body)

    assert answers == STAFF_ONLY
