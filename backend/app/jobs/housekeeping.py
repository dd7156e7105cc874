"""What is done from time to time: jobs of dead workers taken up, old rows forgotten."""

import structlog
from procrastinate import App
from procrastinate.jobs import Status

from app.core.config import Settings
from app.core.db import Database
from app.core.tenant_db import PlatformContext
from app.jobs.retries import Backoff
from app.services.login_retention import forget_old_logins
from app.services.order_retention import forget_old_requests

logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

FAILED_RETENTION_HOURS = 30 * 24
"""Failed jobs stay longer than finished ones: somebody should look at them."""

HOUSEKEEPING_QUEUE = "housekeeping"


def keep_house(app: App, settings: Settings, backoff: Backoff, database: Database) -> None:
    """Let the workers look for stalled jobs every minute, and tidy up every hour.

    Several workers may run: each minute's job exists once, however many of them ask for it.
    """

    @app.periodic(cron="* * * * *")
    @app.task(name="requeue_stalled_jobs", queue=HOUSEKEEPING_QUEUE)
    async def requeue(timestamp: int) -> None:
        del timestamp
        await requeue_stalled_jobs(app, backoff)

    @app.periodic(cron="17 * * * *")
    @app.task(name="forget_finished_jobs", queue=HOUSEKEEPING_QUEUE)
    async def forget(timestamp: int) -> None:
        del timestamp
        await forget_finished_jobs(app, settings)

    @app.periodic(cron="37 * * * *")
    @app.task(name="forget_old_logins", queue=HOUSEKEEPING_QUEUE)
    async def forget_logins(timestamp: int) -> None:
        del timestamp
        async with database.platform(PlatformContext("system:job:forget_old_logins")) as session:
            await forget_old_logins(session)

    @app.periodic(cron="47 * * * *")
    @app.task(name="forget_old_requests", queue=HOUSEKEEPING_QUEUE)
    async def forget_requests(timestamp: int) -> None:
        del timestamp
        context = PlatformContext("system:job:forget_old_requests")
        await forget_old_requests(lambda: database.platform(context), settings)


async def requeue_stalled_jobs(app: App, backoff: Backoff) -> None:
    """Queue again what a worker had begun that has not been heard of for half a minute.

    A job that has used up its attempts so is kept as failed: it may be what killed them.
    """
    for job in await app.job_manager.get_stalled_jobs():
        if backoff.is_last(job.attempts):
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
            await logger.aerror("job_failed_with_its_worker", job=job.task_name, job_id=job.id)
        else:
            await app.job_manager.retry_job(job)
            await logger.awarning("job_requeued", job=job.task_name, job_id=job.id)


async def forget_finished_jobs(app: App, settings: Settings) -> None:
    """Delete finished jobs after ``JOB_RETENTION_HOURS``, and failed ones after a month.

    The queue's own upkeep, which comes every minute, is gone after an hour.
    """
    await app.job_manager.delete_old_jobs(nb_hours=1, queue=HOUSEKEEPING_QUEUE)
    await app.job_manager.delete_old_jobs(nb_hours=settings.job_retention_hours)
    await app.job_manager.delete_old_jobs(
        nb_hours=max(FAILED_RETENTION_HOURS, settings.job_retention_hours),
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )
