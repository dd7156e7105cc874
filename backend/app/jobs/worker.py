"""The worker: takes jobs from the queue and runs them, until it is told to stop."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager

import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.app import WorkerOptions
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from app.core.config import Settings
from app.core.db import Database
from app.jobs.cards import capture_card, expire_card_hold, release_card
from app.jobs.catalogue import (
    CAPTURE_CARD,
    CLOSE_CHECKOUT,
    DELETE_FILE,
    EXPIRE_CARD_HOLD,
    EXPIRE_PAYMENT,
    FORGET_MISSING_UPLOAD,
    JOIN_GROUPS,
    RELEASE_CARD,
    SEND_LOGIN_CODE,
    SEND_MAIL,
    SEND_REFUND,
    SETTLE_SANDBOX_CHECKOUT,
    TELL_SANDBOX_EVENT,
    CardHoldId,
    CloseCheckout,
    DeleteFile,
    ExpirePayment,
    ForgetUpload,
    JoinGroups,
    SandboxReference,
    SendLoginCode,
    SendMail,
    SendRefund,
)
from app.jobs.files import delete_file, forget_missing_upload
from app.jobs.groups import join_groups
from app.jobs.housekeeping import keep_house, requeue_stalled_jobs
from app.jobs.mail import send_login_code, send_mail
from app.jobs.orders import (
    close_checkout,
    expire_payment,
    send_refund,
    settle_sandbox_checkout,
    tell_sandbox_event,
)
from app.jobs.retries import Backoff
from app.jobs.running import PlatformTask, Task, TenantTask, World
from app.services.email.mailers import make_mailer
from app.services.storage import make_storage

logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

GRACE_SECONDS = 20
"""How long jobs may go on after the worker is told to stop; orchestrators kill after thirty."""

POLLING_SECONDS = 5
"""How often a worker looks by itself; usually it is told of a job the moment it is committed."""

RECOVERY_SECONDS = 2
"""How long to wait before taking jobs again after the database went away."""

TASKS: Sequence[Task] = (
    TenantTask[SendMail](SEND_MAIL, send_mail),
    PlatformTask[SendLoginCode](SEND_LOGIN_CODE, send_login_code),
    TenantTask[DeleteFile](DELETE_FILE, delete_file),
    TenantTask[ForgetUpload](FORGET_MISSING_UPLOAD, forget_missing_upload),
    TenantTask[ExpirePayment](EXPIRE_PAYMENT, expire_payment),
    TenantTask[JoinGroups](JOIN_GROUPS, join_groups),
    TenantTask[SendRefund](SEND_REFUND, send_refund),
    TenantTask[CloseCheckout](CLOSE_CHECKOUT, close_checkout),
    TenantTask[CardHoldId](CAPTURE_CARD, capture_card),
    TenantTask[CardHoldId](RELEASE_CARD, release_card),
    TenantTask[CardHoldId](EXPIRE_CARD_HOLD, expire_card_hold),
    TenantTask[SandboxReference](SETTLE_SANDBOX_CHECKOUT, settle_sandbox_checkout),
    TenantTask[SandboxReference](TELL_SANDBOX_EVENT, tell_sandbox_event),
)
"""What this worker can do: every job of the catalogue."""


async def run_worker(
    settings: Settings,
    *,
    until_empty: bool = False,
    world: World | None = None,
    tasks: Sequence[Task] = TASKS,
    handle_signals: bool = True,
) -> None:
    """Run jobs until SIGTERM, SIGINT or cancellation; or until no job is due.

    Told to stop, it takes no further job and lets the running ones finish; what is still
    running after ``GRACE_SECONDS`` is queued again. A database that goes away is waited for.
    Inside another process pass ``handle_signals=False`` and cancel the task.
    """
    async with _world(settings, world) as outside:
        backoff = Backoff(settings.job_max_attempts)
        app = make_app(outside, backoff, tasks)
        async with app.open_async():
            if until_empty:
                await _run_until_empty(app, settings)
                return
            await outside.database.refuse_if_unsafe()
            keep_house(app, settings, backoff, outside.database)
            await requeue_stalled_jobs(app, backoff)
            with _stop_signals(enabled=handle_signals) as stop:
                await _run_until_stopped(app, settings, stop)


def make_app(world: World, backoff: Backoff, tasks: Sequence[Task] = TASKS) -> App:
    """Connect the queue's schema with the functions that do its jobs.

    The connection's options make every session act as ``platform`` in schema ``jobs``.
    """
    connector = PsycopgConnector(
        conninfo=world.settings.platform_dsn,
        kwargs={
            "options": "-c role=platform -c search_path=jobs,pg_catalog,pg_temp -c timezone=UTC",
            "application_name": "edgeos-worker",
        },
        min_size=1,
        max_size=world.settings.job_concurrency + 2,
    )
    app = App(connector=connector)
    for task in tasks:
        app.task(name=task.kind.name, queue=task.kind.queue, retry=backoff, pass_context=True)(
            _body(task, world, backoff)
        )
    return app


def _body(task: Task, world: World, backoff: Backoff) -> Callable[..., Awaitable[None]]:
    async def body(context: JobContext, **arguments: object) -> None:
        with structlog.contextvars.bound_contextvars(
            job=task.kind.name, job_id=context.job.id, tenant=arguments.get("tenant_id")
        ):
            is_last = backoff.is_last(context.job.attempts)
            await task.run(world, arguments, is_last_attempt=is_last)

    return body


async def _run_until_empty(app: App, settings: Settings) -> None:
    """Run what is due, and what that queues, until a pass finds nothing to do."""
    ran = 0

    async def count(call_next: Callable[[], Awaitable[None]], _: JobContext, __: Worker) -> None:
        nonlocal ran
        ran += 1
        await call_next()

    options: WorkerOptions = {
        **_options(settings),
        "wait": False,
        "listen_notify": False,
        "worker_middleware": [count],
    }
    before = -1
    while ran > before:
        before = ran
        await app.run_worker_async(**options)


async def _run_until_stopped(app: App, settings: Settings, stop: asyncio.Event) -> None:
    while not stop.is_set():
        running = asyncio.create_task(app.run_worker_async(**_options(settings)))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Cancelling is how the library's worker is asked to finish what it has begun.
            stopping.cancel()
            running.cancel()
            ended = (await asyncio.gather(running, return_exceptions=True))[0]
        if not stop.is_set():
            await _recover(ended, stop)


async def _recover(ended: BaseException | None, stop: asyncio.Event) -> None:
    """Wait a moment after the database went away; any other end is the process's end."""
    if ended is not None and not isinstance(ended, ConnectorException):
        raise ended
    await logger.awarning("worker_lost_the_database", error=str(ended or ""))
    try:
        await asyncio.wait_for(stop.wait(), RECOVERY_SECONDS)
    except TimeoutError:
        return


def _options(settings: Settings) -> WorkerOptions:
    return WorkerOptions(
        concurrency=settings.job_concurrency,
        fetch_job_polling_interval=POLLING_SECONDS,
        shutdown_graceful_timeout=GRACE_SECONDS,
        install_signal_handlers=False,
    )


@asynccontextmanager
async def _world(settings: Settings, given: World | None) -> AsyncGenerator[World]:
    if given is not None:
        yield given
        return
    database = Database(settings)
    try:
        yield World(settings, database, make_mailer(settings), make_storage(settings))
    finally:
        await database.close()


@contextmanager
def _stop_signals(*, enabled: bool) -> Generator[asyncio.Event]:
    """Yield an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT) if enabled else ()
    loop = asyncio.get_running_loop()
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
