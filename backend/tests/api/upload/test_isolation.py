"""Another organisation's files: not read, not deleted, not told from nothing."""

import httpx
import psycopg
import pytest

from app.core.config import Settings
from app.core.tenant_db import DatabaseRole, PlatformContext
from app.jobs.queue import defer
from app.jobs.worker import run_worker
from tests.api.upload.test_upload_endpoints import PICTURE, send
from tests.factories import Json, make_upload
from tests.probing import indistinguishable, kind_of
from tests.worlds import TenantWorld


@pytest.fixture
async def theirs(client: httpx.AsyncClient, globex: TenantWorld) -> Json:
    """A file of the other organisation, for everybody's eyes."""
    upload = await make_upload(client, globex)
    await send(client, upload)
    return upload


async def test_list_shows_exactly_the_callers_uploads(
    client: httpx.AsyncClient, acme: TenantWorld, theirs: Json
) -> None:
    ours = await make_upload(client, acme)

    response = await client.get("/api/v1/uploads", headers=acme.headers)

    assert ours["content_type"] == theirs["content_type"]
    assert [row["id"] for row in response.json()["results"]] == [ours["id"]]
    assert response.json()["paging"]["total"] == 1


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_anothers_upload_answers_like_none(
    client: httpx.AsyncClient, acme: TenantWorld, theirs: Json, method: str
) -> None:
    response = await indistinguishable(client, acme.headers, method, "uploads/{id}", theirs["id"])

    assert kind_of(response) == (404, "not-found")
    shown = await client.get(str(theirs["url"]), follow_redirects=True)
    assert shown.content == PICTURE


async def test_address_serves_the_organisation_it_names(
    client: httpx.AsyncClient, acme: TenantWorld, theirs: Json
) -> None:
    response = await indistinguishable(
        client, {}, "GET", f"uploads/public/{acme.tenant_id}/{{id}}", theirs["id"]
    )

    assert kind_of(response) == (404, "not-found")
    unknown = await client.get(f"/api/v1/uploads/public/{theirs['id']}/{theirs['id']}")
    assert kind_of(unknown) == (404, "tenant-unknown")


async def test_the_database_refuses_a_key_outside_the_organisations_prefix(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    ours = await make_upload(client, acme)
    stolen = f"{globex.tenant_id}/image/{ours['id']}.png"

    with pytest.raises(psycopg.errors.CheckViolation):
        async with acme.session() as session:
            await session.fetch("UPDATE app.uploads SET key = %(key)s", {"key": stolen})


@pytest.mark.parametrize("role", [DatabaseRole.HUMAN, DatabaseRole.PUBLIC])
@pytest.mark.usefixtures("theirs")
async def test_the_database_shows_visitors_the_public_files_of_one_organisation(
    client: httpx.AsyncClient, acme: TenantWorld, role: DatabaseRole
) -> None:
    await make_upload(client, acme, kind="document")
    shown = await make_upload(client, acme, kind="icon")

    async with acme.session(role) as session:
        rows = await session.fetch("SELECT id::text FROM app.uploads")

    assert rows == [(shown["id"],)]


async def test_job_deletes_no_file_of_another_organisation(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    theirs: Json,
    settings: Settings,
) -> None:
    async with acme.session() as session:
        for key in (f"{globex.tenant_id}/image/{theirs['id']}.png", "../../etc/passwd"):
            await defer(session, "delete_file", key=key)

    await run_worker(settings, until_empty=True)

    shown = await client.get(str(theirs["url"]), follow_redirects=True)
    assert shown.content == PICTURE
    async with globex.database.platform(PlatformContext("system:test")) as session:
        states = await session.fetch(
            "SELECT status::text FROM jobs.procrastinate_jobs WHERE task_name = 'delete_file'"
        )
    assert states == [("failed",), ("failed",)]
