"""What a stored file is: its key, what a client is handed, and what any storage can do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Literal, Protocol, Self
from urllib.parse import quote
from uuid import UUID

from app.core.errors import DomainError, Forbidden, NotFound

EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {
        "image/avif": "avif",
        "image/gif": "gif",
        "image/jpeg": "jpg",
        "image/png": "png",
        "image/webp": "webp",
        "application/pdf": "pdf",
    }
)
"""What may be stored. Formats that can carry scripts (SVG, HTML) are missing on purpose."""

_CONTENT_TYPES = {extension: content_type for content_type, extension in EXTENSIONS.items()}
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY = re.compile(rf"({_UUID})/([a-z][a-z0-9-]{{0,39}})/({_UUID})\.([a-z0-9]{{1,8}})", re.ASCII)


class ContentTypeNotAllowed(DomainError):
    """Files of this content type cannot be stored."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class UploadTooLarge(DomainError):
    """The file is larger than its upload URL allows."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class ContentTypeMismatch(DomainError):
    """The request declares another content type than its upload URL was made for."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class FileUrlInvalid(Forbidden):
    """This file URL has expired or was not made here."""


class StorageUnavailable(DomainError):
    """The file storage does not answer; try again later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


@dataclass(frozen=True, slots=True)
class StorageKey:
    """Where a file lies: ``{tenant_id}/{kind}/{file_id}.{extension}``, and nothing else."""

    tenant_id: UUID
    kind: str
    file_id: UUID
    extension: str

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(str(self)) or self.extension not in _CONTENT_TYPES:
            raise ValueError(f"Not a storage key: {str(self)!r}")

    def __str__(self) -> str:
        return f"{self.tenant_id}/{self.kind}/{self.file_id}.{self.extension}"

    @classmethod
    def of(cls, tenant_id: UUID, kind: str, file_id: UUID, content_type: str) -> Self:
        """Return the key of a new file.

        Raises:
            ContentTypeNotAllowed: files of this content type are not stored.
        """
        extension = EXTENSIONS.get(content_type)
        if extension is None:
            raise ContentTypeNotAllowed(allowed=sorted(EXTENSIONS))
        return cls(tenant_id, kind, file_id, extension)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key back; anything that is not exactly one cannot name a file.

        Raises:
            NotFound: the text is not a key.
        """
        match = _KEY.fullmatch(text)
        if match is None or match[4] not in _CONTENT_TYPES:
            raise NotFound
        return cls(UUID(match[1]), match[2], UUID(match[3]), match[4])

    @property
    def content_type(self) -> str:
        """The content type the extension stands for."""
        return _CONTENT_TYPES[self.extension]


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """What a client has to send: to which URL, how, with which headers and form fields."""

    method: Literal["PUT", "POST"]
    url: str
    expires_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What the storage knows of a file."""

    size_bytes: int
    content_type: str


class Storage(Protocol):
    """Where files are. Every method may reach over the network: never inside a transaction."""

    async def presign_put(
        self, key: StorageKey, *, size_bytes: int, lifetime: timedelta
    ) -> SignedUpload:
        """Let a client PUT one file of the key's content type and of this size."""
        ...

    async def presign_get(
        self, key: StorageKey, *, lifetime: timedelta, download_as: str | None = None
    ) -> str:
        """Return a URL that fetches the file; with a name the browser saves it under that."""
        ...

    async def head(self, key: StorageKey) -> StoredFile | None:
        """Return what is stored under the key, or None."""
        ...

    async def put(self, key: StorageKey, content: bytes) -> None:
        """Store a file, over one that is there."""
        ...

    async def get(self, key: StorageKey) -> bytes:
        """Return a file whole.

        Raises:
            NotFound: there is none.
        """
        ...

    async def delete(self, key: StorageKey) -> None:
        """Remove a file; one that is not there is as good as removed."""
        ...


def content_disposition(name: str) -> str:
    """Return the header that saves a download under a name, whatever is in the name.

    RFC 6266: plain ASCII for old clients, and the whole name percent-encoded.

    >>> print(content_disposition('Tür "1".pdf'))
    attachment; filename="T_r _1_.pdf"; filename*=UTF-8''T%C3%BCr%20%221%22.pdf
    """
    plain = re.sub(r"[^A-Za-z0-9 ._-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
