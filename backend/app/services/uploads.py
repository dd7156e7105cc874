"""Files are allowed in, fetched and thrown away; their bytes never pass through the database."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from app.api.shared.types import new_id
from app.api.upload.content import CONTENT_TYPES, PUBLIC_KINDS
from app.api.upload.crud import upload_crud
from app.api.upload.models import Upload
from app.api.upload.schemas import UploadCreate
from app.core.config import Settings
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services.storage import (
    ContentTypeNotAllowed,
    SignedUpload,
    Storage,
    StorageKey,
    UploadTooLarge,
)

ADDRESSES_PATH = "/api/v1/uploads/public"
"""Where files that everybody may see have their lasting address: tenant and id follow."""

PATIENCE = timedelta(days=1)
"""How long an upload may be known without its file, once nobody can send that any more."""

OpenSession: TypeAlias = Callable[[], AbstractAsyncContextManager[BoundSession]]


@dataclass(frozen=True, slots=True)
class SignedDownload:
    """A URL that fetches a file, and until when."""

    url: str
    expires_at: datetime


async def allow_upload(
    session: BoundSession, storage: Storage, settings: Settings, data: UploadCreate
) -> tuple[Upload, SignedUpload]:
    """Let a client send one file of this kind, content type and size to the storage.

    Raises:
        ContentTypeNotAllowed: files of this kind do not have that content type.
        UploadTooLarge: it is larger than files may be.
    """
    allowed = CONTENT_TYPES[data.kind]
    if data.content_type not in allowed:
        raise ContentTypeNotAllowed(allowed=sorted(allowed))
    if data.size_bytes > settings.upload_max_bytes:
        raise UploadTooLarge(max_bytes=settings.upload_max_bytes)
    key = StorageKey.of(session.tenant_id, data.kind, new_id(), data.content_type)
    signed = await storage.presign_put(
        key, size_bytes=data.size_bytes, lifetime=_lifetime(settings)
    )
    upload = await upload_crud.create(
        session,
        data,
        id=key.file_id,
        key=str(key),
        url=_address(settings, key) if data.kind in PUBLIC_KINDS else None,
        created_by=session.context.actor,
    )
    look_at = signed.expires_at + PATIENCE
    await defer(session, "forget_missing_upload", run_at=look_at, upload_id=upload.id)
    return upload, signed


async def fetch(
    session: BoundSession, storage: Storage, settings: Settings, upload_id: UUID
) -> tuple[Upload, SignedDownload]:
    """Return a file with a URL that fetches it, for a while.

    Raises:
        NotFound: there is none of that id that this session may see.
    """
    upload = await upload_crud.get(session, upload_id)
    lifetime = _lifetime(settings)
    expires_at = utc_now() + lifetime
    url = await storage.presign_get(StorageKey.parse(upload.key), lifetime=lifetime)
    return upload, SignedDownload(url, expires_at)


async def forget_missing(open_session: OpenSession, storage: Storage, upload_id: UUID) -> None:
    """Delete an upload whose file never came; the storage is asked between transactions.

    Raises:
        StorageUnavailable: it could not be asked; the job is tried again.
    """
    async with open_session() as session:
        upload = await upload_crud.get_or_none(session, upload_id)
    if upload is None or await storage.head(StorageKey.parse(upload.key)) is not None:
        return
    async with open_session() as session:
        again = await upload_crud.get_or_none(session, upload_id)
        if again is not None:
            await upload_crud.delete(session, again)


async def throw_away(session: BoundSession, settings: Settings, upload_id: UUID) -> None:
    """Delete an upload; a job deletes its file, once no signed URL can bring it in again.

    Raises:
        NotFound: there is none of that id in this tenant.
    """
    upload = await upload_crud.get(session, upload_id)
    await upload_crud.delete(session, upload)
    run_at = max(upload.created_at + _lifetime(settings), utc_now())
    await defer(session, "delete_file", run_at=run_at, key=upload.key)


def _lifetime(settings: Settings) -> timedelta:
    return timedelta(minutes=settings.upload_url_minutes)


def _address(settings: Settings, key: StorageKey) -> str:
    return f"{settings.public_url}{ADDRESSES_PATH}/{key.tenant_id}/{key.file_id}"
