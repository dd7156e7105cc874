"""Reviewers vote on applications; when the votes suffice, the strategy decides."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, func
from sqlmodel import col, select

from app.api.application.crud import application_crud
from app.api.application.errors import NotReviewer, VotesClosed
from app.api.application.lifecycle import ApplicationActor, ApplicationEvent, ApplicationStatus
from app.api.application.models import Application
from app.api.application_review.models import ApplicationReview
from app.api.application_review.schemas import ReviewPut
from app.api.approval_strategy.decision import Ballot, Decision, Outcome, decide
from app.api.popup_reviewer.models import PopupReviewer
from app.core.tenant_db import BoundSession
from app.services import admission, reviewing
from app.services.admission import Act

_DECIDED = {
    Decision.ACCEPTED: ApplicationEvent.ACCEPT,
    Decision.REJECTED: ApplicationEvent.REJECT,
}


async def vote(
    session: BoundSession, act: Act, user_id: UUID | None, application_id: UUID, data: ReviewPut
) -> ApplicationReview:
    """Cast a vote, or change the one cast before; the application moves when it decides.

    Raises:
        ApplicationUnknown: there is none of that id in this tenant.
        NotReviewer: the caller does not review this popup.
        VotesClosed: the application is not in review.
    """
    case = await admission.case_of(session, application_id)
    reviewers = await reviewing.reviewers_of(session, case.popup.id)
    if user_id is None or user_id not in {reviewer.id for reviewer in reviewers}:
        raise NotReviewer
    if case.application.status is not ApplicationStatus.IN_REVIEW:
        raise VotesClosed
    review = await _review_of(session, application_id, user_id) or ApplicationReview(
        popup_id=case.popup.id, application_id=application_id, user_id=user_id, vote=data.vote
    )
    review.vote, review.note = data.vote, data.note
    session.add(review)
    await session.flush()
    outcome = await tally(session, case.popup.id, application_id)
    if (event := _DECIDED.get(outcome.decision)) is not None:
        system = Act(ApplicationActor.SYSTEM, act.now, act.portal_url)
        await admission.happen(session, system, case, event)
    return review


async def tally(session: BoundSession, popup_id: UUID, application_id: UUID) -> Outcome:
    """Say what the votes cast so far amount to, and why."""
    strategy = await reviewing.strategy_of(session, popup_id)
    reviewers = await reviewing.reviewers_of(session, popup_id)
    votes = await votes_on(session, application_id)
    ballots = [Ballot(reviewer_id=cast.user_id, vote=cast.vote) for cast in votes]
    return decide(strategy, ballots, reviewers)


async def standing(
    session: BoundSession, application_id: UUID
) -> tuple[Sequence[ApplicationReview], Outcome]:
    """Return the votes on an application and what they amount to.

    Raises:
        ApplicationUnknown: there is none of that id in this tenant.
    """
    application = await application_crud.get(session, application_id)
    votes = await votes_on(session, application_id)
    return votes, await tally(session, application.popup_id, application_id)


async def votes_on(session: BoundSession, application_id: UUID) -> Sequence[ApplicationReview]:
    """Return the votes cast on an application, oldest first."""
    statement = (
        select(ApplicationReview)
        .where(col(ApplicationReview.application_id) == application_id)
        .order_by(col(ApplicationReview.id))
    )
    return (await session.exec(statement)).all()


async def queue_of(
    session: BoundSession, user_id: UUID, *, skip: int, limit: int
) -> tuple[list[Application], int]:
    """Return what waits for one reviewer's vote, oldest first, and how much there is."""
    assigned = exists().where(
        col(PopupReviewer.tenant_id) == col(Application.tenant_id),
        col(PopupReviewer.popup_id) == col(Application.popup_id),
        col(PopupReviewer.user_id) == user_id,
    )
    voted = exists().where(
        col(ApplicationReview.tenant_id) == col(Application.tenant_id),
        col(ApplicationReview.application_id) == col(Application.id),
        col(ApplicationReview.user_id) == user_id,
    )
    waiting = (col(Application.status) == ApplicationStatus.IN_REVIEW, assigned, ~voted)
    page = (
        select(Application)
        .where(*waiting)
        .order_by(col(Application.submitted_at), col(Application.id))
        .offset(skip)
        .limit(limit)
    )
    rows = list((await session.exec(page)).all())
    counted = select(func.count()).select_from(Application).where(*waiting)
    return rows, (await session.exec(counted)).one()


async def _review_of(
    session: BoundSession, application_id: UUID, user_id: UUID
) -> ApplicationReview | None:
    statement = select(ApplicationReview).where(
        col(ApplicationReview.application_id) == application_id,
        col(ApplicationReview.user_id) == user_id,
    )
    return (await session.exec(statement)).one_or_none()
