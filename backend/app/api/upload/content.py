"""What kinds of files there are, and what each may hold."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

_PICTURES = frozenset({"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"})


class UploadKind(StrEnum):
    """What a file is for. Images and icons are for everybody's eyes, documents for staff's."""

    IMAGE = "image"
    ICON = "icon"
    DOCUMENT = "document"


CONTENT_TYPES: Mapping[UploadKind, frozenset[str]] = MappingProxyType(
    {
        UploadKind.IMAGE: _PICTURES,
        UploadKind.ICON: _PICTURES,
        UploadKind.DOCUMENT: _PICTURES | {"application/pdf"},
    }
)
"""The content types a file of each kind may have."""

PUBLIC_KINDS = frozenset({UploadKind.IMAGE, UploadKind.ICON})
"""Kinds that have an address which works without a login, for as long as the file is kept."""
