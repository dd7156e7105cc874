"""The outbox: a mail is queued with its cause, and sent by a worker outside any transaction."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TypeAlias
from uuid import UUID

import anyio.to_thread
from sqlmodel import select

from app.api.mail.models import MailMessage, MailStatus
from app.api.shared.types import new_id
from app.api.tenant.models import Tenant, TenantStatus
from app.core.config import Settings
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services.email.attachments import AttachmentReference, Making
from app.services.email.kinds import Mail
from app.services.email.mailers import Mailer
from app.services.email.messages import build_message
from app.services.email.rendering import Sender, render
from app.services.email.senders import tenant_sender

LONGEST_ERROR = 500
"""Characters of an error that the log of mail keeps."""

OpenSession: TypeAlias = Callable[[], AbstractAsyncContextManager[BoundSession]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail taken from the outbox, with everything it needs to be sent."""

    mail: Mail
    sender: Sender
    recipient: str
    language: str
    attachments: Sequence[Making]


async def queue_mail(
    session: BoundSession,
    mail: Mail,
    to: str,
    *,
    attach: Sequence[AttachmentReference] = (),
    tenant_id: UUID | None = None,
) -> UUID:
    """Put a mail in the outbox of the session's tenant; it goes out after the commit.

    It speaks the language that the tenant has now. The platform names the tenant with
    ``tenant_id``. Returns the id of the log's row; what only tells of a past leaves none.
    """
    if session.is_history:
        return new_id()
    language = await _language(session, tenant_id or session.tenant_id)
    row = MailMessage(
        kind=mail.kind,
        language=language,
        recipient=to,
        variables=mail.variables(),
        attachments=[
            {"source": reference.source, "subject_id": str(reference.subject_id)}
            for reference in attach
        ],
    )
    if tenant_id is not None:
        row.tenant_id = tenant_id
    session.add(row)
    await session.flush()
    await defer(session, "send_mail", tenant_id=tenant_id, message_id=row.id)
    return row.id


async def send_queued_mail(
    open_session: OpenSession, mailer: Mailer, settings: Settings, message_id: UUID
) -> None:
    """Send one mail of the outbox; one that was sent, or given up, is left alone.

    Reading, sending and noting are three steps; files are made and the network is used only
    between the transactions. A worker that dies after sending sends again: the Message-ID is
    the row's, so that mailboxes can tell, and the attempts are bounded.

    Raises:
        MailRejected: the mail server will not take this mail.
        MailNotSent: it was not sent; another attempt may succeed.
    """
    async with open_session() as session:
        outgoing = await _take(session, settings, message_id)
    if outgoing is None:
        return
    message = await anyio.to_thread.run_sync(compose, outgoing, message_id)
    await mailer.send(message)
    async with open_session() as session:
        row = await _queued(session, message_id)
        if row is not None:
            row.status = MailStatus.SENT
            row.sent_at = utc_now()
            row.subject = str(message["Subject"])
            row.last_error = None
            await session.flush()


def compose(outgoing: Outgoing, message_id: UUID) -> EmailMessage:
    """Render a mail, make its files and build its message: work for a thread."""
    return build_message(
        render(outgoing.mail, outgoing.sender, outgoing.language),
        sender=outgoing.sender,
        recipient=outgoing.recipient,
        message_id=message_id,
        attachments=[file for make in outgoing.attachments for file in make()],
    )


async def note_failure(
    session: BoundSession, message_id: UUID, error: Exception, *, is_final: bool
) -> None:
    """Write down why a mail was not sent, and whether it will be tried again."""
    row = await _queued(session, message_id)
    if row is None:
        return
    row.last_error = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
    if is_final:
        row.status = MailStatus.FAILED
    await session.flush()


async def _language(session: BoundSession, tenant_id: UUID) -> str:
    return (await session.exec(select(Tenant.language).where(Tenant.id == tenant_id))).one()


async def _take(session: BoundSession, settings: Settings, message_id: UUID) -> Outgoing | None:
    row = await _queued(session, message_id)
    if row is None:
        return None
    tenant = (await session.exec(select(Tenant))).one()
    refusal = None
    if tenant.status is not TenantStatus.ACTIVE:
        refusal = f"The organisation is {tenant.status}"
    elif row.attempts >= settings.job_max_attempts:
        refusal = row.last_error or "Every attempt was cut short"
    if refusal is not None:
        row.status = MailStatus.FAILED
        row.last_error = refusal
        await session.flush()
        return None
    row.attempts += 1
    await session.flush()
    references = [
        AttachmentReference(entry["source"], UUID(entry["subject_id"])) for entry in row.attachments
    ]
    attachments = [await reference.read(session, settings) for reference in references]
    return Outgoing(
        Mail.read(row.kind, row.variables or {}),
        tenant_sender(tenant, settings),
        row.recipient,
        row.language,
        attachments,
    )


async def _queued(session: BoundSession, message_id: UUID) -> MailMessage | None:
    """Return a mail that is still to be sent, locked against another worker."""
    statement = (
        select(MailMessage)
        .where(MailMessage.id == message_id, MailMessage.status == MailStatus.QUEUED)
        .with_for_update()
    )
    return (await session.exec(statement)).one_or_none()
