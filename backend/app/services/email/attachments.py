"""Attachments by reference: a queued mail names what to attach, and it is made when sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from app.core.tenant_db import BoundSession
from app.services.email.messages import Attachment


class AttachmentSource(Protocol):
    """Makes the files about one subject from what the tenant's session can read."""

    async def __call__(self, session: BoundSession, subject_id: UUID, /) -> list[Attachment]:
        """Return the files, possibly none."""
        ...


S = TypeVar("S", bound=AttachmentSource)

_SOURCES: dict[str, AttachmentSource] = {}


class AttachmentSourceUnknown(LookupError):
    """No attachment source has this name: always a bug."""


@dataclass(frozen=True, slots=True)
class AttachmentReference:
    """What to attach: a source by name, and what the files are about."""

    source: str
    subject_id: UUID

    def __post_init__(self) -> None:
        if self.source not in _SOURCES:
            raise AttachmentSourceUnknown(self.source)

    async def files(self, session: BoundSession) -> list[Attachment]:
        """Make the files."""
        return await _SOURCES[self.source](session, self.subject_id)


def attachment_source(name: str) -> Callable[[S], S]:
    """Register a function as the source of a kind of attachment."""

    def register(source: S) -> S:
        _SOURCES[name] = source
        return source

    return register
