"""Endpoints for whoever watches over the process."""

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.alembic.runner import head
from app.api.shared.dependencies import DatabaseDep, Requires
from app.api.shared.permissions import Permission
from app.core.errors import DomainError
from app.core.problems import problems

router = APIRouter(prefix="/health", tags=["health"])

ANYONE = [Requires(Permission.PUBLISHED_READ)]


class NotReady(DomainError):
    """The database is away, or its schema is not the one this version needs."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"] = "ok"


@router.get("/live", dependencies=ANYONE)
async def check_liveness() -> Health:
    """Say that the process answers; restart it when it does not."""
    return Health()


@router.get("/ready", dependencies=ANYONE, responses=problems(NotReady))
async def check_readiness(database: DatabaseDep) -> Health:
    """Say whether requests can be served; send none while they cannot."""
    if await database.revision() != head():
        raise NotReady
    return Health()
