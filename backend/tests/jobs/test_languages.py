"""Mail speaks the language of the organisation it comes from, up to a real SMTP server."""

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

from app.api.auth.models import LoginCode
from app.api.shared.enums import CredentialType, Language
from app.api.tenant.models import Tenant
from app.core.security import utc_now
from app.jobs.queue import defer
from app.services.email import StaffInvitation
from app.services.email.mailers import SmtpMailer
from app.services.email.outbox import queue_mail
from tests.jobs.conftest import PLATFORM, Office, as_staff
from tests.services.smtp_server import smtp_server

INVITATION = StaffInvitation(role="ADMIN", invited_by="Grace")


async def speak_spanish(office: Office) -> None:
    async with office.database.platform(PLATFORM) as session:
        (await session.get_one(Tenant, office.acme)).language = Language.SPANISH


async def ask_for_codes(office: Office) -> None:
    async with office.database.platform(PLATFORM) as session:
        for tenant_id in (office.acme, office.globex):
            code = LoginCode(
                kind=CredentialType.HUMAN,
                tenant_id=tenant_id,
                email="ada@example.com",
                expires_at=utc_now() + timedelta(minutes=15),
            )
            session.add(code)
            await session.flush()
            await defer(session, "send_login_code", code_id=code.id)


def told(message: EmailMessage) -> tuple[str, str]:
    """Return whom a mail comes from and how its text begins."""
    body = message.get_body(("plain",))
    assert body is not None
    return message["From"].addresses[0].display_name, body.get_content().splitlines()[0]


async def test_each_organisations_mail_and_login_codes_are_in_its_own_language(
    office: Office,
) -> None:
    await speak_spanish(office)
    for tenant_id in (office.acme, office.globex):
        async with office.database.tenant(as_staff(tenant_id)) as session:
            await queue_mail(session, INVITATION, "grace@example.com")
    await ask_for_codes(office)

    with smtp_server() as inbox:
        settings = office.settings.model_copy(
            update={"smtp_host": "127.0.0.1", "smtp_port": inbox.port}
        )
        await replace(office, world=replace(office.world, mailer=SmtpMailer(settings))).work()

    assert sorted(map(told, inbox.received)) == [
        ("Acme Mail", "Grace te ha invitado a trabajar con Acme como administrador."),
        ("Acme Mail", "Tu código de acceso a Acme:"),
        ("Globex", "Grace invited you to work with Globex as admin."),
        ("Globex", "Your login code for Globex:"),
    ]
    kept = await office.sql(
        "SELECT tenant_id, kind, language FROM app.mail_messages ORDER BY language, kind"
    )
    assert kept == [
        (office.globex, "login_code", "en"),
        (office.globex, "staff_invitation", "en"),
        (office.acme, "login_code", "es"),
        (office.acme, "staff_invitation", "es"),
    ]


async def test_a_mail_keeps_the_language_it_was_queued_in(office: Office) -> None:
    async with office.database.tenant(as_staff(office.acme)) as session:
        await queue_mail(session, INVITATION, "grace@example.com")
    await speak_spanish(office)

    await office.work()

    (sent,) = office.mailer.sent
    assert sent["Subject"] == "You can now work with Acme"
