"""Whose name a mail carries: the organisation's, or the platform's own."""

from app.api.tenant.models import Tenant
from app.core.config import Settings
from app.services.email.rendering import Sender

PLATFORM_NAME = "EdgeOS"


def tenant_sender(tenant: Tenant, settings: Settings) -> Sender:
    """Send as the organisation; where it has no address of its own, from the platform's."""
    return Sender(
        organisation=tenant.name,
        name=tenant.sender_name or tenant.name,
        email=tenant.sender_email or settings.sender_email,
        image_url=tenant.image_url,
    )


def platform_sender(settings: Settings) -> Sender:
    """Send as the platform, to its operators and to staff who may belong to several tenants."""
    return Sender(PLATFORM_NAME, PLATFORM_NAME, settings.sender_email)
