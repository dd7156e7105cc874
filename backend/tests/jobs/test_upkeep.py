"""The queue's upkeep: jobs of dead workers are queued again, finished ones forgotten."""

import asyncio
from uuid import UUID

from app.jobs.housekeeping import forget_finished_jobs, requeue_stalled_jobs
from app.jobs.queue import defer
from app.jobs.retries import Backoff
from app.jobs.worker import make_app, run_worker
from tests.jobs.conftest import Office, as_staff

ID = UUID("018f0000-0000-7000-8000-0000000000aa")
PATIENCE_SECONDS = 20


async def queue(office: Office) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        await defer(session, "send_mail", message_id=ID)


async def test_the_jobs_of_a_dead_worker_are_queued_again(office: Office) -> None:
    await queue(office)
    await queue(office)
    await office.sql(
        "INSERT INTO jobs.procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
    )
    await office.sql(
        "UPDATE jobs.procrastinate_jobs SET status = 'doing', attempts = CASE WHEN id = 1 THEN 0"
        " ELSE 99 END, worker_id = (SELECT id FROM jobs.procrastinate_workers)"
    )
    backoff = Backoff(office.settings.job_max_attempts)

    app = make_app(office.world, backoff)
    async with app.open_async():
        await requeue_stalled_jobs(app, backoff)

    assert await office.jobs() == [("send_mail", "todo", 1), ("send_mail", "failed", 100)]


async def test_the_jobs_of_a_living_worker_are_left_alone(office: Office) -> None:
    await queue(office)
    await office.sql("INSERT INTO jobs.procrastinate_workers DEFAULT VALUES")
    await office.sql(
        "UPDATE jobs.procrastinate_jobs SET status = 'doing',"
        " worker_id = (SELECT id FROM jobs.procrastinate_workers)"
    )
    backoff = Backoff(office.settings.job_max_attempts)

    app = make_app(office.world, backoff)
    async with app.open_async():
        await requeue_stalled_jobs(app, backoff)

    assert await office.jobs() == [("send_mail", "doing", 0)]


async def test_finished_jobs_are_forgotten_after_a_time_and_failed_ones_later(
    office: Office,
) -> None:
    for _ in range(4):
        await queue(office)
    await office.sql("UPDATE jobs.procrastinate_jobs SET status = 'doing'")
    await office.sql(
        "UPDATE jobs.procrastinate_jobs SET status = CASE WHEN id < 3 THEN 'succeeded' ELSE"
        " 'failed' END::jobs.procrastinate_job_status"
    )
    await office.sql(
        "UPDATE jobs.procrastinate_events SET at = at - CASE job_id WHEN 1 THEN interval '1 day'"
        " WHEN 2 THEN interval '5 days' WHEN 3 THEN interval '5 days' ELSE interval '40 days' END"
    )
    app = make_app(office.world, Backoff(3))

    async with app.open_async():
        await forget_finished_jobs(app, office.settings)

    left = await office.sql("SELECT id FROM jobs.procrastinate_jobs ORDER BY id")
    assert left == [(1,), (3,)]


async def test_the_upkeep_runs_by_itself(office: Office) -> None:
    worker = asyncio.create_task(run_worker(office.settings, world=office.world))

    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await office.sql(  # noqa: ASYNC110  # the database has no event
                "SELECT id FROM jobs.procrastinate_jobs"
                " WHERE task_name = 'requeue_stalled_jobs' AND status = 'succeeded'"
            ):
                await asyncio.sleep(0.05)
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
