"""The worker: runs, tries again, gives up, stops when asked, and survives its database."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from procrastinate.jobs import Job as QueuedJob

from app.core.tenant_db import DatabaseRole
from app.jobs.catalogue import JOBS, SEND_LOGIN_CODE, SEND_MAIL, SendLoginCode, SendMail
from app.jobs.queue import defer
from app.jobs.retries import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, Backoff, wait_after
from app.jobs.running import GiveUp, PlatformJob, PlatformTask, Task, TenantJob, TenantTask
from app.jobs.worker import TASKS, run_worker
from tests.database import Database as OwnDatabase
from tests.jobs.conftest import PLATFORM, Office, as_staff, code_task, mail_task

ID = UUID("018f0000-0000-7000-8000-0000000000aa")
PATIENCE_SECONDS = 20


async def queue(office: Office, tenant_id: UUID | None = None, lock: str | None = None) -> None:
    async with office.database.tenant(as_staff(tenant_id or office.acme)) as session:
        await defer(session, "send_mail", lock=lock, message_id=ID)


async def queue_code(office: Office) -> None:
    async with office.database.platform(PLATFORM) as session:
        await defer(session, "send_login_code", code_id=ID)


async def eventually(office: Office, status: str) -> None:
    """Wait until the only job has a status."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while [row[1] for row in await office.jobs()] != [status]:  # noqa: ASYNC110  # the database has no event
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running_worker(office: Office, *tasks: Task) -> AsyncGenerator[asyncio.Task[None]]:
    """Run a worker beside the test, as a process of its own would."""
    worker = asyncio.create_task(run_worker(office.settings, world=office.world, tasks=tasks))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await office.sql("SELECT id FROM jobs.procrastinate_workers"):
                if worker.done():
                    await worker
                await asyncio.sleep(0.05)
        yield worker
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


def test_the_worker_can_do_every_job_of_the_catalogue() -> None:
    assert {task.kind.name: task.kind for task in TASKS} == JOBS


def test_a_job_is_done_in_the_place_it_is_of() -> None:
    async def anything(_: TenantJob[SendLoginCode]) -> None: ...

    async def anything_else(_: PlatformJob[SendMail]) -> None: ...

    with pytest.raises(ValueError, match="cannot be done as a tenant's"):
        TenantTask[SendLoginCode](SEND_LOGIN_CODE, anything)
    with pytest.raises(ValueError, match="cannot be done as a platform's"):
        PlatformTask[SendMail](SEND_MAIL, anything_else)


async def test_a_job_runs_in_its_tenant_with_what_it_was_told(office: Office) -> None:
    seen: list[tuple[object, ...]] = []

    async def look(job: TenantJob[SendMail]) -> None:
        async with job.session() as session:
            (row,) = await session.fetch(
                "SELECT tenancy.current_tenant(), current_setting('app.actor'), current_user::text"
            )
        seen.append((job.told.message_id, job.tenant_id, *row))

    await queue(office)
    await queue(office, office.globex)

    await office.work(mail_task(look))

    actor, role = "system:job:send_mail", DatabaseRole.READ_WRITE
    assert seen == [
        (ID, office.acme, office.acme, actor, role),
        (ID, office.globex, office.globex, actor, role),
    ]
    assert await office.jobs() == [("send_mail", "succeeded", 1)] * 2


async def test_a_job_of_the_platform_runs_as_the_platform(office: Office) -> None:
    seen: list[object] = []

    async def look(job: PlatformJob[SendLoginCode]) -> None:
        async with job.session() as session:
            rows = await session.fetch("SELECT current_user::text, current_setting('app.actor')")
        seen.extend(rows)

    await queue_code(office)

    await office.work(code_task(look))

    assert seen == [("platform", "system:job:send_login_code")]


async def test_jobs_that_jobs_queue_are_run_too(office: Office) -> None:
    left = [3, 2, 1]

    async def queue_another(job: TenantJob[SendMail]) -> None:
        if left.pop() and left:
            async with job.session() as session:
                await defer(session, "send_mail", message_id=ID)

    await queue(office)

    await office.work(mail_task(queue_another))

    assert await office.jobs() == [("send_mail", "succeeded", 1)] * 3


async def test_what_a_failed_job_wrote_is_rolled_back(office: Office) -> None:
    async def fail_half_way(job: TenantJob[SendMail]) -> None:
        async with job.session() as session:
            await defer(session, "send_mail", message_id=ID)
            raise ConnectionError

    await queue(office)

    await office.work(mail_task(fail_half_way))

    assert await office.jobs() == [("send_mail", "todo", 1)]


async def test_a_failed_job_waits_longer_each_time_and_is_then_kept_as_failed(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    was_last: list[bool] = []

    async def fail(job: TenantJob[SendMail]) -> None:
        was_last.append(job.is_last_attempt)
        raise ConnectionError("the mail server is away")

    most = office.settings.job_max_attempts
    await queue(office)
    waits = []
    for _ in range(most - 1):
        await office.work(mail_task(fail))
        ((wait,),) = await office.sql(
            "SELECT extract(epoch FROM scheduled_at - now())::float8 FROM jobs.procrastinate_jobs"
        )
        assert isinstance(wait, float)
        waits.append(wait)
        await office.make_due()
    await office.work(mail_task(fail))

    assert was_last == [False] * (most - 1) + [True]
    assert waits == sorted(waits)
    assert waits[0] > FIRST_WAIT_SECONDS / 2
    assert await office.jobs() == [("send_mail", "failed", most)]
    (failed,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "send_mail" in failed.getMessage()
    assert failed.exc_info


async def test_a_waiting_job_is_not_run_early(office: Office) -> None:
    runs = []

    async def fail(job: TenantJob[SendMail]) -> None:
        runs.append(job)
        raise ConnectionError

    await queue(office)
    await office.work(mail_task(fail))

    await office.work(mail_task(fail))

    assert len(runs) == 1


async def test_a_job_that_gives_up_is_not_tried_again(office: Office) -> None:
    async def give_up(_: TenantJob[SendMail]) -> None:
        raise GiveUp("there is no such mailbox")

    await queue(office)

    await office.work(mail_task(give_up))

    assert await office.jobs() == [("send_mail", "failed", 1)]


@pytest.mark.parametrize(
    ("earlier", "seconds"), [(0, 10), (1, 30), (2, 90), (5, 2430), (6, 7290), (20, 6 * 3600)]
)
def test_waits_grow_threefold_up_to_six_hours(earlier: int, seconds: int) -> None:
    waits = {wait_after(earlier) for _ in range(50)}

    assert timedelta(seconds=seconds * 0.8) <= min(waits)
    assert max(waits) <= timedelta(seconds=seconds * 1.2)
    assert len(waits) > 1
    assert seconds <= LONGEST_WAIT_SECONDS


def test_a_job_cut_off_by_a_stopping_worker_is_tried_again_at_once() -> None:
    job = QueuedJob(queue="mail", lock=None, queueing_lock=None, task_name="send_mail", attempts=99)

    decision = Backoff(3).get_retry_decision(exception=asyncio.CancelledError(), job=job)

    assert decision is not None


async def test_the_platforms_job_that_a_tenant_slipped_in_is_never_done(office: Office) -> None:
    async def send(_: PlatformJob[SendLoginCode]) -> None:
        raise AssertionError("A tenant made the platform act")

    async with office.database.tenant(as_staff(office.acme)) as session:
        await session.fetch(
            "SELECT tenancy.defer_job('send_login_code',"
            " jsonb_build_object('code_id', %(id)s::uuid), 'mail', NULL, NULL)",
            {"id": ID},
        )

    await office.work(code_task(send))

    assert await office.jobs() == [("send_login_code", "failed", 1)]


@pytest.mark.parametrize(
    "told",
    ["{}", '{"message_id": "x"}', '{"message_id": null}', '{"code_id": "x"}'],
)
async def test_a_job_told_nonsense_is_kept_as_failed(office: Office, told: str) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        await session.fetch(
            "SELECT tenancy.defer_job('send_mail', %(told)s::jsonb, 'mail', NULL, NULL)",
            {"told": told},
        )

    await office.work()

    assert await office.jobs() == [("send_mail", "failed", 1)]


async def test_an_unknown_job_in_the_queue_is_kept_as_failed(office: Office) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        await session.fetch("SELECT tenancy.defer_job('no_such_job', '{}', 'mail', NULL, NULL)")

    await office.work()

    assert await office.jobs() == [("no_such_job", "failed", 1)]


async def test_jobs_with_one_lock_run_one_after_another(office: Office) -> None:
    running, most = 0, 0

    async def look_around(_: TenantJob[SendMail]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1

    for _ in range(4):
        await queue(office, lock="one at a time")

    await office.work(mail_task(look_around))

    assert most == 1
    assert await office.jobs() == [("send_mail", "succeeded", 1)] * 4


async def test_a_waiting_worker_hears_of_a_job_at_once(office: Office) -> None:
    done = asyncio.Event()

    async def tell(_: TenantJob[SendMail]) -> None:
        done.set()

    async with running_worker(office, mail_task(tell)):
        await asyncio.sleep(0.5)  # by now it listens, and has nothing to do
        await queue(office)

        await asyncio.wait_for(done.wait(), 3)  # sooner than it would have looked by itself


async def test_sigterm_lets_the_running_job_finish_and_takes_no_other(office: Office) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def take_a_while(_: TenantJob[SendMail]) -> None:
        begun.set()
        await may_end.wait()

    await queue(office, lock="one at a time")
    await queue(office, lock="one at a time")
    async with running_worker(office, mail_task(take_a_while)) as worker:
        await asyncio.wait_for(begun.wait(), PATIENCE_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.2)
        may_end.set()

        await asyncio.wait_for(worker, PATIENCE_SECONDS)

    assert await office.jobs() == [("send_mail", "succeeded", 1), ("send_mail", "todo", 0)]
    assert await office.sql("SELECT count(*) FROM jobs.procrastinate_workers") == [(0,)]


async def test_a_job_that_outlasts_the_grace_is_queued_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def never_end(_: TenantJob[SendMail]) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("app.jobs.worker.GRACE_SECONDS", 0.1)
    await queue(office)
    async with running_worker(office, mail_task(never_end)) as worker:
        await asyncio.wait_for(begun.wait(), PATIENCE_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

        await asyncio.wait_for(worker, PATIENCE_SECONDS)

    assert await office.jobs() == [("send_mail", "todo", 1)]


async def test_the_worker_waits_for_a_database_that_went_away(
    office: Office, database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.worker.RECOVERY_SECONDS", 0.1)
    monkeypatch.setattr("app.jobs.worker.POLLING_SECONDS", 0.2)

    async def succeed(_: TenantJob[SendMail]) -> None: ...

    async with running_worker(office, mail_task(succeed)) as worker:
        async with await psycopg.AsyncConnection.connect(
            database.admin_dsn, autocommit=True
        ) as admin:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await office.database.close()  # this side's pooled connections are gone as well
        await queue(office)

        await eventually(office, "succeeded")

        assert not worker.done()


async def test_the_worker_ends_with_an_error_it_cannot_wait_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise LookupError("a programming error")

    monkeypatch.setattr("procrastinate.App.run_worker_async", fail)

    with pytest.raises(LookupError, match="a programming error"):
        await run_worker(office.settings, world=office.world)


async def test_a_worker_refuses_a_database_that_does_not_keep_tenants_apart(
    office: Office, database: OwnDatabase
) -> None:
    async with await psycopg.AsyncConnection.connect(database.admin_dsn, autocommit=True) as admin:
        await admin.execute("CREATE TABLE app.leak (id uuid)")

    with pytest.raises(RuntimeError, match=r"app\.leak"):
        await run_worker(office.settings, world=office.world)
