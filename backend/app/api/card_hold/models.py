"""The table of deposits held on cards."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, UniqueConstraint, text
from sqlmodel import Field

from app.api.card_hold.lifecycle import CardHoldStatus
from app.api.payment.lifecycle import PaymentProvider
from app.api.shared.models import TenantModel, Timestamped, tenant_reference, text_enum


class CardHold(TenantModel, Timestamped, table=True):
    """A deposit of one application: held on a card, then captured or released.

    Amount and currency are the popup's when the page was opened. ``status`` moves by
    ``lifecycle.move`` alone. ``returned_minor`` is what the provider's own desk sent back
    of what was captured.
    """

    __tablename__ = "card_holds"
    __table_args__ = (
        tenant_reference(
            "popup_id",
            "application_id",
            "human_id",
            to="applications",
            key=("popup_id", "id", "human_id"),
        ),
        # Keeps the popup from changing its currency under an amount that was set in it.
        tenant_reference("popup_id", "currency", to="popups", key=("id", "currency")),
        UniqueConstraint("tenant_id", "popup_id", "id"),
        Index(
            "card_holds_live_key",
            "tenant_id",
            "application_id",
            unique=True,
            postgresql_where=text("status IN ('opening', 'held', 'capturing')"),
        ),
        Index(
            "card_holds_provider_reference_key",
            "tenant_id",
            "provider",
            "provider_reference",
            unique=True,
            postgresql_where=text("provider_reference IS NOT NULL"),
        ),
        Index(None, "tenant_id", "application_id"),
        Index(None, "tenant_id", "popup_id", "status"),
        Index(None, "tenant_id", "human_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("returned_minor BETWEEN 0 AND amount_minor", name="returned"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        {"info": {"human": "human_id"}},
    )

    popup_id: UUID
    application_id: UUID
    human_id: UUID
    status: CardHoldStatus = Field(
        default=CardHoldStatus.OPENING, sa_type=text_enum(CardHoldStatus, "status")
    )
    amount_minor: int = Field(sa_type=BigInteger)
    returned_minor: int = Field(default=0, sa_type=BigInteger)
    currency: str
    provider: PaymentProvider = Field(sa_type=text_enum(PaymentProvider, "provider"))
    provider_reference: str | None = None
    checkout_url: str | None = None
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    """When the page lapses; how long a held amount stays so is the bank's to say."""

    held_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
