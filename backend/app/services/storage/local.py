"""Files in a local folder, behind URLs that the application signs and serves itself."""

import hashlib
import hmac
import os
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPMethod
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import anyio
import anyio.to_thread

from app.core.config import Settings
from app.core.errors import NotFound
from app.services.storage.files import (
    ContentTypeMismatch,
    FileUrlInvalid,
    SignedUpload,
    StorageKey,
    StoredFile,
    UploadTooLarge,
)

LOCAL_FILES_PATH = "/api/v1/uploads/files"
"""Where the application serves the folder; the key follows."""

CHUNK_BYTES = 256 * 1024
"""How much of a file is in memory at once."""

_EXPIRY = re.compile(r"\d{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileGrant:
    """What a verified URL allows: to send, or to fetch, one file."""

    key: StorageKey
    max_bytes: int = 0
    download_as: str | None = None


@dataclass(frozen=True, slots=True)
class SignedQuery:
    """The query of a file URL, as strings from outside until it is verified."""

    expires: str
    signature: str
    max_bytes: str = ""
    download_as: str = ""


class LocalStorage:
    """A folder, for a machine without object storage; its URLs carry an HMAC and an expiry.

    The application serves them: it checks a request with ``verify_put`` or
    ``verify_get`` and then calls ``save`` or ``stream``. Paths are built from parsed keys
    alone, so no text of a request ever becomes part of one.
    """

    def __init__(self, folder: Path, base_url: str, signing_key: bytes) -> None:
        self._folder = folder
        self._base_url = base_url.rstrip("/")
        self._signing_key = signing_key

    @classmethod
    def of(cls, settings: Settings) -> "LocalStorage":
        """Keep files in ``VAR_DIR/uploads``."""
        folder = settings.var_dir / "uploads"
        return cls(folder, settings.public_url + LOCAL_FILES_PATH, settings.key("upload"))

    async def presign_put(
        self, key: StorageKey, *, size_bytes: int, lifetime: timedelta
    ) -> SignedUpload:
        """Sign a PUT of the key's content type and of no more than this size."""
        expires_at = datetime.now(UTC) + lifetime
        query = self._signed(HTTPMethod.PUT, key, expires_at, max_bytes=str(size_bytes))
        headers = {"Content-Type": key.content_type}
        return SignedUpload("PUT", self._url(key, query), expires_at, headers)

    async def presign_get(
        self, key: StorageKey, *, lifetime: timedelta, download_as: str | None = None
    ) -> str:
        """Return a URL that fetches the file; with a name the browser saves it under that."""
        expires_at = datetime.now(UTC) + lifetime
        query = self._signed(HTTPMethod.GET, key, expires_at, download_as=download_as or "")
        return self._url(key, query)

    def verify_put(self, key: str, query: SignedQuery) -> FileGrant:
        """Return what a PUT to this URL may store.

        Raises:
            FileUrlInvalid: the URL is forged, changed, expired, or for another method.
        """
        verified = self._verify(HTTPMethod.PUT, key, query)
        return FileGrant(verified, max_bytes=int(query.max_bytes))

    def verify_get(self, key: str, query: SignedQuery) -> FileGrant:
        """Return what a GET of this URL may fetch.

        Raises:
            FileUrlInvalid: the URL is forged, changed, expired, or for another method.
        """
        verified = self._verify(HTTPMethod.GET, key, query)
        return FileGrant(verified, download_as=query.download_as or None)

    async def save(
        self, grant: FileGrant, content_type: str | None, body: AsyncIterator[bytes]
    ) -> StoredFile:
        """Store what a client sends: whole, or not at all.

        Written beside its place and moved there when complete, so that nobody ever reads
        half a file and a broken upload leaves nothing.

        Raises:
            ContentTypeMismatch: the request declares another content type than was signed.
            UploadTooLarge: more bytes came than were signed.
        """
        if content_type != grant.key.content_type:
            raise ContentTypeMismatch(expected=grant.key.content_type)
        place = self._path(grant.key)
        await place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = place.parent / f".{uuid4()}.part"
        size = 0
        try:
            async with await anyio.open_file(partial, "xb") as file:
                async for chunk in body:
                    size += len(chunk)
                    if size > grant.max_bytes:
                        raise UploadTooLarge(max_bytes=grant.max_bytes)
                    await file.write(chunk)
                await file.flush()
                await anyio.to_thread.run_sync(os.fsync, file.wrapped.fileno())
            await partial.replace(place)
        finally:
            # Also when the client went away; after the move there is nothing to remove.
            with anyio.CancelScope(shield=True):
                await partial.unlink(missing_ok=True)
        return StoredFile(size, grant.key.content_type)

    async def stream(self, key: StorageKey) -> AsyncGenerator[bytes]:
        """Yield a file in chunks.

        Raises:
            NotFound: there is none.
        """
        try:
            file = await anyio.open_file(self._path(key), "rb")
        except FileNotFoundError:
            raise NotFound from None
        async with file:
            while chunk := await file.read(CHUNK_BYTES):
                yield chunk

    async def head(self, key: StorageKey) -> StoredFile | None:
        """Return what is stored under the key, or None."""
        try:
            found = await self._path(key).stat()
        except FileNotFoundError:
            return None
        return StoredFile(found.st_size, key.content_type)

    async def put(self, key: StorageKey, content: bytes) -> None:
        """Store a file, over one that is there."""
        await self.save(FileGrant(key, len(content)), key.content_type, _once(content))

    async def get(self, key: StorageKey) -> bytes:
        """Return a file whole.

        Raises:
            NotFound: there is none.
        """
        return b"".join([chunk async for chunk in self.stream(key)])

    async def delete(self, key: StorageKey) -> None:
        """Remove a file; one that is not there is as good as removed."""
        await self._path(key).unlink(missing_ok=True)

    def _path(self, key: StorageKey) -> anyio.Path:
        return anyio.Path(self._folder, *str(key).split("/"))

    def _url(self, key: StorageKey, query: SignedQuery) -> str:
        values = {
            "expires": query.expires,
            "max_bytes": query.max_bytes,
            "download_as": query.download_as,
            "signature": query.signature,
        }
        filled = {name: value for name, value in values.items() if value}
        return f"{self._base_url}/{key}?{urlencode(filled)}"

    def _signed(
        self,
        method: HTTPMethod,
        key: StorageKey,
        expires_at: datetime,
        *,
        max_bytes: str = "",
        download_as: str = "",
    ) -> SignedQuery:
        expires = str(int(expires_at.timestamp()))
        signature = self._signature(method, key, expires, max_bytes, download_as)
        return SignedQuery(expires, signature, max_bytes, download_as)

    def _verify(self, method: HTTPMethod, text: str, query: SignedQuery) -> StorageKey:
        try:
            key = StorageKey.parse(text)
        except NotFound:
            raise FileUrlInvalid from None
        expected = self._signature(method, key, query.expires, query.max_bytes, query.download_as)
        if not hmac.compare_digest(expected.encode(), query.signature.encode()):
            raise FileUrlInvalid
        if not _EXPIRY.fullmatch(query.expires) or int(query.expires) < time.time():
            raise FileUrlInvalid
        return key

    def _signature(
        self, method: HTTPMethod, key: StorageKey, expires: str, max_bytes: str, download_as: str
    ) -> str:
        # Each part is preceded by its length: no two different requests sign alike.
        parts = (method, str(key), key.content_type, expires, max_bytes, download_as)
        encoded = [part.encode() for part in parts]
        message = b"".join(b"%d:%s" % (len(part), part) for part in encoded)
        return hmac.new(self._signing_key, message, hashlib.sha256).hexdigest()


async def _once(content: bytes) -> AsyncGenerator[bytes]:
    yield content
