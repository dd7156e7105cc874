"""Queueing: in the caller's transaction, for the caller's tenant, whatever the caller says."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import psycopg
import pytest

from app.core.tenant_db import BoundSession, DatabaseRole
from app.jobs.queue import JobOutOfPlace, UnknownJob, defer
from tests.jobs.conftest import PLATFORM, Office, as_staff

ID = UUID("018f0000-0000-7000-8000-0000000000aa")


class Changed(RuntimeError):
    """Somebody changed their mind."""


async def test_a_job_is_queued_with_what_it_is_told(office: Office) -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)

    async with office.database.tenant(as_staff(office.acme)) as session:
        await defer(session, "send_mail", run_at=at, lock="inbox", message_id=ID)

    rows = await office.sql(
        "SELECT task_name, queue_name, args, lock, scheduled_at FROM jobs.procrastinate_jobs"
    )
    told = {"message_id": str(ID), "tenant_id": str(office.acme)}
    assert rows == [("send_mail", "mail", told, f"{office.acme}:inbox", at)]


async def test_a_job_goes_with_the_transaction_that_is_rolled_back(office: Office) -> None:
    async def change_ones_mind() -> None:
        async with office.database.tenant(as_staff(office.acme)) as session:
            await defer(session, "send_mail", message_id=ID)
            raise Changed

    with pytest.raises(Changed):
        await change_ones_mind()

    assert await office.jobs() == []


async def test_a_job_is_not_seen_before_the_commit(office: Office) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        await defer(session, "send_mail", message_id=ID)

        assert await office.jobs() == []

    assert await office.jobs() == [("send_mail", "todo", 0)]


@pytest.mark.parametrize(
    "queue",
    [
        pytest.param(partial(defer, job="send_male", message_id=ID), id="no such job"),
        pytest.param(partial(defer, job="send_mail"), id="nothing told"),
        pytest.param(partial(defer, job="send_mail", code_id=ID), id="told something else"),
        pytest.param(partial(defer, job="send_mail", message_id=ID, to=ID), id="told too much"),
        pytest.param(partial(defer, job="send_mail", message_id="ada"), id="told the wrong type"),
    ],
)
async def test_an_unknown_job_is_refused_at_once(
    office: Office, queue: Callable[[BoundSession], Awaitable[None]]
) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        with pytest.raises(UnknownJob):
            await queue(session)

    assert await office.jobs() == []


async def test_a_tenant_queues_for_itself_alone(office: Office) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        with pytest.raises(JobOutOfPlace):
            await defer(session, "send_mail", tenant_id=office.globex, message_id=ID)
        with pytest.raises(JobOutOfPlace):
            await defer(session, "send_login_code", code_id=ID)

    assert await office.jobs() == []


async def test_the_database_writes_the_tenant_over_what_injected_sql_says(office: Office) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        await session.fetch(
            "SELECT tenancy.defer_job('send_mail',"
            " jsonb_build_object('tenant_id', %(other)s::text), 'mail', NULL, NULL)",
            {"other": office.globex},
        )

    rows = await office.sql("SELECT args FROM jobs.procrastinate_jobs")
    assert rows == [({"tenant_id": str(office.acme)},)]


@pytest.mark.parametrize("arguments", ["[1]", "null", '"x"', "1"])
async def test_arguments_are_an_object(office: Office, arguments: str) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        async with office.database.tenant(as_staff(office.acme)) as session:
            await session.fetch(
                "SELECT tenancy.defer_job('send_mail', %(arguments)s::jsonb, 'mail', NULL, NULL)",
                {"arguments": arguments},
            )


@pytest.mark.parametrize("role", [DatabaseRole.READ_ONLY, DatabaseRole.HUMAN, DatabaseRole.PUBLIC])
async def test_only_staff_who_write_queue_jobs(office: Office, role: DatabaseRole) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with office.database.tenant(as_staff(office.acme, role)) as session:
            await defer(session, "send_mail", message_id=ID)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM jobs.procrastinate_jobs",
        "DELETE FROM jobs.procrastinate_jobs",
        "SELECT jobs.procrastinate_fetch_job_v2(NULL, 1)",
        "SELECT tenancy.defer_platform_job('send_login_code', '{}', 'mail', NULL, NULL, NULL)",
    ],
)
async def test_a_tenant_reaches_nothing_of_the_queue(office: Office, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with office.database.tenant(as_staff(office.acme)) as session:
            await session.fetch(statement)


async def test_a_job_without_a_signed_context_is_refused(office: Office) -> None:
    async def pretend_to_be_globex() -> None:
        async with office.database.tenant(as_staff(office.acme)) as session:
            await session.fetch(f"SET LOCAL app.tenant_id = '{office.globex}'")
            await defer(session, "send_mail", message_id=ID)

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="tenant context"):
        await pretend_to_be_globex()

    assert await office.jobs() == []


async def test_the_platform_names_the_tenant_of_a_tenants_job(office: Office) -> None:
    async with office.database.platform(PLATFORM) as session:
        await defer(session, "send_mail", tenant_id=office.globex, lock="inbox", message_id=ID)
        await defer(session, "send_login_code", lock="inbox", code_id=ID)
        with pytest.raises(JobOutOfPlace):
            await defer(session, "send_mail", message_id=ID)
        with pytest.raises(JobOutOfPlace):
            await defer(session, "send_login_code", tenant_id=office.globex, code_id=ID)

    rows = await office.sql("SELECT args, lock FROM jobs.procrastinate_jobs ORDER BY id")
    assert rows == [
        ({"message_id": str(ID), "tenant_id": str(office.globex)}, f"{office.globex}:inbox"),
        ({"code_id": str(ID)}, "inbox"),
    ]


async def test_the_queue_works_whatever_the_search_path(office: Office) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        await session.fetch("SET LOCAL search_path = pg_catalog")
        await defer(session, "send_mail", run_at=datetime.now(UTC) + timedelta(1), message_id=ID)

    assert await office.jobs() == [("send_mail", "todo", 0)]


@pytest.mark.parametrize("hardened", [False], ids=["plain"])
async def test_the_queue_works_without_the_superusers_hardening(office: Office) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        await defer(session, "send_mail", message_id=ID)

    assert await office.jobs() == [("send_mail", "todo", 0)]
