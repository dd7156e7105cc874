"""The list of uploads: searched, filtered, sorted and paged by the server."""

import httpx
import pytest

from tests.factories import make_upload
from tests.probing import kind_of, pointers
from tests.worlds import TenantWorld

FOUND = {
    "": ["image/gif", "application/pdf", "image/png"],
    "sort=created_at": ["image/png", "application/pdf", "image/gif"],
    "sort=size_bytes": ["application/pdf", "image/gif", "image/png"],
    "sort=-size_bytes": ["image/png", "image/gif", "application/pdf"],
    "kind=document": ["application/pdf"],
    "content_type=image/gif": ["image/gif"],
    "content_type=IMAGE/GIF": ["image/gif"],
    "search=pdf": ["application/pdf"],
    "search=/icon/": ["image/gif"],
    "limit=1": ["image/gif"],
    "skip=2": ["image/png"],
}

NOT_LISTED = {
    "sort=key": "/query/sort",
    "kind=video": "/query/kind",
    "content_type=png": "/query/content_type",
    "created_by=x": "/query/created_by",
}


@pytest.fixture
async def three(client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld) -> None:
    """Three uploads of ours, and the same elsewhere."""
    for world in (acme, globex):
        await make_upload(client, world, size_bytes=30)
        await make_upload(
            client, world, kind="document", content_type="application/pdf", size_bytes=1
        )
        await make_upload(client, world, kind="icon", content_type="image/gif", size_bytes=2)


@pytest.mark.usefixtures("three")
async def test_list_uploads_finds_sorts_filters_and_pages(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    found = {}
    for query in FOUND:
        response = await client.get(f"/api/v1/uploads?{query}", headers=acme.headers)
        found[query] = [row["content_type"] for row in response.json()["results"]]

    assert found == FOUND


async def test_list_uploads_refuses_what_is_not_on_its_list(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    told = {}
    for query in NOT_LISTED:
        response = await client.get(f"/api/v1/uploads?{query}", headers=acme.headers)
        told[query] = (kind_of(response), pointers(response))

    assert told == {
        query: ((422, "invalid-request"), [pointer]) for query, pointer in NOT_LISTED.items()
    }


async def test_list_uploads_takes_one_statement_however_many_there_are(
    client: httpx.AsyncClient, acme: TenantWorld, statements: list[str]
) -> None:
    counts = []
    for wanted in (1, 2, 3):
        await make_upload(client, acme)
        statements.clear()
        response = await client.get("/api/v1/uploads", headers=acme.headers)
        assert len(response.json()["results"]) == wanted
        counts.append(len(statements))

    assert counts == [1, 1, 1]
