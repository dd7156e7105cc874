"""The log of an organisation's mail; also the outbox a worker sends it from."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, DateTime, Index, func
from sqlmodel import Field

from app.api.shared.models import TenantModel, text_enum


class MailStatus(StrEnum):
    """What became of a mail."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class MailMessage(TenantModel, table=True):
    """One mail to one person.

    ``variables`` are what its templates say, kept until it is rendered; a mail whose
    variables hold a secret (a login code) has none. ``attempts`` counts how often sending
    it was begun, so that a mail which kills its worker is not tried for ever.
    """

    __tablename__ = "mail_messages"
    __table_args__ = (
        Index(None, "tenant_id", "created_at"),
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
        {"info": {"audited": False}},  # the table is itself a log
    )

    kind: str
    language: str
    recipient: str
    subject: str | None = None
    variables: dict[str, object] | None = Field(default=None, sa_type=JSON)
    attachments: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON, nullable=False)
    status: MailStatus = Field(default=MailStatus.QUEUED, sa_type=text_enum(MailStatus, "status"))
    attempts: int = 0
    last_error: str | None = None
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )
    sent_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
