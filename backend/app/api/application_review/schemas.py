"""What is sent and read of votes."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.approval_strategy.decision import Decision, Vote
from app.api.shared.response import FURTHEST_SKIP, LARGEST_PAGE
from app.api.shared.types import Input, Instant, Output, Prose


class ReviewPut(Input):
    """A vote; it replaces the one cast before."""

    vote: Vote
    note: Prose = ""


class ReviewPublic(Output):
    """One reviewer's vote."""

    id: UUID
    application_id: UUID
    user_id: UUID
    vote: Vote
    note: str
    created_at: Instant
    updated_at: Instant


class ReviewSummary(Output):
    """The votes on an application, and what they amount to under the popup's strategy."""

    decision: Decision
    why: str
    reviews: list[ReviewPublic]


class QueueQuery(Input):
    """Which part of the queue."""

    skip: Annotated[int, Field(ge=0, le=FURTHEST_SKIP)] = 0
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 100
