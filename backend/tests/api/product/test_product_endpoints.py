"""Products, as staff put them on a popup's list, change and withdraw them."""

import asyncio

import httpx
import pytest

from tests.factories import PRODUCT, Json, change, make_popup, make_product
from tests.probing import kind_of, pointers
from tests.worlds import TenantWorld

EVERYTHING: Json = {
    "name": "Family week",
    "slug": "family-week",
    "description": "Seven days\nfor a child",
    "category": "ticket",
    "attendee_category": "kid",
    "duration": "week",
    "price_minor": 12_500,
    "compare_price_minor": 20_000,
    "sale_starts_at": "2026-01-01T00:00:00+00:00",
    "sale_ends_at": "2026-05-01T12:30:00.25+00:00",
    "capacity": 40,
    "max_per_order": 3,
    "is_exclusive": True,
    "is_discountable": False,
    "is_active": False,
    "position": 7,
    "image_url": "https://files.example/week.png",
}

NULLABLE = (
    "attendee_category",
    "duration",
    "compare_price_minor",
    "sale_starts_at",
    "sale_ends_at",
    "capacity",
    "max_per_order",
    "image_url",
)


async def test_create_product_keeps_everything_that_was_sent(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, currency="JPY")
    body = {**EVERYTHING, "popup_id": popup["id"]}

    created = await client.post("/api/v1/products", headers=acme.headers, json=body)

    assert created.status_code == 201, created.text
    row = created.json()
    assert {name: row[name] for name in body} == body
    assert row["currency"] == "JPY"
    read = await client.get(f"/api/v1/products/{row['id']}", headers=acme.headers)
    assert read.content == created.content


async def test_create_product_needs_little(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme)

    row = await make_product(client, acme, popup)

    assert row == {
        **dict.fromkeys(NULLABLE),
        **PRODUCT,
        "id": row["id"],
        "popup_id": popup["id"],
        "description": "",
        "currency": "EUR",
        "is_exclusive": False,
        "is_discountable": True,
        "is_active": True,
        "position": 0,
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
    }


async def test_product_keeps_an_instant_in_utc(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)

    row = await make_product(client, acme, popup, sale_starts_at="2026-03-29T02:30:00+02:00")

    assert row["sale_starts_at"] == "2026-03-29T00:30:00+00:00"


async def test_product_refuses_a_slug_taken_at_its_popup(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, slug="one")
    elsewhere = await make_popup(client, acme, slug="two")
    await make_product(client, acme, popup, slug="week")
    other = await make_product(client, acme, popup, slug="month")
    await make_product(client, acme, elsewhere, slug="week")

    created = await client.post(
        "/api/v1/products",
        headers=acme.headers,
        json={**PRODUCT, "popup_id": popup["id"], "slug": "week"},
    )
    changed = await client.patch(
        f"/api/v1/products/{other['id']}", headers=acme.headers, json={"slug": "week"}
    )

    assert kind_of(created) == kind_of(changed) == (409, "product-slug-taken")


CONTRADICTIONS: list[tuple[Json, str]] = [
    (
        {"category": "merch", "attendee_category": "main"},
        "Only a ticket is for one category of attendees",
    ),
    ({"category": "housing", "duration": "week"}, "Only a ticket has a duration"),
    (
        {"price_minor": 100, "compare_price_minor": 99},
        "The compare price is not below the price",
    ),
    (
        {
            "sale_starts_at": "2026-01-02T00:00:00+00:00",
            "sale_ends_at": "2026-01-02T00:00:00+00:00",
        },
        "The sale ends after it starts",
    ),
    (
        {
            "sale_starts_at": "2026-01-02T00:00:00+05:00",
            "sale_ends_at": "2026-01-01T19:00:00+00:00",
        },
        "The sale ends after it starts",
    ),
]


async def test_product_refuses_terms_that_contradict_each_other(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    product = await make_product(client, acme, popup)
    told = []
    for terms, _ in CONTRADICTIONS:
        created = await client.post(
            "/api/v1/products",
            headers=acme.headers,
            json={**PRODUCT, "popup_id": popup["id"], "slug": "other", **terms},
        )
        changed = await client.patch(
            f"/api/v1/products/{product['id']}", headers=acme.headers, json=terms
        )
        told += [(kind_of(answer), answer.json()["detail"]) for answer in (created, changed)]

    expected = [((422, "product-terms-invalid"), detail) for _, detail in CONTRADICTIONS]
    assert told == [answer for answer in expected for _ in range(2)]
    listed = await client.get("/api/v1/products", headers=acme.headers)
    assert listed.json()["results"] == [product]


async def test_update_product_judges_what_is_sent_with_what_is_kept(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    product = await make_product(client, acme, popup, **EVERYTHING)
    sent: list[Json] = [
        {"category": "other"},
        {"price_minor": 20_001},
        {"compare_price_minor": 12_499},
        {"sale_starts_at": "2026-06-01T00:00:00+00:00"},
        {"sale_ends_at": "2025-12-31T00:00:00+00:00"},
    ]

    answers = [
        await client.patch(f"/api/v1/products/{product['id']}", headers=acme.headers, json=body)
        for body in sent
    ]
    whole = await change(
        client,
        acme,
        f"products/{product['id']}",
        category="other",
        attendee_category=None,
        duration=None,
    )

    assert [kind_of(answer) for answer in answers] == [(422, "product-terms-invalid")] * len(sent)
    assert (whole["category"], whole["attendee_category"], whole["duration"]) == (
        "other",
        None,
        None,
    )


async def test_the_database_holds_the_terms_by_itself(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    """Two changes at once may each make sense and not together; the constraint names it."""
    popup = await make_popup(client, acme)
    product = await make_product(client, acme, popup, price_minor=100)
    path = f"/api/v1/products/{product['id']}"

    answers = await asyncio.gather(
        client.patch(path, headers=acme.headers, json={"price_minor": 300}),
        client.patch(path, headers=acme.headers, json={"compare_price_minor": 200}),
    )

    refused = [kind_of(answer) for answer in answers if answer.status_code != 200]
    assert refused == [(422, "product-terms-invalid")]


async def test_update_product_with_nothing_changes_nothing(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    product = await make_product(client, acme, await make_popup(client, acme))

    response = await client.patch(
        f"/api/v1/products/{product['id']}", headers=acme.headers, json={}
    )

    assert response.status_code == 200
    assert response.json() == product


async def test_update_product_changes_what_was_sent_and_nothing_else(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    product = await make_product(client, acme, await make_popup(client, acme))

    changed = await change(client, acme, f"products/{product['id']}", **EVERYTHING)

    assert changed == {**product, **EVERYTHING, "updated_at": changed["updated_at"]}
    assert str(changed["updated_at"]) > str(product["updated_at"])


async def test_update_product_takes_null_where_there_may_be_nothing(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    product = await make_product(client, acme, await make_popup(client, acme), **EVERYTHING)

    changed = await change(client, acme, f"products/{product['id']}", **dict.fromkeys(NULLABLE))

    assert {name: changed[name] for name in NULLABLE} == dict.fromkeys(NULLABLE)


async def test_update_product_refuses_null_where_there_has_to_be_something(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    product = await make_product(client, acme, await make_popup(client, acme))
    names = sorted(set(EVERYTHING) - set(NULLABLE))

    response = await client.patch(
        f"/api/v1/products/{product['id']}", headers=acme.headers, json=dict.fromkeys(names)
    )

    assert kind_of(response) == (422, "invalid-request")
    assert sorted(pointers(response)) == [f"/body/{name}" for name in names]


async def test_product_stays_with_its_popup(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    product = await make_product(client, acme, await make_popup(client, acme))
    other = await make_popup(client, acme, slug="other")

    response = await client.patch(
        f"/api/v1/products/{product['id']}", headers=acme.headers, json={"popup_id": other["id"]}
    )

    assert kind_of(response) == (422, "invalid-request")
    assert pointers(response) == ["/body/popup_id"]


async def test_products_of_an_archived_popup_are_a_record(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    product = await make_product(client, acme, popup)
    await change(client, acme, f"popups/{popup['id']}", status="archived")
    path = f"/api/v1/products/{product['id']}"

    created = await client.post(
        "/api/v1/products",
        headers=acme.headers,
        json={**PRODUCT, "popup_id": popup["id"], "slug": "late"},
    )
    changed = await client.patch(path, headers=acme.headers, json={"price_minor": 1})
    deleted = await client.delete(path, headers=acme.headers)

    answers = [kind_of(answer) for answer in (created, changed, deleted)]
    assert answers == [(409, "popup-archived")] * 3
    listed = await client.get("/api/v1/products", headers=acme.headers)
    assert listed.json()["results"] == [product]


async def test_delete_product_takes_it_off_the_list(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    doomed = await make_product(client, acme, popup, slug="doomed")
    kept = await make_product(client, acme, popup, slug="kept")

    response = await client.delete(f"/api/v1/products/{doomed['id']}", headers=acme.headers)

    assert (response.status_code, response.content) == (204, b"")
    listed = await client.get("/api/v1/products", headers=acme.headers)
    assert listed.json()["results"] == [kept]
    again = await client.delete(f"/api/v1/products/{doomed['id']}", headers=acme.headers)
    assert kind_of(again) == (404, "not-found")


async def test_two_who_delete_a_product_at_once_delete_it_once(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    product = await make_product(client, acme, await make_popup(client, acme))
    path = f"/api/v1/products/{product['id']}"

    answers = await asyncio.gather(*(client.delete(path, headers=acme.headers) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [204, 404, 404]


async def test_every_change_of_a_product_is_in_the_audit_log(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    product = await make_product(client, acme, popup)
    await change(client, acme, f"products/{product['id']}", price_minor=1)
    await change(client, acme, f"popups/{popup['id']}", status="active")
    await client.delete(f"/api/v1/products/{product['id']}", headers=acme.headers)

    async with acme.session() as session:
        log = await session.fetch(
            "SELECT action, actor, changes - 'updated_at' FROM app.audit_log"
            " WHERE table_name = 'products' AND action <> 'delete' ORDER BY at"
        )
        deleted = await session.fetch(
            "SELECT changes ->> 'price_minor' FROM app.audit_log"
            " WHERE table_name = 'products' AND action = 'delete'"
        )

    actor = f"user:{acme.admin_id}"
    shown = {"popup_is_published": [False, True], "is_published": [False, True]}
    assert log == [
        ("insert", actor, None),
        ("update", actor, {"price_minor": [25_000, 1]}),
        ("update", actor, shown),
    ]
    assert deleted == [("1",)]


@pytest.mark.parametrize("status", ["draft", "active", "ended"])
async def test_product_is_published_with_its_popup(
    client: httpx.AsyncClient, acme: TenantWorld, status: str
) -> None:
    popup = await make_popup(client, acme, status=status)
    await make_product(client, acme, popup, slug="on")
    await make_product(client, acme, popup, slug="off", is_active=False)

    async with acme.session() as session:
        rows = await session.fetch(
            "SELECT slug, popup_is_published, is_published FROM app.products ORDER BY slug"
        )

    is_published = status != "draft"
    assert rows == [("off", is_published, False), ("on", is_published, is_published)]
