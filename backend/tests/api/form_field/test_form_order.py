"""The order of a form's fields, set by staff for the whole form at once."""

import httpx
import pytest

from tests.factories import Json, make_field, make_popup
from tests.probing import kind_of
from tests.worlds import TenantWorld


@pytest.fixture
async def popup(client: httpx.AsyncClient, acme: TenantWorld) -> Json:
    """A popup that asks the usual of the profile and nothing else yet."""
    return await make_popup(client, acme)


async def asked(client: httpx.AsyncClient, world: TenantWorld, popup: Json) -> list[str]:
    """Return the keys of a popup's own fields, in order."""
    response = await client.get(
        f"/api/v1/form-fields?popup_id={popup['id']}", headers=world.headers
    )
    return [row["key"] for row in response.json()["results"]]


async def test_order_puts_fields_where_they_are_named(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    fields = [await make_field(client, acme, popup, key=key) for key in "abc"]
    ids = [fields[place]["id"] for place in (2, 0, 1)]

    response = await client.put(
        "/api/v1/form-fields/order",
        headers=acme.headers,
        json={"popup_id": popup["id"], "field_ids": ids},
    )

    assert response.status_code == 200, response.text
    assert [field["key"] for field in response.json()["sections"][1]["fields"]] == ["c", "a", "b"]
    assert await asked(client, acme, popup) == ["c", "a", "b"]
    schema = await client.get(
        f"/api/v1/form-fields/schema?popup_id={popup['id']}", headers=acme.headers
    )
    assert schema.content == response.content


async def test_order_refuses_anything_but_every_field_once(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    fields = [await make_field(client, acme, popup, key=key) for key in "ab"]
    other = await make_popup(client, acme, slug="other")
    stranger = await make_field(client, acme, other)
    first, second = fields[0]["id"], fields[1]["id"]
    orders: tuple[list[object], ...] = (
        [],
        [first],
        [first, first],
        [first, second, first],
        [first, stranger["id"]],
    )

    answers = [
        await client.put(
            "/api/v1/form-fields/order",
            headers=acme.headers,
            json={"popup_id": popup["id"], "field_ids": order},
        )
        for order in orders
    ]

    assert [kind_of(answer) for answer in answers] == [(409, "form-order-incomplete")] * 5
    assert await asked(client, acme, popup) == ["a", "b"]
