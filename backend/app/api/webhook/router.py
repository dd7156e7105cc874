"""The endpoint that payment providers tell of payments."""

from uuid import UUID

from fastapi import APIRouter, Request

from app.api.payment.dependencies import CurrentDesk
from app.api.payment.lifecycle import PaymentProvider
from app.api.provider_account.errors import ProviderAccountUnknown
from app.api.shared.dependencies import Requires
from app.api.shared.permissions import Permission
from app.api.webhook.schemas import WebhookTaken
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import notices
from app.services.payments.protocol import (
    ProviderRefused,
    ProviderUnavailable,
    WebhookNotGenuine,
)

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

ANYONE = [Requires(Permission.PUBLISHED_READ)]
BYTES = {"requestBody": {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}


@router.post(
    "/{provider}/{tenant_id}",
    dependencies=ANYONE,
    responses=problems(
        ProviderAccountUnknown,
        TenantUnknown,
        WebhookNotGenuine,
        ProviderUnavailable,
        ProviderRefused,
    ),
    openapi_extra=BYTES,
)
async def receive_webhook(
    provider: PaymentProvider, tenant_id: UUID, request: Request, desk: CurrentDesk
) -> WebhookTaken:
    """Take a notice of a payment provider: what it tells has one effect, however often told."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = await request.body()
    outcome = await notices.receive(desk, tenant_id, provider, headers, body)
    return WebhookTaken(outcome=outcome)
