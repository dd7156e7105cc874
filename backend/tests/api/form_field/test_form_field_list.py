"""The list of form fields: searched, filtered, sorted and paged by the server."""

import httpx
import pytest

from tests.factories import Json, make_field, make_popup
from tests.probing import kind_of, pointers
from tests.worlds import TenantWorld


@pytest.fixture
async def popup(client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld) -> Json:
    """A popup with three fields; another one with a fourth, and the same elsewhere."""
    for world in (globex, acme):
        popup = await make_popup(client, world)
        await make_field(client, world, popup, key="why", label="Why?", position=3)
        await make_field(
            client, world, popup, key="diet", label="Food", position=1, section="Life", type="url"
        )
        await make_field(
            client, world, popup, key="kids", label="Any kids", position=2, required=True
        )
        other = await make_popup(client, world, slug="other")
        await make_field(client, world, other, key="pets", label="Pets", position=4)
    return popup


FOUND = {
    "": ["diet", "kids", "why", "pets"],
    "sort=-position": ["pets", "why", "kids", "diet"],
    "sort=created_at": ["why", "diet", "kids", "pets"],
    "sort=-created_at": ["pets", "kids", "diet", "why"],
    "sort=key": ["diet", "kids", "pets", "why"],
    "sort=-key": ["why", "pets", "kids", "diet"],
    "sort=label": ["kids", "diet", "pets", "why"],
    "sort=-label": ["why", "pets", "diet", "kids"],
    "popup_id={popup}": ["diet", "kids", "why"],
    "type=url": ["diet"],
    "section=Life": ["diet"],
    "required=true": ["kids"],
    "required=false&popup_id={popup}": ["diet", "why"],
    "search=FOOD": ["diet"],
    "search=kid": ["kids"],
    "search=life": ["diet"],
    "search=%5F": [],
}


async def test_list_fields_finds_sorts_and_filters(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    found = {}
    for query in FOUND:
        asked = query.format(popup=popup["id"])
        response = await client.get(f"/api/v1/form-fields?{asked}", headers=acme.headers)
        found[query] = [row["key"] for row in response.json()["results"]]
        assert response.json()["paging"]["total"] == len(found[query])

    assert found == FOUND


async def test_list_fields_is_paged(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    query = f"popup_id={popup['id']}"

    pages = [
        (await client.get(f"/api/v1/form-fields?{query}&{part}", headers=acme.headers)).json()
        for part in ("limit=2", "skip=2&limit=2", "skip=3", "limit=1&count=false")
    ]

    assert [[row["key"] for row in page["results"]] for page in pages] == [
        ["diet", "kids"],
        ["why"],
        [],
        ["diet"],
    ]
    assert [page["paging"]["total"] for page in pages] == [3, 3, 3, None]


NOT_LISTED = {
    "sort=help": "/query/sort",
    "type=file": "/query/type",
    "popup_id=1": "/query/popup_id",
    "required=2": "/query/required",
    f"section={'x' * 101}": "/query/section",
    "section=%00": "/query/section",
    "key=diet": "/query/key",
}


async def test_list_fields_refuses_what_is_not_on_its_list(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    told = {}
    for query in NOT_LISTED:
        response = await client.get(f"/api/v1/form-fields?{query}", headers=acme.headers)
        told[query] = (kind_of(response), pointers(response))

    assert told == {
        query: ((422, "invalid-request"), [pointer]) for query, pointer in NOT_LISTED.items()
    }


async def test_list_fields_takes_one_statement_however_many_there_are(
    client: httpx.AsyncClient, acme: TenantWorld, statements: list[str]
) -> None:
    popup = await make_popup(client, acme)
    counts = []
    for wanted, key in ((1, "a"), (2, "b"), (3, "c")):
        await make_field(client, acme, popup, key=key)
        statements.clear()
        response = await client.get("/api/v1/form-fields", headers=acme.headers)
        assert len(response.json()["results"]) == wanted
        counts.append(len(statements))

    assert counts == [1, 1, 1]
