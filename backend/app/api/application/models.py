"""The tables of applications, their past, and the forms they were given on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Index,
    UniqueConstraint,
    func,
)
from sqlmodel import Field

from app.api.application.lifecycle import (
    ApplicationEvent,
    ApplicationStatus,
    ScholarshipStatus,
)
from app.api.shared.models import TenantModel, Timestamped, tenant_reference, text_enum

Document = dict[str, object]


class FormVersion(TenantModel, table=True):
    """A popup's form as it was, so that answers given on it can always be read."""

    __tablename__ = "form_versions"
    __table_args__ = (
        tenant_reference("popup_id", to="popups", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "popup_id", "version"),
        {"info": {"insert_only": True, "audited": False}},
    )

    popup_id: UUID
    version: str
    document: Document = Field(sa_type=JSON)
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )


class Application(TenantModel, Timestamped, table=True):
    """One human's request to come to one popup.

    ``status`` moves by ``lifecycle.move`` alone. ``answers`` are those to the form of
    ``form_version``. ``credit_minor`` is the store credit; entries of the ledger change it,
    and the database holds the two together.
    """

    __tablename__ = "applications"
    __table_args__ = (
        tenant_reference("popup_id", to="popups"),
        tenant_reference("human_id", to="humans"),
        tenant_reference("popup_id", "group_id", to="groups", key=("popup_id", "id")),
        tenant_reference(
            "popup_id", "form_version", to="form_versions", key=("popup_id", "version")
        ),
        UniqueConstraint("tenant_id", "human_id", "popup_id"),
        UniqueConstraint("tenant_id", "popup_id", "id"),
        UniqueConstraint("tenant_id", "popup_id", "id", "human_id"),
        Index(None, "tenant_id", "popup_id", "status"),
        Index(None, "tenant_id", "popup_id", "submitted_at"),
        Index(None, "tenant_id", "group_id"),
        CheckConstraint("json_typeof(answers) = 'object'", name="answers"),
        CheckConstraint("json_typeof(hidden_fields) = 'array'", name="hidden_fields"),
        CheckConstraint("scholarship_percent BETWEEN 1 AND 100", name="scholarship_percent"),
        CheckConstraint(
            "(scholarship_status = 'granted') = (scholarship_percent IS NOT NULL)",
            name="scholarship_granted",
        ),
        CheckConstraint("status = 'draft' OR form_version IS NOT NULL", name="form_version"),
        CheckConstraint("credit_minor >= 0", name="credit"),
        {"info": {"human": "human_id"}},
    )

    popup_id: UUID
    human_id: UUID
    group_id: UUID | None = None
    status: ApplicationStatus = Field(
        default=ApplicationStatus.DRAFT, sa_type=text_enum(ApplicationStatus, "status")
    )
    answers: Document = Field(default_factory=dict, sa_type=JSON)
    form_version: str | None = None
    hidden_fields: list[str] = Field(default_factory=list, sa_type=JSON)
    scholarship_status: ScholarshipStatus = Field(
        default=ScholarshipStatus.NONE, sa_type=text_enum(ScholarshipStatus, "scholarship_status")
    )
    scholarship_reason: str = ""
    scholarship_percent: int | None = None
    credit_minor: int = Field(default=0, sa_type=BigInteger)
    submitted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    decided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ApplicationSnapshot(TenantModel, table=True):
    """An application as it was when something happened to it."""

    __tablename__ = "application_snapshots"
    __table_args__ = (
        tenant_reference(
            "popup_id",
            "application_id",
            "human_id",
            to="applications",
            key=("popup_id", "id", "human_id"),
        ),
        Index(None, "tenant_id", "application_id"),
        {"info": {"human": "human_id", "insert_only": True, "audited": False}},
    )

    popup_id: UUID
    application_id: UUID
    human_id: UUID
    event: ApplicationEvent = Field(sa_type=text_enum(ApplicationEvent, "event"))
    status: ApplicationStatus = Field(sa_type=text_enum(ApplicationStatus, "status"))
    answers: Document = Field(sa_type=JSON)
    form_version: str | None = None
    actor: str
    at: datetime = Field(sa_type=DateTime(timezone=True))
