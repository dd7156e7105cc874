"""What is sent and read of applications."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.application.lifecycle import (
    ApplicationEvent,
    ApplicationStatus,
    ScholarshipStatus,
)
from app.api.popup.profile import ProfileKey
from app.api.shared.response import ListQuery
from app.api.shared.types import Email, Input, Instant, Omittable, Output, Prose, SearchText

Answers = Annotated[
    dict[str, object],
    Field(max_length=300, description="By the keys of the popup's form; judged against it."),
]
"""Answers are judged by the form, which names each fault by its key."""

HiddenFields = Annotated[
    list[ProfileKey],
    Field(max_length=len(ProfileKey), description="Not shown to other attendees."),
]

AnswerFilter = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}:[^\x00]{1,200}$"),
    Field(description="key:value of one answer.", examples=["diet:vegan"]),
]


class ScholarshipRequest(Input):
    """Why somebody asks to pay less."""

    reason: Prose


class ApplicationStart(Input):
    """One's own application to a popup; a draft until it is submitted."""

    popup_id: UUID
    answers: Answers = Field(default_factory=dict)
    hidden_fields: HiddenFields = Field(default_factory=list)
    scholarship: ScholarshipRequest | None = None


class ApplicationDraft(Input):
    """What may be changed of a draft. A key left out is left alone."""

    answers: Omittable[Answers] = None
    hidden_fields: Omittable[HiddenFields] = None
    scholarship: ScholarshipRequest | None = None


class PrivacyChange(Input):
    """Which parts of the profile other attendees are not shown, in place of those before."""

    hidden_fields: HiddenFields


class ApplicationOnBehalf(Input):
    """An application that staff make for somebody; the account is made where it is missing."""

    popup_id: UUID
    email: Email
    answers: Answers = Field(default_factory=dict)
    submit: bool = False


class ScholarshipDecision(Input):
    """The discount that is granted, or null where it is refused."""

    percent: Annotated[int, Field(ge=1, le=100, strict=True)] | None


class Applicant(Output):
    """Who applies."""

    id: UUID
    email: str
    first_name: str
    last_name: str
    is_red_flagged: bool


class ApplicationSelf(Output):
    """An application as its human reads it."""

    id: UUID
    popup_id: UUID
    group_id: UUID | None
    status: ApplicationStatus
    answers: dict[str, object]
    form_version: str | None
    hidden_fields: list[str]
    scholarship_status: ScholarshipStatus
    scholarship_reason: str
    scholarship_percent: int | None
    credit_minor: int
    submitted_at: Instant | None
    decided_at: Instant | None
    created_at: Instant
    updated_at: Instant


class ApplicationPublic(ApplicationSelf):
    """An application as staff read it."""

    human: Applicant


class ApplicationQuery(ListQuery):
    """Filters of the list of applications."""

    popup_id: UUID | None = None
    human_id: UUID | None = None
    group_id: UUID | None = None
    status: ApplicationStatus | None = None
    scholarship_status: ScholarshipStatus | None = None
    answer: AnswerFilter | None = None
    sort: Literal["created_at", "-created_at", "submitted_at", "-submitted_at"] = "-created_at"


class ApplicationExport(Input):
    """Which applications of a popup are exported: the filters of their list."""

    popup_id: UUID
    search: SearchText | None = None
    human_id: UUID | None = None
    group_id: UUID | None = None
    status: ApplicationStatus | None = None
    scholarship_status: ScholarshipStatus | None = None
    answer: AnswerFilter | None = None
    sort: Literal["created_at", "-created_at", "submitted_at", "-submitted_at"] = "created_at"

    @property
    def query(self) -> ApplicationQuery:
        """The query of the list that is exported."""
        return ApplicationQuery(**self.model_dump(exclude_none=True))


class OwnApplicationQuery(ListQuery):
    """Filters of one's own applications."""

    popup_id: UUID | None = None
    sort: Literal["created_at", "-created_at"] = "-created_at"


class StatusCounts(Output):
    """How many applications of a popup stand where."""

    draft: int
    in_review: int
    accepted: int
    rejected: int
    withdrawn: int
    total: int


class CountsQuery(Input):
    """Which popup is counted."""

    popup_id: UUID


class SnapshotPublic(Output):
    """An application as it was when something happened to it."""

    id: UUID
    event: ApplicationEvent
    status: ApplicationStatus
    answers: dict[str, object]
    form_version: str | None
    actor: str
    at: Instant
