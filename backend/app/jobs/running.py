"""What a job function is handed: what it was told, whose it is, and the world outside."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from pydantic import ValidationError

from app.core.config import Settings
from app.core.db import Database
from app.core.tenant_db import BoundSession, DatabaseRole, PlatformContext, TenantContext
from app.jobs.catalogue import JobArguments, JobKind, Scope
from app.services.email.mailers import Mailer
from app.services.storage import Storage

A = TypeVar("A", bound=JobArguments)
A_co = TypeVar("A_co", bound=JobArguments, covariant=True)


class GiveUp(RuntimeError):
    """Another attempt at this job cannot succeed: it is kept as failed at once."""


@dataclass(frozen=True, slots=True)
class World:
    """What a worker works with."""

    settings: Settings
    database: Database
    mailer: Mailer
    storage: Storage


@dataclass(frozen=True)
class Job(Generic[A_co]):
    """One attempt at one job.

    A job may run again after it has had its effect, when a worker dies before it could say
    so: what a job does must bear being done twice.
    """

    name: str
    told: A_co
    world: World
    is_last_attempt: bool

    @property
    def actor(self) -> str:
        """What the audit log says of this job's changes."""
        return f"system:job:{self.name}"


@dataclass(frozen=True)
class TenantJob(Job[A_co]):
    """An attempt at a job of one tenant."""

    tenant_id: UUID

    def session(self) -> AbstractAsyncContextManager[BoundSession]:
        """Open a transaction of the tenant; commits when the block ends."""
        context = TenantContext(self.tenant_id, DatabaseRole.READ_WRITE, self.actor)
        return self.world.database.tenant(context)


@dataclass(frozen=True)
class PlatformJob(Job[A_co]):
    """An attempt at a job of the platform."""

    def session(self) -> AbstractAsyncContextManager[BoundSession]:
        """Open a transaction of the platform; commits when the block ends."""
        return self.world.database.platform(PlatformContext(self.actor))


class Task(Protocol):
    """A kind of job together with the function that does it."""

    @property
    def kind(self) -> JobKind[JobArguments]:
        """Which kind."""
        ...

    async def run(
        self, world: World, arguments: Mapping[str, object], *, is_last_attempt: bool
    ) -> None:
        """Do it once.

        Raises:
            GiveUp: the arguments are not this job's, or it says so itself.
        """
        ...


@dataclass(frozen=True)
class TenantTask(Generic[A]):
    """A job of tenants."""

    kind: JobKind[A]
    function: Callable[[TenantJob[A]], Awaitable[None]]

    def __post_init__(self) -> None:
        _refuse_other_scope(self.kind, Scope.TENANT)

    async def run(
        self, world: World, arguments: Mapping[str, object], *, is_last_attempt: bool
    ) -> None:
        """Do it once, for the tenant the database stamped on it."""
        rest = {name: value for name, value in arguments.items() if name != "tenant_id"}
        try:
            tenant_id = UUID(str(arguments["tenant_id"]))
            told = self.kind.arguments.model_validate(rest)
        except (KeyError, ValueError) as error:
            raise GiveUp("The arguments are not those of a tenant's job") from error
        job = TenantJob(self.kind.name, told, world, is_last_attempt, tenant_id)
        await self.function(job)


@dataclass(frozen=True)
class PlatformTask(Generic[A]):
    """A job of the platform.

    What a tenant queues always carries a tenant, so no platform job of a tenant's making
    ever gets past its arguments.
    """

    kind: JobKind[A]
    function: Callable[[PlatformJob[A]], Awaitable[None]]

    def __post_init__(self) -> None:
        _refuse_other_scope(self.kind, Scope.PLATFORM)

    async def run(
        self, world: World, arguments: Mapping[str, object], *, is_last_attempt: bool
    ) -> None:
        """Do it once."""
        try:
            told = self.kind.arguments.model_validate(arguments)
        except ValidationError as error:
            raise GiveUp("The arguments are not those of a platform's job") from error
        await self.function(PlatformJob(self.kind.name, told, world, is_last_attempt))


def _refuse_other_scope(kind: JobKind[A], scope: Scope) -> None:
    if kind.scope is not scope or "tenant_id" in kind.arguments.model_fields:
        raise ValueError(f"Job {kind.name} cannot be done as a {scope}'s")
