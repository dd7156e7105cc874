"""Two tenants in a database of their own, and a worker's world with a mailer in memory."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from app.api.shared.types import new_id
from app.api.tenant.models import Tenant, TenantStatus
from app.core.config import Settings
from app.core.db import Database
from app.core.tenant_db import DatabaseRole, PlatformContext, TenantContext
from app.core.wire import Row
from app.jobs.catalogue import SEND_LOGIN_CODE, SEND_MAIL, SendLoginCode, SendMail
from app.jobs.running import PlatformJob, PlatformTask, Task, TenantJob, TenantTask, World
from app.jobs.worker import TASKS, run_worker
from app.services.storage import make_storage
from tests.jobs.memory import MemoryMailer

PLATFORM = PlatformContext("system:test")


def as_staff(tenant_id: UUID, role: DatabaseRole = DatabaseRole.READ_WRITE) -> TenantContext:
    return TenantContext(tenant_id, role, "user:test")


@dataclass(frozen=True)
class Office:
    """A worker's world, two tenants, and hands to reach into the queue."""

    world: World
    mailer: MemoryMailer
    acme: UUID
    globex: UUID

    @property
    def database(self) -> Database:
        return self.world.database

    @property
    def settings(self) -> Settings:
        return self.world.settings

    async def work(self, *tasks: Task) -> None:
        """Run every job that is due."""
        await run_worker(self.settings, until_empty=True, world=self.world, tasks=tasks or TASKS)

    async def work_as_configured(self) -> None:
        """Run every job that is due, with the mailer and storage of the settings."""
        await run_worker(self.settings, until_empty=True)

    async def sql(self, statement: str) -> list[Row]:
        """Run a statement as the platform, and commit."""
        async with self.database.platform(PLATFORM) as session:
            return await session.fetch(statement)

    async def jobs(self) -> list[Row]:
        """Return what is in the queue, its own upkeep apart."""
        return await self.sql(
            "SELECT task_name, status::text, attempts FROM jobs.procrastinate_jobs"
            " WHERE queue_name <> 'housekeeping' ORDER BY id"
        )

    async def make_due(self) -> None:
        """Let the time pass that waiting jobs wait for."""
        await self.sql("UPDATE jobs.procrastinate_jobs SET scheduled_at = now()")

    async def set_status(self, tenant_id: UUID, status: TenantStatus) -> None:
        async with self.database.platform(PLATFORM) as session:
            tenant = await session.get_one(Tenant, tenant_id)
            tenant.status = status


@pytest.fixture
async def office(settings: Settings) -> AsyncGenerator[Office]:
    database = Database(settings)
    mailer = MemoryMailer()
    world = World(settings, database, mailer, make_storage(settings))
    acme = Tenant(
        id=new_id(),
        name="Acme",
        slug="acme",
        sender_name="Acme Mail",
        sender_email="hi@acme.example",
    )
    globex = Tenant(id=new_id(), name="Globex", slug="globex")
    async with database.platform(PLATFORM) as session:
        session.add_all([acme, globex])
    yield Office(world, mailer, acme.id, globex.id)
    await database.close()


def mail_task(function: Callable[[TenantJob[SendMail]], Awaitable[None]]) -> Task:
    """Do ``send_mail`` jobs with a function of the test's."""
    return TenantTask[SendMail](SEND_MAIL, function)


def code_task(function: Callable[[PlatformJob[SendLoginCode]], Awaitable[None]]) -> Task:
    """Do ``send_login_code`` jobs with a function of the test's."""
    return PlatformTask[SendLoginCode](SEND_LOGIN_CODE, function)
