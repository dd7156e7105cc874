"""The local folder: what a signed URL allows, and that nothing else gets in or out."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from pydantic import SecretStr

from app.core.config import Environment, Settings
from app.core.errors import NotFound
from app.services.storage import (
    LOCAL_FILES_PATH,
    ContentTypeMismatch,
    ContentTypeNotAllowed,
    FileGrant,
    FileUrlInvalid,
    LocalStorage,
    SignedQuery,
    StorageKey,
    StoredFile,
    UploadTooLarge,
    make_storage,
)

TENANT = UUID("018f0000-0000-7000-8000-000000000001")
OTHER_TENANT = UUID("018f0000-0000-7000-8000-000000000002")
FILE = UUID("018f0000-0000-7000-8000-0000000000aa")
KEY = StorageKey.of(TENANT, "popup-image", FILE, "image/png")
LIFETIME = timedelta(minutes=15)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "uploads", "http://localhost:8000/files", b"k" * 32)


def split(url: str) -> tuple[str, SignedQuery]:
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return parts.path.removeprefix("/files/"), SignedQuery(**query)


async def body(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_a_client_puts_and_fetches_through_signed_urls(
    storage: LocalStorage, tmp_path: Path
) -> None:
    upload = await storage.presign_put(KEY, size_bytes=7, lifetime=LIFETIME)
    grant = storage.verify_put(*split(upload.url))

    saved = await storage.save(grant, upload.headers["Content-Type"], body(b"pict", b"ure"))

    url = await storage.presign_get(KEY, lifetime=LIFETIME, download_as="Plan 1.png")
    fetched = storage.verify_get(*split(url))
    assert saved == StoredFile(7, "image/png")
    assert fetched == FileGrant(KEY, download_as="Plan 1.png")
    assert b"".join([chunk async for chunk in storage.stream(fetched.key)]) == b"picture"
    assert files_in(tmp_path / "uploads") == [str(KEY)]


async def test_put_get_head_and_delete(storage: LocalStorage) -> None:
    await storage.put(KEY, b"picture")

    assert await storage.get(KEY) == b"picture"
    assert await storage.head(KEY) == StoredFile(7, "image/png")
    await storage.delete(KEY)
    await storage.delete(KEY)
    assert await storage.head(KEY) is None
    with pytest.raises(NotFound):
        await storage.get(KEY)


@pytest.mark.parametrize(
    ("changed_key", "changes"),
    [
        pytest.param(str(KEY), {"max_bytes": "8"}, id="a larger size"),
        pytest.param(str(KEY), {"expires": "99999999999"}, id="a later expiry"),
        pytest.param(str(KEY), {"expires": "", "max_bytes": "1"}, id="parts moved"),
        pytest.param(str(KEY), {"signature": "0" * 64}, id="another signature"),
        pytest.param(str(KEY), {"signature": "ü"}, id="no signature at all"),
        pytest.param(str(KEY), {"download_as": "x.html"}, id="a file name"),
        pytest.param(str(KEY).replace(str(TENANT), str(OTHER_TENANT)), {}, id="another tenant"),
        pytest.param(str(KEY).replace(".png", ".pdf"), {}, id="another type"),
        pytest.param(str(KEY).replace("popup-image", "ticket"), {}, id="another kind"),
    ],
)
async def test_verify_put_refuses_a_changed_url(
    storage: LocalStorage, changed_key: str, changes: dict[str, str]
) -> None:
    upload = await storage.presign_put(KEY, size_bytes=7, lifetime=LIFETIME)
    _, query = split(upload.url)

    with pytest.raises(FileUrlInvalid):
        storage.verify_put(changed_key, replace(query, **changes))


async def test_a_url_serves_one_method_only(storage: LocalStorage) -> None:
    put_url = (await storage.presign_put(KEY, size_bytes=7, lifetime=LIFETIME)).url
    get_url = await storage.presign_get(KEY, lifetime=LIFETIME)

    with pytest.raises(FileUrlInvalid):
        storage.verify_get(*split(put_url))
    with pytest.raises(FileUrlInvalid):
        storage.verify_put(*split(get_url))


async def test_a_url_expires(storage: LocalStorage) -> None:
    url = await storage.presign_get(KEY, lifetime=timedelta(seconds=-2))

    with pytest.raises(FileUrlInvalid):
        storage.verify_get(*split(url))


async def test_a_url_of_another_installation_is_refused(
    storage: LocalStorage, tmp_path: Path
) -> None:
    other = LocalStorage(tmp_path / "other", "http://localhost:8000/files", b"o" * 32)
    url = await other.presign_get(KEY, lifetime=LIFETIME)

    with pytest.raises(FileUrlInvalid):
        storage.verify_get(*split(url))


@pytest.mark.parametrize(
    "text",
    [
        "../../etc/passwd",
        f"{TENANT}/../{FILE}.png",
        f"{TENANT}/popup-image/../../{FILE}.png",
        f"/{KEY}",
        f"{KEY}/",
        f"{KEY}\n",
        f"{KEY}\0",
        f"{TENANT}\\popup-image\\{FILE}.png",
        f"{TENANT}/popup-image/{FILE}.html",
        f"{TENANT}/popup-image/{FILE}.svg",
        f"{TENANT}/popup-image/{FILE}",
        f"{TENANT}/popup-image/{str(FILE).upper()}.png",
        f"{TENANT}/Popup/{FILE}.png",
        "",
    ],
)
def test_only_an_exact_key_names_a_file(storage: LocalStorage, text: str) -> None:
    with pytest.raises(NotFound):
        StorageKey.parse(text)
    with pytest.raises(FileUrlInvalid):
        storage.verify_get(text, SignedQuery("1", "0"))


def test_a_key_cannot_be_made_of_foreign_parts() -> None:
    with pytest.raises(ValueError, match="Not a storage key"):
        StorageKey(TENANT, "../x", FILE, "png")
    with pytest.raises(ContentTypeNotAllowed):
        StorageKey.of(TENANT, "popup-image", FILE, "image/svg+xml")


def test_parse_returns_the_key_it_was_written_from() -> None:
    assert StorageKey.parse(str(KEY)) == KEY
    assert KEY.content_type == "image/png"


async def test_save_stops_at_the_signed_size_and_leaves_nothing(
    storage: LocalStorage, tmp_path: Path
) -> None:
    sent = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            sent.append(1)
            yield b"x" * 4

    with pytest.raises(UploadTooLarge):
        await storage.save(FileGrant(KEY, max_bytes=10), "image/png", endless())

    assert len(sent) == 3
    assert files_in(tmp_path) == []


async def test_a_broken_upload_leaves_the_earlier_file(
    storage: LocalStorage, tmp_path: Path
) -> None:
    await storage.put(KEY, b"whole")

    async def broken() -> AsyncIterator[bytes]:
        yield b"ha"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await storage.save(FileGrant(KEY, max_bytes=10), "image/png", broken())

    assert await storage.get(KEY) == b"whole"
    assert files_in(tmp_path / "uploads") == [str(KEY)]


@pytest.mark.parametrize("content_type", ["image/jpeg", "text/html", "", None])
async def test_save_refuses_another_content_type(
    storage: LocalStorage, tmp_path: Path, content_type: str | None
) -> None:
    with pytest.raises(ContentTypeMismatch):
        await storage.save(FileGrant(KEY, max_bytes=10), content_type, body(b"x"))

    assert files_in(tmp_path) == []


async def test_without_an_endpoint_files_go_to_var_dir(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None,
        environment=Environment.TEST,
        secret_key=SecretStr("secret-key-of-the-tests"),
        var_dir=tmp_path,
        storage_backend="local",
    )

    storage = make_storage(settings)

    await storage.put(KEY, b"picture")
    upload = await storage.presign_put(KEY, size_bytes=7, lifetime=LIFETIME)
    assert files_in(tmp_path / "uploads") == [str(KEY)]
    assert upload.url.startswith(f"http://localhost:8000{LOCAL_FILES_PATH}/{KEY}?")
