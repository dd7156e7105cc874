"""The table of attendees: the people who come."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from app.api.attendee.party import AttendeeCategory
from app.api.shared.models import TenantModel, Timestamped, tenant_reference, text_enum


class Attendee(TenantModel, Timestamped, table=True):
    """One person of an application's party: the human, or a companion.

    ``owner_id`` is the applicant, whose row it is; ``human_id`` the person's own account,
    once they have one. One main person and one spouse to a party, by unique indexes.
    """

    __tablename__ = "attendees"
    __table_args__ = (
        tenant_reference(
            "popup_id",
            "application_id",
            "owner_id",
            to="applications",
            key=("popup_id", "id", "human_id"),
        ),
        tenant_reference("human_id", to="humans"),
        UniqueConstraint("tenant_id", "popup_id", "id"),
        UniqueConstraint("tenant_id", "popup_id", "application_id", "id"),
        Index(
            "attendees_main_key",
            "tenant_id",
            "application_id",
            unique=True,
            postgresql_where=text("category = 'main'"),
        ),
        Index(
            "attendees_spouse_key",
            "tenant_id",
            "application_id",
            unique=True,
            postgresql_where=text("category = 'spouse'"),
        ),
        Index(None, "tenant_id", "application_id"),
        Index(None, "tenant_id", "email"),
        Index(None, "tenant_id", "human_id"),
        Index(None, "tenant_id", "owner_id"),
        CheckConstraint("name <> ''", name="name"),
        {"info": {"human": "owner_id"}},
    )

    popup_id: UUID
    application_id: UUID
    owner_id: UUID
    human_id: UUID | None = None
    category: AttendeeCategory = Field(sa_type=text_enum(AttendeeCategory, "category"))
    name: str
    email: str | None = None
    gender: str = ""
    age: str = ""
