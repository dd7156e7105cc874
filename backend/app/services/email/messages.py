"""Builds the message that travels: headers, text, HTML and attachments."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from uuid import UUID

from app.services.email.rendering import RenderedMail, Sender, one_line

_PLAIN_ADDRESS = re.compile(
    r"""[^\x00-\x20\x7f@<>()\[\],;:"\\]+@[^\x00-\x20\x7f@<>()\[\],;:"\\]+"""
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a mail."""

    filename: str
    content_type: str
    content: bytes


class AddressRefused(ValueError):
    """This is not an address mail can be sent to or from."""


def build_message(
    rendered: RenderedMail,
    *,
    sender: Sender,
    recipient: str,
    message_id: UUID,
    attachments: Sequence[Attachment] = (),
) -> EmailMessage:
    """Compose a message; the same id gives the same Message-ID however often it is sent.

    Every header is set through the standard library's structured headers, which refuse
    line breaks, and every free text in one is put on a single line first: no value can
    start a header of its own.

    Raises:
        AddressRefused: sender or recipient is not an address.
    """
    from_address = _address(sender.email, sender.name)
    to_address = _address(recipient)
    # Only an address beyond ASCII needs the extension of RFC 6531; names are encoded.
    is_ascii = (from_address.addr_spec + to_address.addr_spec).isascii()
    message = EmailMessage(policy=SMTP if is_ascii else SMTPUTF8)
    message["From"] = from_address
    message["To"] = to_address
    message["Subject"] = one_line(rendered.subject)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{message_id}@{from_address.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies, please
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    for attachment in attachments:
        main, _, sub = attachment.content_type.partition("/")
        message.add_attachment(
            attachment.content,
            maintype=main,
            subtype=sub,
            filename=one_line(attachment.filename),
        )
    return message


def recipient_of(message: EmailMessage) -> str:
    """Return the address a message goes to."""
    return str(message["To"].addresses[0].addr_spec)


def _address(addr_spec: str, name: str = "") -> Address:
    if not _PLAIN_ADDRESS.fullmatch(addr_spec):
        raise AddressRefused(repr(addr_spec))
    username, _, domain = addr_spec.partition("@")
    return Address(display_name=one_line(name), username=username, domain=domain)
