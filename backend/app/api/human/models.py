"""The table of attendee accounts."""

from sqlalchemy import UniqueConstraint

from app.api.shared.models import TenantModel, Timestamped


class Human(TenantModel, Timestamped, table=True):
    """A person who applies, pays and comes, with an account at one organisation.

    The same e-mail address at two organisations is two humans who know nothing of each
    other. ``is_red_flagged`` is the staff's note: the human never reads it.
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
