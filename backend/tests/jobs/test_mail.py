"""Mail, from the transaction that causes it to a real SMTP server, and the log of both."""

import asyncio
from dataclasses import replace
from email.message import EmailMessage
from uuid import UUID

import psycopg
import pytest

from app.api.mail.models import MailMessage, MailStatus
from app.api.tenant.models import TenantStatus
from app.core.config import Settings
from app.core.tenant_db import BoundSession, DatabaseRole
from app.services.email import LoginCode, StaffInvitation
from app.services.email.attachments import (
    AttachmentReference,
    AttachmentSourceUnknown,
    Making,
    attachment_source,
)
from app.services.email.mailers import MailNotSent, MailRejected, SmtpMailer
from app.services.email.messages import Attachment
from app.services.email.outbox import queue_mail
from app.services.email.preview import SAMPLES
from tests.database import Database as OwnDatabase
from tests.jobs.conftest import PLATFORM, Office, as_staff
from tests.services.smtp_server import smtp_server

INVITATION = StaffInvitation(role="ADMIN", invited_by="Grace")


class Changed(RuntimeError):
    """Somebody changed their mind."""


async def invite(office: Office, to: str = "ada@example.com") -> UUID:
    async with office.database.tenant(as_staff(office.acme)) as session:
        return await queue_mail(session, INVITATION, to)


async def log_of(office: Office, message_id: UUID) -> MailMessage:
    async with office.database.platform(PLATFORM) as session:
        return await session.get_one(MailMessage, (office.acme, message_id))


async def test_a_mail_reaches_a_real_server_in_the_tenants_name(office: Office) -> None:
    message_id = await invite(office)
    with smtp_server() as inbox:
        settings = office.settings.model_copy(
            update={"smtp_host": "127.0.0.1", "smtp_port": inbox.port}
        )
        smtp = replace(office, world=replace(office.world, mailer=SmtpMailer(settings)))

        await smtp.work()

    (received,) = inbox.received
    assert received["From"] == "Acme Mail <hi@acme.example>"
    assert received["To"] == "ada@example.com"
    assert received["Message-ID"] == f"<{message_id}@acme.example>"
    assert received["Subject"] == "You can now work with Acme"
    row = await log_of(office, message_id)
    assert (row.kind, row.recipient, row.status) == (
        "staff_invitation",
        "ada@example.com",
        MailStatus.SENT,
    )
    assert (row.subject, row.attempts, row.last_error) == ("You can now work with Acme", 1, None)
    assert row.sent_at is not None


async def test_a_tenant_without_an_address_sends_from_the_platforms(office: Office) -> None:
    async with office.database.tenant(as_staff(office.globex)) as session:
        await queue_mail(session, INVITATION, "ada@example.com")

    await office.work()

    assert office.mailer.sent[0]["From"] == f"Globex <{office.settings.sender_email}>"


async def test_no_mail_goes_out_of_a_transaction_that_is_rolled_back(office: Office) -> None:
    async def change_ones_mind() -> None:
        async with office.database.tenant(as_staff(office.acme)) as session:
            await queue_mail(session, INVITATION, "ada@example.com")
            raise Changed

    with pytest.raises(Changed):
        await change_ones_mind()
    await office.work()

    assert office.mailer.sent == []
    assert await office.sql("SELECT id FROM app.mail_messages") == []


async def test_the_platform_sends_in_a_tenants_name(office: Office) -> None:
    async with office.database.platform(PLATFORM) as session:
        await queue_mail(session, INVITATION, "ada@example.com", tenant_id=office.acme)

    await office.work()

    assert office.mailer.sent[0]["From"] == "Acme Mail <hi@acme.example>"


async def test_a_failure_is_noted_and_tried_again_with_the_same_message_id(
    office: Office,
) -> None:
    message_id = await invite(office)
    office.mailer.failures.append(MailNotSent("421 closing"))

    await office.work()

    row = await log_of(office, message_id)
    assert (row.status, row.attempts) == (MailStatus.QUEUED, 1)
    assert row.last_error == "MailNotSent: 421 closing"
    await office.make_due()
    await office.work()
    row = await log_of(office, message_id)
    assert (row.status, row.attempts, row.last_error) == (MailStatus.SENT, 2, None)
    assert [mail["Message-ID"] for mail in office.mailer.sent] == [f"<{message_id}@acme.example>"]


async def test_a_refused_mail_is_given_up_at_once(office: Office) -> None:
    message_id = await invite(office)
    office.mailer.failures.append(MailRejected("550 no such mailbox"))

    await office.work()

    row = await log_of(office, message_id)
    assert (row.status, row.last_error) == (MailStatus.FAILED, "MailRejected: 550 no such mailbox")
    assert await office.jobs() == [("send_mail", "failed", 1)]


async def test_a_mail_that_fails_every_time_is_given_up(office: Office) -> None:
    message_id = await invite(office)
    most = office.settings.job_max_attempts
    office.mailer.failures.extend(MailNotSent("421 closing") for _ in range(most))

    for _ in range(most):
        await office.work()
        await office.make_due()

    row = await log_of(office, message_id)
    assert (row.status, row.attempts) == (MailStatus.FAILED, most)
    assert await office.jobs() == [("send_mail", "failed", most)]
    assert office.mailer.sent == []


async def test_a_mail_that_cannot_be_rendered_is_noted_like_any_failure(office: Office) -> None:
    message_id = await invite(office, to="not an address")

    await office.work()

    row = await log_of(office, message_id)
    assert row.last_error == "AddressRefused: 'not an address'"
    assert row.status is MailStatus.QUEUED


async def test_a_mail_that_kept_killing_its_worker_is_not_begun_again(office: Office) -> None:
    message_id = await invite(office)
    await office.sql("UPDATE app.mail_messages SET attempts = 8")
    assert office.settings.job_max_attempts == 8

    await office.work()

    row = await log_of(office, message_id)
    assert (row.status, row.last_error) == (MailStatus.FAILED, "Every attempt was cut short")
    assert office.mailer.sent == []


async def test_a_mail_already_sent_is_not_sent_by_a_second_job(office: Office) -> None:
    await invite(office)
    await office.work()
    await office.sql("UPDATE jobs.procrastinate_jobs SET status = 'todo'")

    await office.work()

    assert len(office.mailer.sent) == 1


async def test_a_mail_deleted_meanwhile_is_no_failure(office: Office) -> None:
    await invite(office)

    class DeletingMailer:
        async def send(self, _: EmailMessage) -> None:
            await office.sql("DELETE FROM app.mail_messages")
            raise MailNotSent("421 closing")

    deleting = replace(office, world=replace(office.world, mailer=DeletingMailer()))

    await deleting.work()

    assert await office.jobs() == [("send_mail", "todo", 1)]
    await office.make_due()
    await office.work()
    assert await office.jobs() == [("send_mail", "succeeded", 2)]
    assert office.mailer.sent == []


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.DELETED])
async def test_the_mail_of_a_tenant_that_is_not_active_stays_home(
    office: Office, status: TenantStatus
) -> None:
    message_id = await invite(office)
    await office.set_status(office.acme, status)

    await office.work()

    row = await log_of(office, message_id)
    assert (row.status, row.last_error) == (MailStatus.FAILED, f"The organisation is {status}")
    assert office.mailer.sent == []
    assert await office.jobs() == [("send_mail", "succeeded", 1)]


async def test_no_transaction_is_open_while_the_network_is_used(
    office: Office, database: OwnDatabase
) -> None:
    seen: list[tuple[object, ...]] = []

    class LookingMailer:
        async def send(self, _: EmailMessage) -> None:
            async with await psycopg.AsyncConnection.connect(database.admin_dsn) as admin:
                cursor = await admin.execute(
                    "SELECT application_name, state FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND xact_start IS NOT NULL"
                )
                seen.extend(await cursor.fetchall())
                seen.append(("looked",))

    await invite(office)
    looking = replace(office, world=replace(office.world, mailer=LookingMailer()))

    await looking.work()

    assert seen == [("looked",)]


async def test_two_workers_do_not_lose_each_others_mail(office: Office) -> None:
    ids = [await invite(office, to=f"ada{number}@example.com") for number in range(6)]

    await asyncio.gather(office.work(), office.work())

    assert len(office.mailer.sent) == 6
    rows = await office.sql("SELECT id FROM app.mail_messages WHERE status = 'sent'")
    assert {row[0] for row in rows} == set(ids)


async def test_a_tenant_sees_its_own_mail_alone(office: Office) -> None:
    async with office.database.tenant(as_staff(office.globex)) as session:
        await queue_mail(session, INVITATION, "theirs@example.com")
    ours = await invite(office)

    async with office.database.tenant(as_staff(office.acme, DatabaseRole.READ_ONLY)) as session:
        rows = await session.fetch(
            "SELECT id FROM app.mail_messages WHERE app.mail_messages.tenant_id = %(tenant)s",
            {"tenant": office.acme},
        )
        theirs = await session.fetch("SELECT count(*) FROM app.mail_messages")

    assert rows == [(ours,)]
    assert theirs == [(1,)]


@pytest.mark.parametrize("role", [DatabaseRole.HUMAN, DatabaseRole.PUBLIC])
async def test_humans_and_visitors_see_no_mail(office: Office, role: DatabaseRole) -> None:
    async with office.database.tenant(as_staff(office.acme, role)) as session:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await session.fetch("SELECT count(*) FROM app.mail_messages")


async def test_a_mail_with_a_secret_is_never_put_in_the_outbox(office: Office) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        with pytest.raises(ValueError, match="never stored"):
            await queue_mail(session, LoginCode(code="123456", minutes=15), "ada@example.com")

    assert await office.sql("SELECT id FROM app.mail_messages") == []


@pytest.mark.parametrize("kind", sorted(set(SAMPLES) - {"login_code"}))
async def test_every_kind_goes_through_the_outbox(office: Office, kind: str) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        await queue_mail(session, SAMPLES[kind], "ada@example.com")

    await office.work()

    rows = await office.sql("SELECT kind, language, status FROM app.mail_messages")
    assert rows == [(kind, "en", "sent")]
    assert len(office.mailer.sent) == 1


async def test_attachments_are_made_when_the_mail_is_sent(office: Office) -> None:
    about = UUID("018f0000-0000-7000-8000-0000000000bb")

    @attachment_source("test-tickets")
    async def tickets(session: BoundSession, settings: Settings, subject_id: UUID, /) -> Making:
        (row,) = await session.fetch("SELECT tenancy.current_tenant()")
        text = f"{row[0]} {subject_id} {settings.smtp_port}"
        return lambda: [Attachment("tickets.pdf", "application/pdf", text.encode())]

    async with office.database.tenant(as_staff(office.acme)) as session:
        await queue_mail(
            session,
            SAMPLES["payment_confirmed"],
            "ada@example.com",
            attach=[AttachmentReference("test-tickets", about)],
        )

    await office.work()

    (attachment,) = office.mailer.sent[0].iter_attachments()
    assert attachment.get_filename() == "tickets.pdf"
    assert attachment.get_content() == f"{office.acme} {about} {office.settings.smtp_port}".encode()


def test_an_attachment_nobody_can_make_is_refused_when_queued() -> None:
    with pytest.raises(AttachmentSourceUnknown):
        AttachmentReference("nothing", UUID(int=1))
