"""Orders that were not paid in time are let go, when their time is over."""

from datetime import datetime
from uuid import UUID

from app.api.payment.lifecycle import PaymentActor, PaymentEvent
from app.core.tenant_db import BoundSession
from app.services import orders
from app.services.orders import Act


async def expire(session: BoundSession, now: datetime, portal_url: str, payment_id: UUID) -> None:
    """Let an order go; one that was paid or closed meanwhile stays as it is.

    Raises:
        PaymentMoveRefused: its time is not over; the job is tried again.
        PaymentUnknown: there is none of that id in this tenant.
    """
    act = Act(PaymentActor.SYSTEM, now, now, portal_url)
    order = await orders.order_of(session, payment_id)
    await orders.happen(session, act, order, PaymentEvent.EXPIRE)
