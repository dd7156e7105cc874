"""Queues a job in the caller's own transaction: it exists exactly if its cause does."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from pydantic import ValidationError

from app.core.tenant_db import BoundSession, TenantContext
from app.jobs.catalogue import JOBS, JobArguments, JobKind, Scope

JobValue: TypeAlias = str | int | bool | UUID | None


class UnknownJob(LookupError):
    """There is no job of this name, or it is not told these things: always a bug."""


class JobOutOfPlace(RuntimeError):
    """A tenant's session queued the platform's job, or a job for another tenant: always a bug."""


async def defer(
    session: BoundSession,
    job: str,
    *,
    run_at: datetime | None = None,
    lock: str | None = None,
    tenant_id: UUID | None = None,
    **arguments: JobValue,
) -> None:
    """Queue a job; a worker runs it after the transaction has committed.

    Jobs with the same ``lock`` run one after another, in the order they were queued; locks
    of two tenants never meet. In a tenant's session the database itself says whose job it
    is. The platform names the tenant of a tenant's job with ``tenant_id``. What only tells
    of a past queues nothing.

    Raises:
        UnknownJob: no job is called so, or it does not take these arguments.
        JobOutOfPlace: this session may not queue this job.
    """
    kind = _kind(job)
    try:
        told = kind.arguments.model_validate(arguments).model_dump_json()
    except ValidationError as error:
        raise UnknownJob(f"Job {job} is told {kind.arguments.__name__}: {error}") from None
    if session.is_history:
        return
    values = {"job": job, "told": told, "queue": kind.queue, "run_at": run_at, "lock": lock}
    if isinstance(session.context, TenantContext):
        if kind.scope is not Scope.TENANT or tenant_id not in {None, session.tenant_id}:
            raise JobOutOfPlace(f"A tenant's session cannot queue {job} here")
        await session.fetch(_DEFER, values)
        return
    if (kind.scope is Scope.TENANT) is (tenant_id is None):
        raise JobOutOfPlace(f"Job {job} is a {kind.scope}'s: the tenant does not fit")
    await session.fetch(_DEFER_AS_PLATFORM, values | {"tenant": tenant_id})


_DEFER = """
SELECT tenancy.defer_job(
    %(job)s::text, %(told)s::jsonb, %(queue)s::text, %(run_at)s::timestamptz, %(lock)s::text)
"""

_DEFER_AS_PLATFORM = """
SELECT tenancy.defer_platform_job(
    %(job)s::text, %(told)s::jsonb, %(queue)s::text, %(run_at)s::timestamptz, %(lock)s::text,
    %(tenant)s::uuid)
"""


def _kind(job: str) -> JobKind[JobArguments]:
    try:
        return JOBS[job]
    except KeyError:
        raise UnknownJob(f"There is no job {job!r}") from None
