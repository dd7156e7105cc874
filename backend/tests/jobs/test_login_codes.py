"""Login codes: only an address that may log in gets one, and nothing stores the digits."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from app.api.auth.models import LoginCode, Operator
from app.api.shared.enums import CredentialType, UserRole
from app.api.tenant.models import TenantStatus
from app.api.user.models import User
from app.core.security import login_code, utc_now
from app.jobs.queue import defer
from app.services.email.mailers import MailNotSent, MailRejected
from tests.jobs.conftest import PLATFORM, Office

ADA = "ada@example.com"


async def ask(
    office: Office,
    tenant_id: UUID | None = None,
    *,
    email: str = ADA,
    lives: timedelta = timedelta(minutes=15),
    is_used: bool = False,
) -> UUID:
    """Ask for a code as the endpoint does: the row and the job in one transaction."""
    now = utc_now()
    code = LoginCode(
        kind=CredentialType.HUMAN if tenant_id else CredentialType.USER,
        tenant_id=tenant_id,
        email=email,
        expires_at=now + lives,
        used_at=now if is_used else None,
    )
    async with office.database.platform(PLATFORM) as session:
        session.add(code)
        await session.flush()
        await defer(session, "send_login_code", code_id=code.id)
    return code.id


async def employ(office: Office, email: str = ADA, *, is_dismissed: bool = False) -> None:
    async with office.database.platform(PLATFORM) as session:
        session.add(
            User(
                tenant_id=office.acme,
                email=email,
                role=UserRole.ADMIN,
                deleted_at=utc_now() if is_dismissed else None,
            )
        )


def text_of(office: Office) -> str:
    (message,) = office.mailer.sent
    body = message.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return text


async def test_staff_get_the_digits_in_the_platforms_name(office: Office) -> None:
    await employ(office)
    code_id = await ask(office)

    await office.work()

    (message,) = office.mailer.sent
    assert message["To"] == ADA
    assert message["From"] == f"EdgeOS <{office.settings.sender_email}>"
    assert message["Message-ID"].startswith(f"<{code_id}@")
    digits = login_code(office.settings, code_id)
    assert f"    {digits}" in text_of(office).splitlines()
    assert "good for 15 minutes" in text_of(office)
    assert digits not in message["Subject"]


async def test_an_operator_gets_the_digits(office: Office) -> None:
    async with office.database.platform(PLATFORM) as session:
        session.add(Operator(email="root@example.com"))
    await ask(office, email="root@example.com")

    await office.work()

    assert [mail["To"] for mail in office.mailer.sent] == ["root@example.com"]


async def test_an_unknown_address_gets_nothing_and_nothing_fails(office: Office) -> None:
    await employ(office, "grace@example.com")
    await employ(office, is_dismissed=True)
    await ask(office)

    await office.work()

    assert office.mailer.sent == []
    assert await office.jobs() == [("send_login_code", "succeeded", 1)]


async def test_staff_of_a_suspended_tenant_get_nothing(office: Office) -> None:
    await employ(office)
    await office.set_status(office.acme, TenantStatus.SUSPENDED)
    await ask(office)

    await office.work()

    assert office.mailer.sent == []


async def test_any_human_gets_the_digits_in_the_tenants_name_and_the_log_has_no_digits(
    office: Office,
) -> None:
    code_id = await ask(office, office.acme)

    await office.work()

    (message,) = office.mailer.sent
    assert message["From"] == "Acme Mail <hi@acme.example>"
    assert message["Subject"] == "Your login code for Acme"
    digits = login_code(office.settings, code_id)
    assert digits in text_of(office)
    ((row,),) = await office.sql("SELECT to_jsonb(m) FROM app.mail_messages m")
    assert isinstance(row, dict)
    assert (row["id"], row["tenant_id"]) == (str(code_id), str(office.acme))
    assert (row["kind"], row["recipient"], row["status"]) == ("login_code", ADA, "sent")
    assert row["variables"] is None
    everything = await office.sql(
        "SELECT (SELECT json_agg(m)::text FROM app.mail_messages m)"
        " || (SELECT json_agg(j)::text FROM jobs.procrastinate_jobs j)"
        " || (SELECT json_agg(c)::text FROM app.login_codes c)"
    )
    # Ids and microseconds may hold any six digits by chance.
    assert digits not in re.sub(r"[0-9a-f-]{36}|\.\d+", "", str(everything))


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.DELETED])
async def test_humans_of_a_tenant_that_is_not_active_get_nothing(
    office: Office, status: TenantStatus
) -> None:
    await ask(office, office.acme)
    await office.set_status(office.acme, status)

    await office.work()

    assert office.mailer.sent == []
    assert await office.jobs() == [("send_login_code", "succeeded", 1)]


@pytest.mark.parametrize(
    ("lives", "is_used"),
    [
        pytest.param(timedelta(seconds=-1), False, id="expired"),
        pytest.param(timedelta(minutes=15), True, id="used"),
    ],
)
async def test_a_code_that_is_of_no_use_is_not_sent(
    office: Office, lives: timedelta, is_used: bool
) -> None:
    await ask(office, office.acme, lives=lives, is_used=is_used)

    await office.work()

    assert office.mailer.sent == []


async def test_a_code_that_is_gone_is_not_sent(office: Office) -> None:
    await ask(office, office.acme)
    await office.sql("DELETE FROM app.login_codes")

    await office.work()

    assert office.mailer.sent == []


async def test_a_code_logged_as_sent_is_not_sent_again(office: Office) -> None:
    await ask(office, office.acme)
    await office.work()
    await office.sql("UPDATE jobs.procrastinate_jobs SET status = 'todo'")

    await office.work()

    assert len(office.mailer.sent) == 1


async def test_a_failure_is_tried_again_while_the_code_lives(office: Office) -> None:
    await ask(office, office.acme)
    office.mailer.failures.append(MailNotSent("421 closing"))

    await office.work()

    assert await office.jobs() == [("send_login_code", "todo", 1)]
    await office.make_due()
    await office.work()
    assert len(office.mailer.sent) == 1


async def test_a_refused_code_is_given_up(office: Office) -> None:
    await ask(office, office.acme)
    office.mailer.failures.append(MailRejected("550 no such mailbox"))

    await office.work()

    assert await office.jobs() == [("send_login_code", "failed", 1)]


async def test_without_smtp_the_code_lands_in_the_mail_folder(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    code_id = await ask(office, office.acme)

    await office.work_as_configured()

    (written,) = sorted(office.settings.mail_path.iterdir())
    digits = login_code(office.settings, code_id)
    assert written.name.endswith(f"-{ADA}.eml")
    assert digits in written.read_text()
    assert digits not in caplog.text
