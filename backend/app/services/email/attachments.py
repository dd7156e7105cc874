"""Attachments by reference: a queued mail names what to attach, and it is made when sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar
from uuid import UUID

from app.core.config import Settings
from app.core.tenant_db import BoundSession
from app.services.email.messages import Attachment

Making: TypeAlias = Callable[[], list[Attachment]]
"""Makes the files, possibly none: in a thread, when no transaction is open any more."""


class AttachmentSource(Protocol):
    """Reads what the files about one subject are made of, with the tenant's session."""

    async def __call__(
        self, session: BoundSession, settings: Settings, subject_id: UUID, /
    ) -> Making:
        """Return what makes the files of what was read."""
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

    async def read(self, session: BoundSession, settings: Settings) -> Making:
        """Read what the files are made of."""
        return await _SOURCES[self.source](session, settings, self.subject_id)


def attachment_source(name: str) -> Callable[[S], S]:
    """Register a function as the source of a kind of attachment."""

    def register(source: S) -> S:
        _SOURCES[name] = source
        return source

    return register
