"""Sends the digits of a login code, if its address may log in where it was asked for."""

import math
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import select

from app.api.auth.models import LoginCode as CodeRow
from app.api.mail.models import MailMessage, MailStatus
from app.api.shared.enums import CredentialType, Language
from app.api.tenant.models import Tenant, TenantStatus
from app.core.config import Settings
from app.core.security import login_code, utc_now
from app.core.tenant_db import BoundSession
from app.services.email.kinds import LoginCode
from app.services.email.mailers import Mailer
from app.services.email.outbox import OpenSession, Outgoing, compose
from app.services.email.rendering import Sender
from app.services.email.senders import platform_sender, tenant_sender
from app.services.login import memberships


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who gets a code, and in whose name."""

    email: str
    sender: Sender
    language: Language
    tenant_id: UUID | None
    expires_at: datetime


async def send_login_code(
    open_session: OpenSession, mailer: Mailer, settings: Settings, code_id: UUID
) -> None:
    """Send a code that can still be used, to an address that can use it.

    Whether there is such an account is only looked up here, long after the caller was
    answered: the answer takes the same time for every address. The digits are worked out
    between the transactions and never stored; the log of an organisation's mail shows that
    a code was sent to whom, and when.

    Raises:
        MailRejected: the mail server will not take this mail.
        MailNotSent: it was not sent; another attempt may succeed.
    """
    async with open_session() as session:
        addressee = await _addressee(session, settings, code_id)
    if addressee is None:
        return
    seconds = (addressee.expires_at - utc_now()).total_seconds()
    mail = LoginCode(code=login_code(settings, code_id), minutes=max(1, math.ceil(seconds / 60)))
    outgoing = Outgoing(mail, addressee.sender, addressee.email, addressee.language, ())
    message = compose(outgoing, code_id)
    await mailer.send(message)
    if addressee.tenant_id is None:
        return
    async with open_session() as session:
        session.add(
            MailMessage(
                tenant_id=addressee.tenant_id,
                id=code_id,
                kind=LoginCode.kind,
                language=addressee.language,
                recipient=addressee.email,
                subject=str(message["Subject"]),
                status=MailStatus.SENT,
                attempts=1,
                sent_at=utc_now(),
            )
        )


async def _addressee(session: BoundSession, settings: Settings, code_id: UUID) -> Addressee | None:
    code = (await session.exec(select(CodeRow).where(CodeRow.id == code_id))).one_or_none()
    if code is None or code.used_at is not None or code.expires_at <= utc_now():
        return None
    if code.kind is CredentialType.HUMAN:
        return await _human(session, settings, code)
    if not await memberships(session, code.email):
        return None
    sender = platform_sender(settings)
    return Addressee(code.email, sender, Language.ENGLISH, None, code.expires_at)


async def _human(session: BoundSession, settings: Settings, code: CodeRow) -> Addressee | None:
    """Any address may log in to an active organisation: that is how humans sign up."""
    statement = select(Tenant).where(
        Tenant.id == code.tenant_id, Tenant.status == TenantStatus.ACTIVE
    )
    tenant = (await session.exec(statement)).one_or_none()
    logged = select(MailMessage.id).where(
        MailMessage.tenant_id == code.tenant_id, MailMessage.id == code.id
    )
    if tenant is None or (await session.exec(logged)).one_or_none() is not None:
        return None
    sender = tenant_sender(tenant, settings)
    return Addressee(code.email, sender, tenant.language, tenant.id, code.expires_at)
