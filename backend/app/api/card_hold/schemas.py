"""What is sent and read of deposits."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.card_hold.lifecycle import CardHoldStatus
from app.api.payment.lifecycle import PaymentProvider
from app.api.shared.response import ListQuery
from app.api.shared.types import Input, Instant, Output


class CardHoldOpen(Input):
    """Through whom the deposit is held."""

    provider: Annotated[
        PaymentProvider | None,
        Field(description="The organisation's first that can hold an amount, where none is said."),
    ] = None


class CardHoldSelf(Output):
    """A deposit as its applicant reads it."""

    id: UUID
    popup_id: UUID
    application_id: UUID
    status: CardHoldStatus
    amount_minor: int
    returned_minor: int
    currency: str
    provider: PaymentProvider
    checkout_url: str | None
    expires_at: Instant
    held_at: Instant | None
    created_at: Instant
    updated_at: Instant


class CardHolder(Output):
    """Whose deposit it is."""

    id: UUID
    email: str
    first_name: str
    last_name: str


class CardHoldPublic(CardHoldSelf):
    """A deposit as staff read it."""

    human: CardHolder


class OwnCardHoldQuery(ListQuery):
    """Filters of one's own deposits."""

    application_id: UUID | None = None
    sort: Literal["created_at", "-created_at"] = "-created_at"


class CardHoldQuery(ListQuery):
    """Filters of the list of deposits."""

    popup_id: UUID | None = None
    application_id: UUID | None = None
    human_id: UUID | None = None
    status: CardHoldStatus | None = None
    provider: PaymentProvider | None = None
    sort: Literal["created_at", "-created_at"] = "-created_at"
