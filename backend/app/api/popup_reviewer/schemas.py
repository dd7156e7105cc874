"""What is sent and read of reviewers."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.approval_strategy.decision import LARGEST_MULTIPLIER
from app.api.shared.response import ListQuery
from app.api.shared.types import Input, Instant, Omittable, Output

Multiplier = Annotated[
    int,
    Field(
        ge=1,
        le=LARGEST_MULTIPLIER,
        strict=True,
        description="Multiplies the weight of the reviewer's votes under the weighted strategy.",
    ),
]


class PopupReviewerCreate(Input):
    """A member of staff who will vote on a popup's applications."""

    popup_id: UUID
    user_id: UUID
    multiplier: Multiplier = 1


class PopupReviewerUpdate(Input):
    """A key left out is left alone."""

    multiplier: Omittable[Multiplier] = None


class PopupReviewerPublic(Output):
    """A reviewer of one popup."""

    id: UUID
    popup_id: UUID
    user_id: UUID
    email: str
    name: str
    multiplier: int
    created_at: Instant
    updated_at: Instant


class PopupReviewerQuery(ListQuery):
    """Filters of the list of reviewers."""

    popup_id: UUID | None = None
    user_id: UUID | None = None
    sort: Literal["created_at", "-created_at"] = "created_at"
