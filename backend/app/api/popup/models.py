"""The table of popups: pop-up cities and events."""

from datetime import date

from sqlalchemy import JSON, BigInteger, CheckConstraint, Computed, Index, UniqueConstraint
from sqlmodel import Field

from app.api.popup.lifecycle import PopupStatus
from app.api.popup.profile import ProfileQuestion
from app.api.shared.models import TenantModel, Timestamped, text_enum


class Popup(TenantModel, Timestamped, table=True):
    """An event of one organisation: its dates, its currency and what it allows.

    ``is_published`` is computed by the database from the status. Products and form fields
    carry it along through their foreign key, so that the policies need no join to tell
    what a visitor may see. Products carry the currency in the same way, and hold it fast.
    ``application_deposit_minor`` is what is held on the card of whoever applies; None for
    nothing. ``profile_fields`` lists the ``ProfileQuestion`` of the popup's form, in order.
    """

    __tablename__ = "popups"
    __table_args__ = (
        UniqueConstraint("tenant_id", "slug"),
        UniqueConstraint("tenant_id", "id", "is_published"),
        UniqueConstraint("tenant_id", "id", "currency"),
        Index(None, "tenant_id", "starts_on"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name="slug"),
        CheckConstraint(
            "ends_on >= starts_on AND starts_on >= '2000-01-01' AND ends_on <= '2199-12-31'"
            " AND ends_on - starts_on < 3 * 366",
            name="dates",
        ),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("contribution_percent BETWEEN 0 AND 100", name="contribution"),
        CheckConstraint("application_deposit_minor > 0", name="application_deposit"),
        CheckConstraint("json_typeof(profile_fields) = 'array'", name="profile_fields"),
        {"info": {"published": "is_published"}},
    )

    name: str
    slug: str
    tagline: str = ""
    description: str = ""
    location: str = ""
    timezone: str
    starts_on: date
    ends_on: date
    status: PopupStatus = Field(default=PopupStatus.DRAFT, sa_type=text_enum(PopupStatus, "status"))
    currency: str
    allows_spouse: bool = False
    allows_children: bool = False
    allows_coupons: bool = False
    contribution_percent: int = 0
    application_deposit_minor: int | None = Field(default=None, sa_type=BigInteger)
    profile_fields: list[dict[str, str | bool]] = Field(sa_type=JSON)
    image_url: str | None = None
    icon_url: str | None = None
    website_url: str | None = None
    terms_url: str | None = None
    is_published: bool = Field(
        default=None,
        sa_column_args=(Computed("status = 'active' OR status = 'ended'", persisted=True),),
    )

    @property
    def questions(self) -> list[ProfileQuestion]:
        """What the popup's form asks of the applicant's profile."""
        return [ProfileQuestion.model_validate(question) for question in self.profile_fields]
