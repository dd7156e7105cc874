"""Object storage over real HTTP: a server that speaks S3 runs in this process."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from app.core.config import Environment, Settings
from app.core.errors import NotFound
from app.services.storage import S3Storage, StorageKey, StorageUnavailable, StoredFile, make_storage

TENANT = UUID("018f0000-0000-7000-8000-000000000001")
FILE = UUID("018f0000-0000-7000-8000-0000000000aa")
KEY = StorageKey.of(TENANT, "popup-image", FILE, "image/png")
LIFETIME = timedelta(minutes=15)


def s3_settings(endpoint_url: str, public_url: str = "") -> Settings:
    return Settings(
        _env_file=None,
        environment=Environment.TEST,
        secret_key=SecretStr("secret-key-of-the-tests"),
        storage_endpoint_url=endpoint_url,
        storage_public_url=public_url,
        storage_access_key="access",
        storage_secret_key=SecretStr("secret"),
        storage_bucket="edgeos-tests",
    )


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
async def storage(server: str) -> S3Storage:
    async with httpx.AsyncClient() as client:
        await client.post(f"{server}/moto-api/reset")
        made = await client.put(f"{server}/edgeos-tests")
    assert made.status_code == 200
    return S3Storage(s3_settings(server))


async def test_a_file_is_not_missing_because_its_bucket_is(storage: S3Storage, server: str) -> None:
    elsewhere = S3Storage(s3_settings(server).model_copy(update={"storage_bucket": "no-such"}))

    assert await storage.head(KEY) is None
    with pytest.raises(StorageUnavailable):
        await elsewhere.head(KEY)


async def test_put_get_head_and_delete(storage: S3Storage) -> None:
    await storage.put(KEY, b"picture")

    assert await storage.get(KEY) == b"picture"
    assert await storage.head(KEY) == StoredFile(7, "image/png")
    await storage.delete(KEY)
    await storage.delete(KEY)
    assert await storage.head(KEY) is None
    with pytest.raises(NotFound):
        await storage.get(KEY)


async def test_a_client_puts_and_fetches_through_signed_urls(storage: S3Storage) -> None:
    upload = await storage.presign_put(KEY, size_bytes=7, lifetime=LIFETIME)

    async with httpx.AsyncClient() as client:
        sent = await client.request(
            upload.method, upload.url, headers=dict(upload.headers), content=b"picture"
        )
        url = await storage.presign_get(KEY, lifetime=LIFETIME, download_as="Plan 1.png")
        fetched = await client.get(url)

    assert sent.status_code == 200
    assert fetched.content == b"picture"
    assert fetched.headers["content-type"] == "image/png"
    assert fetched.headers["content-disposition"].startswith('attachment; filename="Plan 1.png"')
    assert await storage.head(KEY) == StoredFile(7, "image/png")


async def test_presign_put_signs_type_length_key_and_time(storage: S3Storage) -> None:
    upload = await storage.presign_put(KEY, size_bytes=7, lifetime=LIFETIME)

    parts = urlsplit(upload.url)
    query = parse_qs(parts.query)
    assert parts.path == f"/edgeos-tests/{KEY}"
    assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert query["X-Amz-Expires"] == ["900"]


async def test_a_browser_form_upload_is_limited_by_its_policy(storage: S3Storage) -> None:
    upload = await storage.presign_post(KEY, max_bytes=100, lifetime=LIFETIME)

    async with httpx.AsyncClient() as client:
        sent = await client.post(
            upload.url, data=dict(upload.fields), files={"file": ("x.png", b"picture")}
        )

    policy = json.loads(base64.b64decode(upload.fields["policy"]))
    assert ["content-length-range", 1, 100] in policy["conditions"]
    assert {"Content-Type": "image/png"} in policy["conditions"]
    assert {"key": str(KEY)} in policy["conditions"]
    assert sent.status_code == 204
    assert await storage.get(KEY) == b"picture"


async def test_signed_urls_name_the_public_address(server: str) -> None:
    storage = S3Storage(s3_settings("http://storage.internal:9000", public_url=server))

    upload = await storage.presign_put(KEY, size_bytes=1, lifetime=LIFETIME)

    assert upload.url.startswith(f"{server}/edgeos-tests/")


async def test_a_storage_that_does_not_answer_is_unavailable() -> None:
    storage = S3Storage(s3_settings("http://127.0.0.1:1"))

    with pytest.raises(StorageUnavailable):
        await storage.head(KEY)


async def test_a_missing_bucket_is_no_missing_file(storage: S3Storage, server: str) -> None:
    async with httpx.AsyncClient() as client:
        await client.post(f"{server}/moto-api/reset")

    with pytest.raises(StorageUnavailable):
        await storage.put(KEY, b"picture")


def test_an_endpoint_in_the_settings_chooses_object_storage(server: str) -> None:
    assert isinstance(make_storage(s3_settings(server)), S3Storage)
