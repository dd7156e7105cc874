"""Endpoints of the platform's operators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.operator.crud import operator_crud
from app.api.operator.errors import LastOperator, OperatorEmailTaken, OperatorUnknown
from app.api.operator.schemas import OperatorCreate, OperatorPublic, OperatorQuery
from app.api.shared.dependencies import Requires, SessionDep
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.services import operators

router = APIRouter(prefix="/operators", tags=["operators"])

OPERATOR = [Requires(Permission.OPERATORS_MANAGE)]
REFUSED = (Unauthenticated, Forbidden)


@router.get(
    "",
    response_model=ListModel[OperatorPublic],
    dependencies=OPERATOR,
    responses=problems(*REFUSED),
)
async def list_operators(session: SessionDep, query: Annotated[OperatorQuery, Query()]) -> Rendered:
    """List who runs the platform."""
    return await operator_crud.find_json(session, query)


@router.post(
    "",
    response_model=OperatorPublic,
    status_code=status.HTTP_201_CREATED,
    dependencies=OPERATOR,
    responses=problems(OperatorEmailTaken, *REFUSED),
)
async def create_operator(data: OperatorCreate, session: SessionDep) -> Rendered:
    """Let somebody else run the platform too."""
    return await operator_crud.create_json(session, data)


@router.delete(
    "/{operator_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=OPERATOR,
    responses=problems(OperatorUnknown, LastOperator, *REFUSED),
)
async def remove_operator(operator_id: UUID, session: SessionDep) -> None:
    """Let somebody run the platform no longer; they are logged out at once."""
    await operators.remove(session, operator_id)
