"""Endpoints of a popup's reviewers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.popup.errors import PopupUnknown
from app.api.popup_reviewer.crud import popup_reviewer_crud
from app.api.popup_reviewer.errors import ReviewerTaken, ReviewerUnknown
from app.api.popup_reviewer.schemas import (
    PopupReviewerCreate,
    PopupReviewerPublic,
    PopupReviewerQuery,
    PopupReviewerUpdate,
)
from app.api.shared.dependencies import Requires, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown

router = APIRouter(prefix="/popup-reviewers", tags=["popup reviewers"])

READ = [Requires(Permission.APPROVAL_READ)]
WRITE = [Requires(Permission.APPROVAL_WRITE)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)


@router.get(
    "",
    response_model=ListModel[PopupReviewerPublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_popup_reviewers(
    session: TenantSession, query: Annotated[PopupReviewerQuery, Query()]
) -> Rendered:
    """List the reviewers of the organisation's popups."""
    return await popup_reviewer_crud.find_json(session, query)


@router.post(
    "",
    response_model=PopupReviewerPublic,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=problems(PopupUnknown, ReviewerUnknown, ReviewerTaken, *REFUSED),
)
async def assign_popup_reviewer(data: PopupReviewerCreate, session: TenantSession) -> Rendered:
    """Let a member of staff vote on a popup's applications."""
    return await popup_reviewer_crud.create_json(session, data)


@router.patch(
    "/{reviewer_id}",
    response_model=PopupReviewerPublic,
    dependencies=WRITE,
    responses=problems(ReviewerUnknown, *REFUSED),
)
async def update_popup_reviewer(
    reviewer_id: UUID, data: PopupReviewerUpdate, session: TenantSession
) -> Rendered:
    """Change how much a reviewer's votes weigh."""
    return await popup_reviewer_crud.update_json(session, reviewer_id, data)


@router.delete(
    "/{reviewer_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(ReviewerUnknown, *REFUSED),
)
async def dismiss_popup_reviewer(reviewer_id: UUID, session: TenantSession) -> None:
    """Take a reviewer off a popup; their votes no longer count."""
    row = await popup_reviewer_crud.get(session, reviewer_id)
    await popup_reviewer_crud.delete(session, row)
