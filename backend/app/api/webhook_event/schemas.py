"""What is read of the events that payment providers told of."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from app.api.payment.lifecycle import PaymentProvider
from app.api.shared.response import ListQuery
from app.api.shared.types import Instant, Output

Word = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]


class WebhookEventPublic(Output):
    """One event, told or asked for: of which order, and what came of it.

    ``event_id`` is the provider's, by which it is found at the provider's own desk.
    """

    id: UUID
    provider: PaymentProvider
    event_id: str
    kind: str
    payment_id: UUID | None
    outcome: str
    received_at: Instant


class WebhookEventQuery(ListQuery):
    """Filters of the list of events: those that staff look at were not ``applied``."""

    provider: PaymentProvider | None = None
    kind: Word | None = None
    outcome: Word | None = None
    payment_id: UUID | None = None
    received_at_from: Instant | None = None
    received_at_until: Instant | None = None
    sort: Literal["created_at", "-created_at"] = "-created_at"
