"""The table of attendee accounts."""

from datetime import datetime

from sqlalchemy import DateTime, UniqueConstraint
from sqlmodel import Field

from app.api.shared.models import TenantModel, Timestamped


class Human(TenantModel, Timestamped, table=True):
    """A person who applies, pays and comes, with an account at one organisation.

    The same e-mail address at two organisations is two humans who know nothing of each
    other. ``is_red_flagged`` is the staff's note: the human never reads it. The row of a
    closed account stays, nameless, because orders and tickets hang off it.
    """

    __tablename__ = "humans"
    __table_args__ = (
        UniqueConstraint("tenant_id", "email"),
        {"info": {"human": "id"}},
    )

    email: str
    first_name: str = ""
    last_name: str = ""
    telegram: str = ""
    organization: str = ""
    job_title: str = ""
    gender: str = ""
    age: str = ""
    residence: str = ""
    picture_url: str | None = None
    is_red_flagged: bool = False
    deleted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
