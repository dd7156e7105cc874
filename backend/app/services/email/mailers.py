"""Where mail goes: an SMTP server, the console and a folder, or a list in memory."""

import re
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import aiosmtplib
import anyio
import structlog

from app.core.config import Settings
from app.services.email.messages import recipient_of

logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

IMPLICIT_TLS_PORT = 465
"""RFC 8314: TLS from the first byte."""

SUBMISSION_PORT = 587
"""RFC 6409: STARTTLS where the server offers it."""


class MailNotSent(RuntimeError):
    """The mail was not sent, and may be at another attempt."""


class MailRejected(MailNotSent):
    """The mail server will not take this mail, now or later."""


class Mailer(Protocol):
    """Sends one message; never called inside a transaction."""

    async def send(self, message: EmailMessage) -> None:
        """Hand the message over.

        Raises:
            MailRejected: the server refused this message for good.
            MailNotSent: anything else went wrong; another attempt may succeed.
        """
        ...


class SmtpMailer:
    """One connection per message to ``SMTP_HOST``.

    TLS from the start on port 465; on port 587 STARTTLS when the server offers it. The
    password is never sent over an unencrypted connection that leaves this machine, so an
    attacker who strips the offer of STARTTLS gets nothing.
    """

    def __init__(self, settings: Settings, tls_context: ssl.SSLContext | None = None) -> None:
        self._host = settings.smtp_host
        self._port = settings.smtp_port
        self._user = settings.smtp_user
        self._password = settings.smtp_password.get_secret_value()
        self._timeout = settings.smtp_timeout_seconds
        self._greeting = urlsplit(settings.public_url).hostname or "localhost"
        self._tls_context = tls_context

    async def send(self, message: EmailMessage) -> None:
        """Connect, log in where credentials are set, hand over, say goodbye."""
        try:
            await self._send(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0].code, error.recipients[0].message) from error
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            raise _refused(error.code, error.message) from error
        except aiosmtplib.SMTPNotSupported as error:
            raise MailRejected(f"The server cannot take this address: {error}") from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            # A login that fails, a server that is down: for the operator to mend.
            raise MailNotSent(f"{type(error).__name__}: {error}") from error

    async def _send(self, message: EmailMessage) -> None:
        is_submission = self._port == SUBMISSION_PORT
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            local_hostname=self._greeting,
            timeout=self._timeout,
            use_tls=self._port == IMPLICIT_TLS_PORT,
            start_tls=None if is_submission else False,
            tls_context=self._tls_context,
        )
        async with client:
            if self._user:
                is_private = client.get_transport_info("sslcontext") is not None
                if not is_private and not _is_this_machine(self._host):
                    raise MailNotSent("The server offers no TLS: the password was not sent")
                await client.login(self._user, self._password)
            await client.send_message(message)


class FileMailer:
    """For a machine without SMTP: each mail a line on the console and an ``.eml`` file.

    The line names the file and nothing of the content, which may be a login code.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = anyio.Path(folder)

    async def send(self, message: EmailMessage) -> None:
        """Write the file whole or not at all; names sort by time and show the recipient."""
        recipient = recipient_of(message)
        moment = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        name = f"{moment}-{re.sub(r'[^A-Za-z0-9@.+-]', '_', recipient)[:100]}.eml"
        path = self._folder / name
        partial = self._folder / f".{name}.part"
        try:
            await self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            async with await anyio.open_file(partial, "wb") as file:
                await file.write(message.as_bytes())
            await partial.replace(path)
        except OSError as error:
            raise MailNotSent(f"{type(error).__name__}: {error}") from error
        await logger.ainfo("mail_written", recipient=recipient, path=str(path))


def make_mailer(settings: Settings) -> SmtpMailer | FileMailer:
    """Return the mailer the settings choose; nothing is contacted yet."""
    return SmtpMailer(settings) if settings.smtp_host else FileMailer(settings.mail_path)


def _refused(reply: int, text: str) -> MailNotSent:
    # RFC 5321: 4xx replies ask to come back later, 5xx replies are final.
    is_final = 500 <= reply < 600  # noqa: PLR2004  # the RFC's own bounds
    return (MailRejected if is_final else MailNotSent)(f"{reply} {text}")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
