"""What is sent and read of uploads."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.shared.response import ListQuery
from app.api.shared.types import Input, Instant, Output
from app.api.upload.content import UploadKind

ContentType = Annotated[
    str,
    StringConstraints(to_lower=True, max_length=100, pattern=r"^[A-Za-z]+/[A-Za-z0-9.+-]+$"),
    Field(examples=["image/png"]),
]
SizeBytes = Annotated[int, Field(ge=1, le=2**40, strict=True, description="Of the whole file.")]


class UploadCreate(Input):
    """A file that is to be uploaded. Its bytes go straight to the storage."""

    kind: UploadKind
    content_type: ContentType
    size_bytes: SizeBytes


class UploadPublic(Output):
    """A file. ``url`` is its lasting address, null where only staff may see it."""

    id: UUID
    kind: UploadKind
    content_type: str
    size_bytes: int
    url: str | None
    created_by: str
    created_at: Instant


class UploadRequest(Output):
    """What to send to the storage, and until when: this method, these headers and fields."""

    method: Literal["PUT", "POST"]
    url: str
    headers: dict[str, str]
    fields: dict[str, str]
    expires_at: Instant


class UploadTicket(UploadPublic):
    """A new upload: send the bytes as ``upload`` says."""

    upload: UploadRequest


class UploadDownload(UploadPublic):
    """A file with a URL that fetches it, for a while."""

    download_url: str
    download_expires_at: Instant


class UploadQuery(ListQuery):
    """Filters of the list of uploads."""

    kind: UploadKind | None = None
    content_type: ContentType | None = None
    sort: Literal["created_at", "-created_at", "size_bytes", "-size_bytes"] = "-created_at"


class FileQuery(Input):
    """The signed part of a local file's URL; whatever is wrong with it answers alike."""

    expires: str = ""
    signature: str = ""
    max_bytes: str = ""
    download_as: str = ""
