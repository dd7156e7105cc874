"""Endpoints of a popup's approval strategy."""

from uuid import UUID

from fastapi import APIRouter, status

from app.api.approval_strategy.errors import StrategyInvalid
from app.api.approval_strategy.models import ApprovalStrategy
from app.api.approval_strategy.schemas import ApprovalStrategyPublic, ApprovalStrategyPut
from app.api.popup.errors import PopupUnknown
from app.api.shared.dependencies import Requires, TenantSession
from app.api.shared.permissions import Permission
from app.core.errors import Forbidden, NotFound, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import reviewing

router = APIRouter(prefix="/approval-strategies", tags=["approval strategies"])

READ = [Requires(Permission.APPROVAL_READ)]
WRITE = [Requires(Permission.APPROVAL_WRITE)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)


@router.get(
    "/{popup_id}",
    response_model=ApprovalStrategyPublic,
    dependencies=READ,
    responses=problems(NotFound, *REFUSED),
)
async def read_approval_strategy(popup_id: UUID, session: TenantSession) -> ApprovalStrategy:
    """Read how a popup decides on its applications; 404 where it accepts everybody."""
    return await reviewing.read_strategy(session, popup_id)


@router.put(
    "/{popup_id}",
    response_model=ApprovalStrategyPublic,
    dependencies=WRITE,
    responses=problems(PopupUnknown, StrategyInvalid, *REFUSED),
)
async def put_approval_strategy(
    popup_id: UUID, data: ApprovalStrategyPut, session: TenantSession
) -> ApprovalStrategy:
    """Say how a popup decides on its applications from now on."""
    return await reviewing.put_strategy(session, popup_id, data)


@router.delete(
    "/{popup_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(NotFound, *REFUSED),
)
async def delete_approval_strategy(popup_id: UUID, session: TenantSession) -> None:
    """Let a popup accept everybody who submits from now on."""
    await reviewing.drop_strategy(session, popup_id)
