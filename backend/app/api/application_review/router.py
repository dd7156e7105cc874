"""Endpoints of votes: a reviewer's queue, and the votes on an application."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.application.dependencies import CurrentAct
from app.api.application.errors import ApplicationUnknown, NotReviewer, VotesClosed
from app.api.application.schemas import ApplicationSelf
from app.api.application_review.models import ApplicationReview
from app.api.application_review.schemas import (
    QueueQuery,
    ReviewPublic,
    ReviewPut,
    ReviewSummary,
)
from app.api.shared.dependencies import Principal, Requires, ServiceSession, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Paging
from app.api.user.dependencies import CurrentUser
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import voting

router = APIRouter(prefix="/applications", tags=["application reviews"])

READ = [Requires(Permission.APPLICATIONS_READ)]
REVIEW = [Requires(Permission.APPLICATIONS_REVIEW)]
Reviewer = Annotated[Principal, Requires(Permission.APPLICATIONS_REVIEW)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)


@router.get("/queue", dependencies=REVIEW, responses=problems(*REFUSED))
async def list_review_queue(
    session: TenantSession, user: CurrentUser, query: Annotated[QueueQuery, Query()]
) -> ListModel[ApplicationSelf]:
    """List what waits for one's own vote, oldest first; the total is how much there is."""
    rows, total = await voting.queue_of(session, user.id, skip=query.skip, limit=query.limit)
    return ListModel(
        results=[ApplicationSelf.model_validate(row) for row in rows],
        paging=Paging(skip=query.skip, limit=query.limit, total=total),
    )


@router.get(
    "/{application_id}/reviews",
    dependencies=READ,
    responses=problems(ApplicationUnknown, *REFUSED),
)
async def read_reviews(application_id: UUID, session: TenantSession) -> ReviewSummary:
    """Read the votes on an application, and what they amount to."""
    votes, outcome = await voting.standing(session, application_id)
    return ReviewSummary(
        decision=outcome.decision,
        why=outcome.why,
        reviews=[ReviewPublic.model_validate(vote) for vote in votes],
    )


@router.put(
    "/{application_id}/reviews/mine",
    response_model=ReviewPublic,
    responses=problems(ApplicationUnknown, NotReviewer, VotesClosed, *REFUSED),
)
async def put_review(
    application_id: UUID,
    data: ReviewPut,
    session: ServiceSession,
    caller: Reviewer,
    act: CurrentAct,
) -> ApplicationReview:
    """Vote, or change one's vote; when the votes suffice the application is decided."""
    return await voting.vote(session, act, caller.subject_id, application_id, data)
