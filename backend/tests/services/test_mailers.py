"""Mailers: against a real SMTP server in this process, and a folder."""

import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr

from app.core.config import Environment, Settings
from app.core.logging import configure_logging
from app.services.email import mailers
from app.services.email.mailers import (
    FileMailer,
    MailNotSent,
    MailRejected,
    SmtpMailer,
    make_mailer,
)
from app.services.email.messages import build_message
from app.services.email.preview import preview
from app.services.email.rendering import Sender
from tests.services.smtp_server import PASSWORD, USER, certificate, free_port, smtp_server

ACME = Sender("Acme", "Acme", "hello@acme.example")


def a_message(recipient: str = "ada@example.com") -> EmailMessage:
    return build_message(
        preview("login_code", ACME),
        sender=ACME,
        recipient=recipient,
        message_id=UUID("018f0000-0000-7000-8000-0000000000aa"),
    )


def smtp_settings(
    port: int, host: str = "127.0.0.1", user: str = "", password: str = ""
) -> Settings:
    return Settings(
        _env_file=None,
        environment=Environment.TEST,
        secret_key=SecretStr("secret-key-of-the-tests"),
        smtp_host=host,
        smtp_port=port,
        smtp_user=user,
        smtp_password=SecretStr(password),
        smtp_timeout_seconds=5,
    )


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return certificate(tmp_path_factory.mktemp("certificate"))


async def test_smtp_hands_the_message_over() -> None:
    with smtp_server() as inbox:
        await SmtpMailer(smtp_settings(inbox.port)).send(a_message())

    (received,) = inbox.received
    assert received["To"] == "ada@example.com"
    assert received["From"] == "Acme <hello@acme.example>"
    assert received["Subject"] == "Your login code for Acme"
    assert inbox.was_private == [False]


async def test_smtp_logs_in_where_credentials_are_set() -> None:
    with smtp_server(asks_for_login=True) as inbox:
        await SmtpMailer(smtp_settings(inbox.port, user=USER, password=PASSWORD)).send(a_message())

    assert inbox.logins == [(USER.encode(), PASSWORD.encode())]
    assert len(inbox.received) == 1


async def test_a_wrong_password_is_for_the_operator_to_mend() -> None:
    with smtp_server(asks_for_login=True) as inbox:
        mailer = SmtpMailer(smtp_settings(inbox.port, user=USER, password="wrong"))

        with pytest.raises(MailNotSent) as failed:
            await mailer.send(a_message())

    assert not isinstance(failed.value, MailRejected)
    assert "wrong" not in str(failed.value)
    assert inbox.received == []


async def test_the_submission_port_upgrades_to_tls_when_offered(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = tls
    with smtp_server(starttls=server, asks_for_login=True) as inbox:
        monkeypatch.setattr(mailers, "SUBMISSION_PORT", inbox.port)
        settings = smtp_settings(inbox.port, user=USER, password=PASSWORD)

        await SmtpMailer(settings, client).send(a_message())

    assert inbox.was_private == [True]
    assert inbox.logins == [(USER.encode(), PASSWORD.encode())]


async def test_the_submission_port_goes_without_tls_when_none_is_offered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with smtp_server() as inbox:
        monkeypatch.setattr(mailers, "SUBMISSION_PORT", inbox.port)

        await SmtpMailer(smtp_settings(inbox.port)).send(a_message())

    assert inbox.was_private == [False]


async def test_the_tls_port_is_private_from_the_first_byte(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = tls
    with smtp_server(implicit_tls=server) as inbox:
        monkeypatch.setattr(mailers, "IMPLICIT_TLS_PORT", inbox.port)

        await SmtpMailer(smtp_settings(inbox.port), client).send(a_message())

    assert len(inbox.received) == 1


async def test_a_certificate_nobody_vouches_for_is_refused(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = tls
    with smtp_server(starttls=server) as inbox:
        monkeypatch.setattr(mailers, "SUBMISSION_PORT", inbox.port)

        with pytest.raises(MailNotSent, match="certificate"):
            await SmtpMailer(smtp_settings(inbox.port)).send(a_message())

    assert inbox.received == []


async def test_the_password_never_leaves_this_machine_unencrypted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with smtp_server(asks_for_login=True) as inbox:
        monkeypatch.setattr(mailers, "_is_this_machine", lambda _: False)
        mailer = SmtpMailer(smtp_settings(inbox.port, user=USER, password=PASSWORD))

        with pytest.raises(MailNotSent, match="the password was not sent"):
            await mailer.send(a_message())

    assert inbox.logins == []
    assert inbox.received == []


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("mail.example.com", False),
        ("localhost.example.com", False),
    ],
)
def test_this_machine_is_known_by_its_names(host: str, expected: bool) -> None:
    assert mailers._is_this_machine(host) is expected


@pytest.mark.parametrize(
    ("reply", "is_final"),
    [
        ("550 no such mailbox", True),
        ("552 mailbox full", True),
        ("450 mailbox busy", False),
        ("451 try again later", False),
    ],
)
@pytest.mark.parametrize("step", ["recipient", "data"])
async def test_a_5xx_reply_is_final_and_a_4xx_reply_is_not(
    reply: str, is_final: bool, step: str
) -> None:
    with smtp_server() as inbox:
        setattr(inbox, f"refuse_{step}", reply)

        with pytest.raises(MailNotSent, match=reply[:3]) as failed:
            await SmtpMailer(smtp_settings(inbox.port)).send(a_message())

    assert isinstance(failed.value, MailRejected) is is_final


async def test_a_server_that_is_down_can_be_tried_again() -> None:
    mailer = SmtpMailer(smtp_settings(free_port()))

    with pytest.raises(MailNotSent) as failed:
        await mailer.send(a_message())

    assert not isinstance(failed.value, MailRejected)


async def test_an_address_beyond_ascii_reaches_a_server_that_takes_it() -> None:
    with smtp_server() as inbox:
        await SmtpMailer(smtp_settings(inbox.port)).send(a_message("jörg@example.com"))

    assert "\r\nTo: jörg@example.com\r\n".encode() in inbox.raw[0]


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_an_address_beyond_ascii_is_refused_by_a_server_that_does_not() -> None:
    with smtp_server(takes_utf8=False) as inbox:
        mailer = SmtpMailer(smtp_settings(inbox.port))

        with pytest.raises(MailRejected, match="cannot take this address"):
            await mailer.send(a_message("jörg@example.com"))

    assert inbox.received == []


async def test_the_folder_gets_a_file_that_reads_back(tmp_path: Path) -> None:
    mailer = FileMailer(tmp_path / "mail")

    await mailer.send(a_message())
    await mailer.send(a_message("../../grace@example.com"))

    first, second = files(tmp_path / "mail")
    read = message_from_bytes(first.read_bytes(), policy=SMTP)
    text = read.get_body(("plain",))
    assert first.name.endswith("Z-ada@example.com.eml")
    assert second.name.endswith("Z-.._.._grace@example.com.eml")
    assert text is not None
    assert "    123456" in text.get_content().splitlines()


async def test_the_folder_takes_an_address_beyond_ascii(tmp_path: Path) -> None:
    await FileMailer(tmp_path).send(a_message("jörg@example.com"))

    (written,) = files(tmp_path)
    assert "\r\nTo: jörg@example.com\r\n".encode() in written.read_bytes()


@pytest.fixture
def application_logging() -> None:
    """Log as the application does, whichever test came first in this process."""
    configure_logging(smtp_settings(25))


@pytest.mark.usefixtures("application_logging")
async def test_the_console_names_the_file_and_never_the_code(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await FileMailer(tmp_path).send(a_message())

    (record,) = caplog.records
    (written,) = files(tmp_path)
    line = record.msg
    assert isinstance(line, dict)
    assert line["path"] == str(written)
    assert line["recipient"] == "ada@example.com"
    assert "123456" not in str(line)


async def test_a_folder_that_cannot_be_written_can_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file is in the way")

    with pytest.raises(MailNotSent):
        await FileMailer(tmp_path / "mail").send(a_message())


def test_the_settings_choose_the_mailer() -> None:
    assert isinstance(make_mailer(smtp_settings(25)), SmtpMailer)
    assert isinstance(make_mailer(smtp_settings(25, host="")), FileMailer)
