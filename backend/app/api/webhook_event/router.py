"""The endpoint of the events that payment providers told of."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.shared.dependencies import Requires, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.api.webhook_event.crud import webhook_event_crud
from app.api.webhook_event.schemas import WebhookEventPublic, WebhookEventQuery
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown

router = APIRouter(prefix="/webhook-events", tags=["webhooks"])

READ = [Requires(Permission.PAYMENTS_READ)]


@router.get(
    "",
    response_model=ListModel[WebhookEventPublic],
    dependencies=READ,
    responses=problems(Unauthenticated, Forbidden, TenantUnknown),
)
async def list_webhook_events(
    session: TenantSession, query: Annotated[WebhookEventQuery, Query()]
) -> Rendered:
    """List what providers told of; what came to nothing says why, for staff to look at."""
    return await webhook_event_crud.find_json(session, query)
