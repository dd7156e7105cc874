"""Files that users upload: object storage over S3, or a local folder behind signed URLs.

Clients send and fetch bytes straight from the storage, through URLs signed for one key,
content type, size and time. Keys stand under the tenant's own prefix.
"""

from app.core.config import Settings
from app.services.storage.files import (
    EXTENSIONS,
    ContentTypeMismatch,
    ContentTypeNotAllowed,
    FileUrlInvalid,
    SignedUpload,
    Storage,
    StorageKey,
    StorageUnavailable,
    StoredFile,
    UploadTooLarge,
    content_disposition,
)
from app.services.storage.local import LOCAL_FILES_PATH, FileGrant, LocalStorage, SignedQuery
from app.services.storage.s3 import S3Storage

__all__ = [
    "EXTENSIONS",
    "LOCAL_FILES_PATH",
    "ContentTypeMismatch",
    "ContentTypeNotAllowed",
    "FileGrant",
    "FileUrlInvalid",
    "LocalStorage",
    "S3Storage",
    "SignedQuery",
    "SignedUpload",
    "Storage",
    "StorageKey",
    "StorageUnavailable",
    "StoredFile",
    "UploadTooLarge",
    "content_disposition",
    "make_storage",
]


def make_storage(settings: Settings) -> S3Storage | LocalStorage:
    """Return the storage the settings choose; nothing is contacted yet."""
    return S3Storage(settings) if settings.uses_s3 else LocalStorage.of(settings)
