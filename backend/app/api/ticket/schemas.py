"""What is read of tickets."""

from typing import Literal
from uuid import UUID

from app.api.shared.response import ListQuery
from app.api.shared.types import Instant, Output
from app.api.ticket.lifecycle import TicketStatus


class TicketPublic(Output):
    """A ticket as staff read it: without its code, which admits whoever shows it."""

    id: UUID
    popup_id: UUID
    payment_line_id: UUID
    unit: int
    product_id: UUID
    product_name: str
    attendee_id: UUID
    attendee_name: str
    status: TicketStatus
    value_minor: int
    voided_at: Instant | None
    created_at: Instant


class TicketSelf(TicketPublic):
    """A ticket as its buyer reads it."""

    code: str


class OwnTicketQuery(ListQuery):
    """Filters of one's own tickets."""

    popup_id: UUID | None = None
    attendee_id: UUID | None = None
    status: TicketStatus | None = None
    sort: Literal["created_at", "-created_at"] = "-created_at"


class TicketQuery(OwnTicketQuery):
    """Filters of the list of tickets."""

    product_id: UUID | None = None
    human_id: UUID | None = None
