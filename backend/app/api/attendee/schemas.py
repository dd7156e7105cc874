"""What is sent and read of attendees."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.application.lifecycle import ApplicationStatus
from app.api.attendee.party import AttendeeCategory
from app.api.shared.response import ListQuery
from app.api.shared.types import (
    Email,
    Input,
    Instant,
    Line,
    Omittable,
    OptionalLine,
    Output,
    SearchText,
)

CompanionCategory = Annotated[
    Literal[AttendeeCategory.SPOUSE, AttendeeCategory.KID],
    Field(description="What a companion is; the applicant alone is the main attendee."),
]


class CompanionCreate(Input):
    """Somebody whom an applicant brings."""

    category: CompanionCategory
    name: Line
    email: Email | None = None
    gender: OptionalLine = ""
    age: OptionalLine = ""


class CompanionOnBehalf(CompanionCreate):
    """A companion whom staff add to an application's party."""

    application_id: UUID


class AttendeeUpdate(Input):
    """What may be changed of somebody in a party. A key left out is left alone."""

    category: Omittable[CompanionCategory] = None
    name: Omittable[Line] = None
    email: Email | None = None
    gender: Omittable[OptionalLine] = None
    age: Omittable[OptionalLine] = None


class OwnedTicket(Output):
    """A ticket as it stands beside its attendee: without its code."""

    id: UUID
    product_id: UUID
    product_name: str
    status: Annotated[str, Field(description="As of the ticket; an issued one admits.")]


class AttendeeTicket(OwnedTicket):
    """The same with the moment it was first seen at the door, as staff read it."""

    checked_in_at: Instant | None


class Account(Output):
    """The account of an attendee who has one."""

    id: UUID
    email: str
    first_name: str
    last_name: str
    is_red_flagged: bool


class AttendeeBase(Output):
    """A person who comes."""

    id: UUID
    popup_id: UUID
    application_id: UUID
    category: AttendeeCategory
    name: str
    email: str | None
    gender: str
    age: str
    created_at: Instant
    updated_at: Instant


class AttendeeSelf(AttendeeBase):
    """Somebody of one's own party. Whether they have an account is theirs to tell."""

    tickets: list[OwnedTicket]


class AttendeePublic(AttendeeBase):
    """An attendee as staff read it."""

    application_status: ApplicationStatus
    human: Account | None
    tickets: list[AttendeeTicket]


class PartyQuery(ListQuery):
    """How the list of one's own party is paged."""

    sort: Literal["created_at", "-created_at"] = "created_at"


class OwnPartyQuery(PartyQuery):
    """The same, of one application."""

    application_id: UUID


class AttendeeFilters(Input):
    """What a list of attendees is narrowed to.

    ``product_id`` finds those who hold a ticket of it that admits, ``is_checked_in`` those
    of whom some ticket was seen at the door, or none.
    """

    application_id: UUID | None = None
    category: AttendeeCategory | None = None
    product_id: UUID | None = None
    is_checked_in: bool | None = None
    sort: Literal["created_at", "-created_at", "name", "-name"] = "-created_at"


class AttendeeQuery(AttendeeFilters, ListQuery):
    """Filters of the list of attendees."""

    popup_id: UUID | None = None


class AttendeeExport(AttendeeFilters):
    """Which attendees of a popup are exported: the filters of their list."""

    popup_id: UUID
    search: SearchText | None = None

    @property
    def query(self) -> AttendeeQuery:
        """The query of the list that is exported."""
        return AttendeeQuery(**self.model_dump(exclude_none=True))


class DirectoryEntry(Output):
    """Somebody who comes, as the others see them: null where they have hidden it or not said."""

    id: UUID
    first_name: str | None
    last_name: str | None
    telegram: str | None
    organization: str | None
    job_title: str | None
    gender: str | None
    age: str | None
    residence: str | None
    picture_url: str | None


class DirectoryQuery(ListQuery):
    """How the directory of a popup is searched and sorted."""

    sort: Literal[
        "first_name",
        "-first_name",
        "last_name",
        "-last_name",
        "organization",
        "-organization",
        "created_at",
        "-created_at",
    ] = "first_name"


class PopupDirectoryQuery(DirectoryQuery):
    """The same, of one popup."""

    popup_id: UUID
