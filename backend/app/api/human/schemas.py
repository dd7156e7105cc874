"""What is sent and read of attendee accounts."""

from typing import Literal
from uuid import UUID

from app.api.shared.response import ListQuery
from app.api.shared.types import Email, Input, Instant, Omittable, OptionalLine, Output, Url


class HumanProfile(Input):
    """What a human says of themselves; forms ask for these by name."""

    first_name: OptionalLine = ""
    last_name: OptionalLine = ""
    telegram: OptionalLine = ""
    organization: OptionalLine = ""
    job_title: OptionalLine = ""
    gender: OptionalLine = ""
    age: OptionalLine = ""
    residence: OptionalLine = ""
    picture_url: Url | None = None


class HumanCreate(HumanProfile):
    """An account that staff make on somebody's behalf."""

    email: Email


class HumanSelfUpdate(Input):
    """What a human may change of their own account. A key left out is left alone."""

    first_name: Omittable[OptionalLine] = None
    last_name: Omittable[OptionalLine] = None
    telegram: Omittable[OptionalLine] = None
    organization: Omittable[OptionalLine] = None
    job_title: Omittable[OptionalLine] = None
    gender: Omittable[OptionalLine] = None
    age: Omittable[OptionalLine] = None
    residence: Omittable[OptionalLine] = None
    picture_url: Url | None = None


class HumanUpdate(HumanSelfUpdate):
    """What staff may change besides."""

    is_red_flagged: Omittable[bool] = None


class HumanSelf(Output):
    """An account as its human reads it."""

    id: UUID
    email: str
    first_name: str
    last_name: str
    telegram: str
    organization: str
    job_title: str
    gender: str
    age: str
    residence: str
    picture_url: str | None
    created_at: Instant
    updated_at: Instant


class HumanPublic(HumanSelf):
    """An account as staff read it."""

    is_red_flagged: bool


class HumanQuery(ListQuery):
    """Filters of the list of accounts."""

    is_red_flagged: bool | None = None
    sort: Literal["created_at", "-created_at", "email", "-email", "last_name", "-last_name"] = (
        "-created_at"
    )
