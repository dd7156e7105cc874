"""What tests make, over HTTP as staff would: each maker returns what the API answered."""

from typing import TypeAlias

import httpx

from tests.worlds import TenantWorld

Json: TypeAlias = dict[str, object]

POPUP: Json = {
    "name": "Summer City",
    "slug": "summer-city",
    "starts_on": "2026-06-01",
    "ends_on": "2026-06-30",
}
PRODUCT: Json = {"name": "Week", "slug": "week", "category": "ticket", "price_minor": 25_000}
GROUP: Json = {"name": "Compiler Club", "slug": "compilers"}
COUPON: Json = {"code": "HALF", "percent": 50}
FIELD: Json = {"key": "diet", "label": "What do you eat?", "type": "text"}
UPLOAD: Json = {"kind": "image", "content_type": "image/png", "size_bytes": 7}


async def make_popup(client: httpx.AsyncClient, world: TenantWorld, **changes: object) -> Json:
    """Create a popup; one with another status than draft is moved there."""
    status = changes.pop("status", "draft")
    popup = await _make(client, world, "popups", {**POPUP, **changes})
    if status == "draft":
        return popup
    steps = {"active": ["active"], "ended": ["active", "ended"], "archived": ["archived"]}
    for step in steps[str(status)]:
        popup = await change(client, world, f"popups/{popup['id']}", status=step)
    return popup


async def make_product(
    client: httpx.AsyncClient, world: TenantWorld, popup: Json, **changes: object
) -> Json:
    """Put a product on a popup's list."""
    return await _make(client, world, "products", {**PRODUCT, "popup_id": popup["id"], **changes})


async def make_coupon(
    client: httpx.AsyncClient, world: TenantWorld, popup: Json, **changes: object
) -> Json:
    """Make a coupon for a popup."""
    return await _make(client, world, "coupons", {**COUPON, "popup_id": popup["id"], **changes})


async def make_group(
    client: httpx.AsyncClient, world: TenantWorld, popup: Json, **changes: object
) -> Json:
    """Make a group of a popup."""
    return await _make(client, world, "groups", {**GROUP, "popup_id": popup["id"], **changes})


async def make_field(
    client: httpx.AsyncClient, world: TenantWorld, popup: Json, **changes: object
) -> Json:
    """Add a field to a popup's form."""
    return await _make(client, world, "form-fields", {**FIELD, "popup_id": popup["id"], **changes})


async def make_upload(client: httpx.AsyncClient, world: TenantWorld, **changes: object) -> Json:
    """Ask to upload a file."""
    return await _make(client, world, "uploads", {**UPLOAD, **changes})


async def change(
    client: httpx.AsyncClient, world: TenantWorld, path: str, **changes: object
) -> Json:
    """Change a row."""
    response = await client.patch(f"/api/v1/{path}", headers=world.headers, json=changes)
    assert response.status_code == 200, response.text
    changed: Json = response.json()
    return changed


async def _make(client: httpx.AsyncClient, world: TenantWorld, path: str, body: Json) -> Json:
    response = await client.post(f"/api/v1/{path}", headers=world.headers, json=body)
    assert response.status_code == 201, response.text
    made: Json = response.json()
    return made
