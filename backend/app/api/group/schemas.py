"""What is sent and read of groups, their members and their invitations."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool

from app.api.group.seats import LARGEST_BATCH, MOST_SEATS, InvitationStatus
from app.api.shared.response import ListQuery
from app.api.shared.types import (
    Email,
    Input,
    Instant,
    Line,
    Omittable,
    OptionalLine,
    Output,
    Percent,
    Prose,
    Slug,
)

Seats = Annotated[
    int, Field(ge=1, le=MOST_SEATS, strict=True, description="Seats in all. Null for no limit.")
]


class GroupCreate(Input):
    """People who are to come to one popup together."""

    popup_id: UUID
    leader_id: UUID | None = None
    name: Line
    slug: Slug
    seats: Seats | None = None
    discount_percent: Percent = 0
    welcome_text: Prose = ""
    is_active: StrictBool = True


class GroupUpdate(Input):
    """A key left out is left alone. A group stays with its popup."""

    leader_id: UUID | None = None
    name: Omittable[Line] = None
    slug: Omittable[Slug] = None
    seats: Seats | None = None
    discount_percent: Omittable[Percent] = None
    welcome_text: Omittable[Prose] = None
    is_active: Omittable[StrictBool] = None


class GroupPerson(Output):
    """A leader, or a member."""

    id: UUID
    email: str
    first_name: str
    last_name: str


class GroupPublic(Output):
    """A group as staff and its leader read it; open invitations take seats too."""

    id: UUID
    popup_id: UUID
    leader: GroupPerson | None
    name: str
    slug: str
    seats: int | None
    seats_taken: int
    discount_percent: int
    welcome_text: str
    is_active: bool
    created_at: Instant
    updated_at: Instant


class GroupPage(Output):
    """A group as the page reads it on which people sign up."""

    id: UUID
    popup_id: UUID
    name: str
    slug: str
    welcome_text: str
    discount_percent: int
    seats_left: int | None


class LedGroupQuery(ListQuery):
    """Filters of the groups that one leads."""

    popup_id: UUID | None = None
    is_active: bool | None = None
    sort: Literal["created_at", "-created_at", "name", "-name"] = "created_at"


class GroupQuery(LedGroupQuery):
    """Filters of the staff's list."""

    leader_id: UUID | None = None


class GroupMemberPublic(Output):
    """Somebody's place in a group."""

    id: UUID
    group_id: UUID
    human: GroupPerson
    joined_at: Instant


class MemberQuery(ListQuery):
    """Filters of one group's members; ``search`` looks in their names and addresses."""

    sort: Literal["created_at", "-created_at", "joined_at", "-joined_at"] = "created_at"


class GroupMemberQuery(MemberQuery):
    """The members of which group."""

    group_id: UUID


class GroupInvitationPublic(Output):
    """An address that was invited, and what became of it."""

    id: UUID
    group_id: UUID
    email: str
    first_name: str
    last_name: str
    status: InvitationStatus
    invited_at: Instant
    closed_at: Instant | None


class InvitationQuery(ListQuery):
    """Filters of one group's invitations; ``search`` looks in names and addresses."""

    status: InvitationStatus | None = None
    sort: Literal["created_at", "-created_at", "email", "-email"] = "created_at"


class GroupInvitationQuery(InvitationQuery):
    """The invitations of which group."""

    group_id: UUID


class Invitee(Input):
    """Somebody who is to join: at once with an account, or else by invitation."""

    email: Email
    first_name: OptionalLine = ""
    last_name: OptionalLine = ""


class MemberBatch(Input):
    """People who are to join, first come, first served."""

    people: Annotated[list[Invitee], Field(min_length=1, max_length=LARGEST_BATCH)]


class SeatOutcome(StrEnum):
    """What became of one row."""

    JOINED = "joined"
    """A member from now on, with an accepted application."""

    INVITED = "invited"
    """There is no account of that address: it joins when it signs up, and has its seat."""

    HAS_SEAT = "has_seat"
    REPEATED = "repeated"
    NO_SEAT = "no_seat"
    REFUSED = "refused"
    """In another group of the popup, withdrawn, or not accepted by the organisers."""


class SeatResult(Output):
    """What became of one row; ``id`` is the new member's or invitation's."""

    email: str
    outcome: SeatOutcome
    id: UUID | None


class SeatResults(Output):
    """What became of each row of a batch, in its order."""

    results: list[SeatResult]
