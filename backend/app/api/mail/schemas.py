"""What is asked and read of mails."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.shared.enums import Language
from app.api.shared.types import Input, Output


class MailPreviewQuery(Input):
    """Which mail to show, and for which popup; without one, for an invented popup."""

    kind: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z_]{1,40}$"),
        Field(examples=["payment_confirmed"]),
    ]
    language: Language | None = Field(
        default=None, description="By default the organisation's own."
    )
    popup_id: UUID | None = None


class MailKinds(Output):
    """Every kind of mail there is, its languages, and whom the organisation's come from."""

    kinds: list[str]
    languages: list[Language]
    sender_name: str
    sender_email: str


class MailPreview(Output):
    """A mail as its reader would see it, with invented values.

    ``html`` is a whole page; show it in a sandboxed frame, or ask for it as a page.
    """

    kind: str
    language: Language
    sender_name: str
    sender_email: str
    subject: str
    text: str
    html: str
