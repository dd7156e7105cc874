"""What is asked and read of mails."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.shared.types import Input, Output

Language = Literal["en", "es"]
"""The languages every kind of mail is written in."""


class MailPreviewQuery(Input):
    """Which mail to show, and for which popup; without one, for an invented popup."""

    kind: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z_]{1,40}$"),
        Field(examples=["payment_confirmed"]),
    ]
    language: Language = "en"
    popup_id: UUID | None = None


class MailKinds(Output):
    """Every kind of mail there is, its languages, and whom the organisation's come from."""

    kinds: list[str]
    languages: list[Language]
    sender_name: str
    sender_email: str


class MailPreview(Output):
    """A mail as its reader would see it, with invented values.

    ``html`` is a whole page; show it in a sandboxed frame.
    """

    kind: str
    language: Language
    sender_name: str
    sender_email: str
    subject: str
    text: str
    html: str
