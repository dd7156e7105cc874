"""Reads of the events that payment providers told of."""

from typing import ClassVar

from app.api.payment.models import WebhookEvent
from app.api.shared.crud import BaseCRUD
from app.api.webhook_event.schemas import WebhookEventPublic


class WebhookEventCRUD(BaseCRUD[WebhookEvent, WebhookEventPublic, WebhookEventPublic]):
    """Reads events; ``services.notices`` alone writes them, with their effect."""

    searched: ClassVar = ("event_id",)


webhook_event_crud = WebhookEventCRUD(WebhookEvent, WebhookEventPublic)
