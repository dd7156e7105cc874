"""The list of popups: searched, filtered, sorted and paged by the server."""

import httpx
import pytest

from tests.factories import make_popup
from tests.probing import kind_of, pointers
from tests.worlds import TenantWorld


async def slugs(client: httpx.AsyncClient, world: TenantWorld, query: str) -> list[str]:
    response = await client.get(f"/api/v1/popups?{query}", headers=world.headers)
    assert response.status_code == 200, response.text
    assert response.json()["paging"]["total"] == len(response.json()["results"])
    return [row["slug"] for row in response.json()["results"]]


@pytest.fixture
async def three(client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld) -> None:
    """Three popups of ours, and one like each at another organisation."""
    for world in (acme, globex):
        await make_popup(
            client, world, slug="beach", name="Beach 100%", location="Lisbon", status="active"
        )
        await make_popup(
            client, world, slug="alps", name="Alps", tagline="Snow", starts_on="2026-02-01"
        )
        await make_popup(
            client, world, slug="city", name="City_1", location="LISBON", starts_on="2026-05-01"
        )


FOUND = {
    "": ["city", "alps", "beach"],
    "sort=created_at": ["beach", "alps", "city"],
    "sort=name": ["alps", "beach", "city"],
    "sort=-name": ["city", "beach", "alps"],
    "sort=starts_on": ["alps", "city", "beach"],
    "sort=-starts_on": ["beach", "city", "alps"],
    "sort=ends_on": ["beach", "alps", "city"],
    "sort=-ends_on": ["city", "alps", "beach"],
    "status=active": ["beach"],
    "status=draft&sort=name": ["alps", "city"],
    "status=archived": [],
    "starts_on_from=2026-05-01&sort=name": ["beach", "city"],
    "starts_on_until=2026-05-01": ["alps"],
    "starts_on_from=2026-02-01&starts_on_until=2026-02-02": ["alps"],
    "search=lisbon&sort=name": ["beach", "city"],
    "search=snow": ["alps"],
    "search=100%25": ["beach"],
    "search=y_": ["city"],
    "search=%5C": [],
    "search=lisbon&status=active": ["beach"],
}


@pytest.mark.usefixtures("three")
async def test_list_popups_finds_sorts_and_filters(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    found = {query: await slugs(client, acme, query) for query in FOUND}

    assert found == FOUND


@pytest.mark.usefixtures("three")
async def test_list_popups_is_paged(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    pages = [
        (await client.get(f"/api/v1/popups?sort=name&{query}", headers=acme.headers)).json()
        for query in ("limit=2", "skip=2&limit=2", "skip=9", "limit=2&count=false")
    ]

    assert [[row["slug"] for row in page["results"]] for page in pages] == [
        ["alps", "beach"],
        ["city"],
        [],
        ["alps", "beach"],
    ]
    assert [page["paging"] for page in pages] == [
        {"skip": 0, "limit": 2, "total": 3},
        {"skip": 2, "limit": 2, "total": 3},
        {"skip": 9, "limit": 100, "total": 3},
        {"skip": 0, "limit": 2, "total": None},
    ]


NOT_LISTED = {
    "sort=tagline": "/query/sort",
    "sort=name;drop": "/query/sort",
    "status=gone": "/query/status",
    "limit=0": "/query/limit",
    "limit=201": "/query/limit",
    "skip=-1": "/query/skip",
    "skip=9999999999999999999": "/query/skip",
    "search=": "/query/search",
    f"search={'x' * 101}": "/query/search",
    "search=%00": "/query/search",
    "starts_on_from=2026-02-30": "/query/starts_on_from",
    "count=maybe": "/query/count",
    "colour=red": "/query/colour",
}


async def test_list_popups_refuses_what_is_not_on_its_list(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    told = {}
    for query in NOT_LISTED:
        response = await client.get(f"/api/v1/popups?{query}", headers=acme.headers)
        told[query] = (kind_of(response), pointers(response))

    assert told == {
        query: ((422, "invalid-request"), [pointer]) for query, pointer in NOT_LISTED.items()
    }


@pytest.mark.parametrize("path", ["popups", "popups/public"])
async def test_list_popups_takes_one_statement_however_many_there_are(
    client: httpx.AsyncClient, acme: TenantWorld, statements: list[str], path: str
) -> None:
    counts = []
    for wanted, slug in ((1, "a"), (2, "b"), (3, "c")):
        await make_popup(client, acme, slug=slug, status="active")
        statements.clear()
        response = await client.get(f"/api/v1/{path}", headers=acme.public_headers | acme.headers)
        assert len(response.json()["results"]) == wanted
        counts.append(len(statements))

    assert counts == [1, 1, 1]
