"""What the public sees of popups: the published ones of one organisation."""

import httpx
import pytest

from app.api.tenant.models import Tenant, TenantStatus
from app.core.tenant_db import PlatformContext
from tests.factories import change, make_popup
from tests.probing import kind_of, pointers
from tests.worlds import Headers, TenantWorld


async def test_public_list_shows_what_is_published(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popups = {
        status: await make_popup(client, acme, slug=status, status=status)
        for status in ("draft", "active", "ended", "archived")
    }
    await make_popup(client, globex, status="active")

    response = await client.get("/api/v1/popups/public", headers=acme.public_headers)

    assert response.json()["results"] == [popups["active"], popups["ended"]]
    assert response.json()["paging"] == {"skip": 0, "limit": 100, "total": 2}


async def test_public_list_can_be_narrowed(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    await make_popup(client, acme, slug="past", status="ended", starts_on="2026-05-01")
    await make_popup(client, acme, slug="next", status="active", starts_on="2026-06-02")
    queries = ("status=ended", "status=active", "starts_on_from=2026-06-01", "sort=-starts_on")

    found = {}
    for query in queries:
        response = await client.get(f"/api/v1/popups/public?{query}", headers=acme.public_headers)
        found[query] = [row["slug"] for row in response.json()["results"]]

    assert found == {
        "status=ended": ["past"],
        "status=active": ["next"],
        "starts_on_from=2026-06-01": ["next"],
        "sort=-starts_on": ["next", "past"],
    }


async def test_public_list_cannot_ask_for_drafts(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    response = await client.get("/api/v1/popups/public?status=draft", headers=acme.public_headers)

    assert kind_of(response) == (422, "invalid-request")
    assert pointers(response) == ["/query/status"]


@pytest.mark.parametrize("status", ["active", "ended"])
async def test_published_popup_is_read_by_its_slug(
    client: httpx.AsyncClient, acme: TenantWorld, status: str
) -> None:
    popup = await make_popup(client, acme, slug="here", status=status)

    response = await client.get("/api/v1/popups/public/here", headers=acme.public_headers)

    assert response.status_code == 200
    assert response.json() == popup


@pytest.mark.parametrize("suffix", ["", "/products", "/form"])
async def test_unpublished_popup_is_unknown_to_the_public(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, suffix: str
) -> None:
    await make_popup(client, acme, slug="draft")
    await make_popup(client, acme, slug="archived", status="archived")
    await make_popup(client, globex, slug="theirs", status="active")

    answers = [
        await client.get(f"/api/v1/popups/public/{slug}{suffix}", headers=acme.public_headers)
        for slug in ("draft", "archived", "theirs", "nothing")
    ]

    assert {kind_of(answer) for answer in answers} == {(404, "popup-unknown")}
    assert len({answer.content for answer in answers}) == 1


async def test_popup_that_becomes_a_draft_again_disappears(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, status="active")

    await change(client, acme, f"popups/{popup['id']}", status="draft")

    response = await client.get("/api/v1/popups/public/summer-city", headers=acme.public_headers)
    assert kind_of(response) == (404, "popup-unknown")


PUBLIC_PATHS = [
    "/popups/public",
    "/popups/public/summer-city",
    "/popups/public/summer-city/products",
    "/popups/public/summer-city/form",
]


async def pages(client: httpx.AsyncClient, headers: Headers) -> list[httpx.Response]:
    return [await client.get(f"/api/v1{path}", headers=headers) for path in PUBLIC_PATHS]


async def test_public_pages_need_to_know_the_organisation(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    await make_popup(client, acme, status="active")

    unnamed = await pages(client, {})
    garbled = await pages(client, {"X-Tenant-Id": "acme"})
    missing = await pages(client, {"X-Tenant-Id": "018f0000-0000-7000-8000-000000000000"})

    for answers in (unnamed, garbled):
        assert [kind_of(answer) for answer in answers] == [(422, "invalid-request")] * 4
        blamed = [{pointer.lower() for pointer in pointers(answer)} for answer in answers]
        assert blamed == [{"/header/x-tenant-id"}] * 4
    assert [kind_of(answer) for answer in missing] == [(404, "tenant-unknown")] * 4


async def test_public_pages_of_a_suspended_organisation_are_gone(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    await make_popup(client, acme, status="active")
    async with acme.database.platform(PlatformContext("system:test")) as session:
        tenant = await session.get_one(Tenant, acme.tenant_id)
        tenant.status = TenantStatus.SUSPENDED

    answers = await pages(client, acme.public_headers)

    assert [kind_of(answer) for answer in answers] == [(404, "tenant-unknown")] * 4


async def test_public_pages_are_the_same_for_somebody_logged_in(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    await make_popup(client, acme, status="active")
    visitor = await pages(client, acme.public_headers)

    human = await pages(client, acme.human_headers)
    admin = await pages(client, acme.headers)

    assert [answer.status_code for answer in visitor] == [200] * 4
    assert [answer.content for answer in human] == [answer.content for answer in visitor]
    assert [answer.content for answer in admin] == [answer.content for answer in visitor]
