"""Uploads: a file goes straight to the storage and back, and its row says that it may."""

from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from app.core.config import Settings
from app.core.tenant_db import PlatformContext
from app.jobs.worker import run_worker
from app.main import create_app
from app.services.storage import Storage, StorageKey
from tests.factories import Json, make_upload
from tests.probing import kind_of
from tests.worlds import TenantWorld

PICTURE = b"picture"


async def send(client: httpx.AsyncClient, upload: Json, content: bytes = PICTURE) -> httpx.Response:
    """Send a file as the answer to the upload says."""
    ticket = upload["upload"]
    assert isinstance(ticket, dict)
    return await client.request(
        ticket["method"], ticket["url"], headers=ticket["headers"], content=content
    )


async def test_create_upload_answers_where_to_send_the_file(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    before = datetime.now(UTC)

    upload = await make_upload(client, acme)

    ticket = upload.pop("upload")
    assert upload == {
        "id": upload["id"],
        "kind": "image",
        "content_type": "image/png",
        "size_bytes": 7,
        "url": f"http://localhost:8000/api/v1/uploads/public/{acme.tenant_id}/{upload['id']}",
        "created_by": f"user:{acme.admin_id}",
        "created_at": upload["created_at"],
    }
    assert isinstance(ticket, dict)
    assert (ticket["method"], ticket["headers"], ticket["fields"]) == (
        "PUT",
        {"Content-Type": "image/png"},
        {},
    )
    path = f"/api/v1/uploads/files/{acme.tenant_id}/image/{upload['id']}.png"
    assert urlsplit(ticket["url"]).path == path
    lifetime = datetime.fromisoformat(ticket["expires_at"]) - before
    assert timedelta(0) <= lifetime - timedelta(minutes=settings.upload_url_minutes)


async def test_image_is_sent_and_shown_to_everybody(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    upload = await make_upload(client, acme)
    address = str(upload["url"])

    sent = await send(client, upload)

    assert (sent.status_code, sent.content) == (204, b"")
    leading = await client.get(address)
    assert leading.status_code == 307
    assert leading.headers["cache-control"] == "public, max-age=450"
    shown = await client.get(address, follow_redirects=True)
    assert (shown.status_code, shown.content) == (200, PICTURE)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-length"] == "7"
    assert shown.headers["x-content-type-options"] == "nosniff"


async def test_document_is_for_staff_alone(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    upload = await make_upload(client, acme, kind="document", content_type="application/pdf")
    await send(client, upload)

    read = await client.get(f"/api/v1/uploads/{upload['id']}", headers=acme.viewer_headers)

    assert upload["url"] is None
    assert read.status_code == 200
    fetched = await client.get(read.json()["download_url"])
    assert (fetched.content, fetched.headers["content-type"]) == (PICTURE, "application/pdf")
    public = f"/api/v1/uploads/public/{acme.tenant_id}/{upload['id']}"
    assert kind_of(await client.get(public)) == (404, "not-found")


async def test_read_upload_signs_a_new_url_each_time(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    upload = await make_upload(client, acme)
    del upload["upload"]

    read = await client.get(f"/api/v1/uploads/{upload['id']}", headers=acme.headers)

    row = read.json()
    assert {name: row[name] for name in upload} == upload
    assert set(row) == {*upload, "download_url", "download_expires_at"}
    assert datetime.fromisoformat(row["download_expires_at"]) > datetime.now(UTC)


async def test_file_that_was_never_sent_is_not_found(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    upload = await make_upload(client, acme)

    shown = await client.get(str(upload["url"]), follow_redirects=True)

    assert kind_of(shown) == (404, "not-found")


async def test_file_of_another_type_or_size_is_refused(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    upload = await make_upload(client, acme)
    ticket = upload["upload"]
    assert isinstance(ticket, dict)

    larger = await send(client, upload, PICTURE + b"!")
    mistyped = await client.put(
        ticket["url"], content=PICTURE, headers={"Content-Type": "text/html"}
    )
    untyped = await client.put(ticket["url"], content=PICTURE)

    assert kind_of(larger) == (413, "upload-too-large")
    assert kind_of(mistyped) == kind_of(untyped) == (415, "content-type-mismatch")
    shown = await client.get(str(upload["url"]), follow_redirects=True)
    assert kind_of(shown) == (404, "not-found")


async def test_file_url_serves_for_what_it_was_signed_and_nothing_else(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    upload = await make_upload(client, acme)
    other = await make_upload(client, acme)
    ticket, other_ticket = upload["upload"], other["upload"]
    assert isinstance(ticket, dict)
    assert isinstance(other_ticket, dict)
    await send(client, upload)
    url, query = str(ticket["url"]).split("?")
    other_url = str(other_ticket["url"]).split("?")[0]
    headers = {"Content-Type": "image/png"}

    answers = [
        await client.get(f"{url}?{query}"),
        await client.get(url),
        await client.put(url, content=PICTURE, headers=headers),
        await client.put(f"{other_url}?{query}", content=PICTURE, headers=headers),
        await client.put(f"{url}?{query}".replace("max_bytes=7", "max_bytes=8"), headers=headers),
        await client.put(f"{url}?{query}".replace("expires=1", "expires=2"), headers=headers),
        await client.get(f"/api/v1/uploads/files/../../../../etc/passwd?{query}"),
        await client.get(f"/api/v1/uploads/files/{acme.tenant_id}%2f..%2f..?{query}"),
    ]

    kinds = [kind_of(answer) for answer in answers[:6]]
    assert kinds == [(403, "file-url-invalid")] * 6
    assert {answer.status_code for answer in answers[6:]} <= {403, 404}


async def test_file_is_saved_under_the_name_its_url_was_signed_with(
    client: httpx.AsyncClient, app: FastAPI, acme: TenantWorld
) -> None:
    upload = await make_upload(client, acme, kind="document", content_type="application/pdf")
    await send(client, upload)
    storage: Storage = app.state.storage
    key = StorageKey.of(acme.tenant_id, "document", UUID(str(upload["id"])), "application/pdf")
    url = await storage.presign_get(key, lifetime=timedelta(minutes=1), download_as="Tür 1.pdf")

    response = await client.get(url)

    assert response.content == PICTURE
    assert response.headers["content-disposition"] == (
        "attachment; filename=\"T_r 1.pdf\"; filename*=UTF-8''T%C3%BCr%201.pdf"
    )


async def test_upload_refuses_what_its_kind_does_not_hold(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    bodies: list[Json] = [
        {"kind": "image", "content_type": "application/pdf", "size_bytes": 7},
        {"kind": "icon", "content_type": "image/svg+xml", "size_bytes": 7},
        {"kind": "document", "content_type": "text/html", "size_bytes": 7},
        {"kind": "image", "content_type": "image/png", "size_bytes": settings.upload_max_bytes + 1},
    ]

    answers = [
        await client.post("/api/v1/uploads", headers=acme.headers, json=body) for body in bodies
    ]

    assert [kind_of(answer) for answer in answers] == [
        *[(415, "content-type-not-allowed")] * 3,
        (413, "upload-too-large"),
    ]
    assert answers[1].json()["allowed"] == [
        "image/avif",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
    ]
    listed = await client.get("/api/v1/uploads", headers=acme.headers)
    assert listed.json()["results"] == []


async def test_delete_upload_ends_its_address_and_then_its_file(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    doomed = await make_upload(client, acme)
    kept = await make_upload(client, acme)
    for upload in (doomed, kept):
        await send(client, upload)
    read = await client.get(f"/api/v1/uploads/{doomed['id']}", headers=acme.headers)
    download_url = read.json()["download_url"]

    response = await client.delete(f"/api/v1/uploads/{doomed['id']}", headers=acme.headers)

    assert (response.status_code, response.content) == (204, b"")
    assert kind_of(await client.get(str(doomed["url"]))) == (404, "not-found")
    again = await client.delete(f"/api/v1/uploads/{doomed['id']}", headers=acme.headers)
    assert kind_of(again) == (404, "not-found")
    await run_worker(settings, until_empty=True)
    assert (await client.get(download_url)).content == PICTURE
    async with acme.database.platform(PlatformContext("system:test")) as session:
        await session.fetch("UPDATE jobs.procrastinate_jobs SET scheduled_at = now()")
    await run_worker(settings, until_empty=True)
    assert kind_of(await client.get(download_url)) == (404, "not-found")
    shown = await client.get(str(kept["url"]), follow_redirects=True)
    assert shown.content == PICTURE


async def test_an_upload_whose_file_never_came_is_forgotten_after_a_day(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings
) -> None:
    sent, missing = await make_upload(client, acme), await make_upload(client, acme)
    theirs = await make_upload(client, globex)
    for upload in (sent, theirs):
        assert (await send(client, upload)).status_code == 204

    async def left(world: TenantWorld) -> list[object]:
        listed = await client.get("/api/v1/uploads?sort=created_at", headers=world.headers)
        return [row["id"] for row in listed.json()["results"]]

    await run_worker(settings, until_empty=True)
    at_once = await left(acme)
    async with acme.database.platform(PlatformContext("system:test")) as session:
        due = await session.fetch(
            "UPDATE jobs.procrastinate_jobs j SET scheduled_at = now() FROM jobs.procrastinate_jobs"
            " b WHERE b.id = j.id RETURNING b.scheduled_at > now() + interval '1 day'"
        )
    for _ in range(2):
        await run_worker(settings, until_empty=True)
        assert (await left(acme), await left(globex)) == ([sent["id"]], [theirs["id"]])

    assert at_once == [sent["id"], missing["id"]]
    assert due == [(True,)] * 3


@pytest.fixture(scope="module")
def s3_server() -> Generator[str]:
    """A server that speaks S3, in this process."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
async def s3_app(settings: Settings, s3_server: str) -> AsyncGenerator[FastAPI]:
    """The application with its files in object storage."""
    changes = {
        "storage_backend": "s3",
        "storage_endpoint_url": s3_server,
        "storage_access_key": "access",
        "storage_secret_key": SecretStr("secret"),
        "storage_bucket": "edgeos-tests",
    }
    async with httpx.AsyncClient() as outside:
        await outside.put(f"{s3_server}/edgeos-tests")
    application = create_app(settings.model_copy(update=changes))
    async with application.router.lifespan_context(application):
        yield application


async def test_file_goes_through_object_storage(acme: TenantWorld, s3_app: FastAPI) -> None:
    transport = httpx.ASGITransport(app=s3_app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        httpx.AsyncClient() as outside,
    ):
        upload = await make_upload(client, acme)
        sent = await send(outside, upload)
        leading = await client.get(str(upload["url"]))
        shown = await outside.get(leading.headers["location"])
        local = await client.get(f"/api/v1/uploads/files/{acme.tenant_id}/image/x.png")

    assert sent.status_code == 200
    assert (shown.content, shown.headers["content-type"]) == (PICTURE, "image/png")
    assert kind_of(local) == (404, "not-found")
