"""The tables of orders: what was bought, at which price, how it was paid and given back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlmodel import Field, SQLModel

from app.api.payment.lifecycle import PaymentKind, PaymentProvider, PaymentStatus
from app.api.payment.pricing import DiscountSource
from app.api.payment.refund import RefundStatus
from app.api.product.eligibility import ProductCategory
from app.api.shared.models import TenantModel, Timestamped, tenant_reference, text_enum
from app.api.shared.types import new_id

STANDING = (PaymentStatus.PENDING, PaymentStatus.APPROVED, PaymentStatus.PARTIALLY_REFUNDED)
"""Orders that something hangs on: being paid, or paid and not given back whole."""


class Payment(TenantModel, Timestamped, table=True):
    """One order of one application: its lines, its sums and one provider transaction.

    The sums never change once written; ``status`` moves by ``lifecycle.move`` alone.
    ``payable_minor`` is what the provider is asked for, ``captured_minor`` what it took,
    ``refunded_minor`` and ``credit_returned_minor`` what was given back of it. An exchange is
    also paid with the passes it gives up, worth ``returned_value_minor``; the orders that
    these were bought with count that as ``exchanged_minor``, since it is theirs no more.
    """

    __tablename__ = "payments"
    __table_args__ = (
        tenant_reference(
            "popup_id",
            "application_id",
            "human_id",
            to="applications",
            key=("popup_id", "id", "human_id"),
        ),
        tenant_reference("popup_id", "coupon_id", to="coupons", key=("popup_id", "id")),
        tenant_reference("popup_id", "group_id", to="groups", key=("popup_id", "id")),
        UniqueConstraint("tenant_id", "popup_id", "id"),
        UniqueConstraint("tenant_id", "popup_id", "id", "human_id"),
        Index(
            "payments_provider_reference_key",
            "tenant_id",
            "provider",
            "provider_reference",
            unique=True,
            postgresql_where=text("provider_reference IS NOT NULL"),
        ),
        Index(None, "tenant_id", "popup_id", "status"),
        Index(None, "tenant_id", "application_id"),
        Index(None, "tenant_id", "human_id"),
        Index(None, "tenant_id", "status", "expires_at"),
        CheckConstraint(
            "subtotal_minor >= 0 AND discount_minor BETWEEN 0 AND subtotal_minor"
            " AND contribution_minor >= 0 AND returned_value_minor >= 0"
            " AND credit_spent_minor >= 0 AND payable_minor >= 0",
            name="amounts",
        ),
        CheckConstraint(
            "total_minor = subtotal_minor - discount_minor + contribution_minor", name="total"
        ),
        CheckConstraint(
            "payable_minor = greatest(total_minor - returned_value_minor, 0) - credit_spent_minor",
            name="payable",
        ),
        CheckConstraint("captured_minor >= 0", name="captured"),
        CheckConstraint("refunded_minor BETWEEN 0 AND captured_minor", name="refunded"),
        CheckConstraint(
            "credit_returned_minor BETWEEN 0"
            " AND credit_spent_minor + least(returned_value_minor, total_minor)",
            name="credit_returned",
        ),
        CheckConstraint("exchanged_minor >= 0", name="exchanged"),
        CheckConstraint(
            "refunded_minor + credit_returned_minor + exchanged_minor <= captured_minor"
            " + credit_spent_minor + least(returned_value_minor, total_minor)",
            name="given_back",
        ),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        {"info": {"human": "human_id"}},
    )

    popup_id: UUID
    application_id: UUID
    human_id: UUID
    kind: PaymentKind = Field(default=PaymentKind.PURCHASE, sa_type=text_enum(PaymentKind, "kind"))
    status: PaymentStatus = Field(
        default=PaymentStatus.PENDING, sa_type=text_enum(PaymentStatus, "status")
    )
    currency: str
    subtotal_minor: int = Field(sa_type=BigInteger)
    discount_minor: int = Field(sa_type=BigInteger)
    contribution_percent: int = 0
    contribution_minor: int = Field(sa_type=BigInteger)
    total_minor: int = Field(sa_type=BigInteger)
    returned_value_minor: int = Field(default=0, sa_type=BigInteger)
    credit_spent_minor: int = Field(default=0, sa_type=BigInteger)
    payable_minor: int = Field(sa_type=BigInteger)
    captured_minor: int = Field(default=0, sa_type=BigInteger)
    refunded_minor: int = Field(default=0, sa_type=BigInteger)
    credit_returned_minor: int = Field(default=0, sa_type=BigInteger)
    exchanged_minor: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")}
    )
    coupon_id: UUID | None = None
    group_id: UUID | None = None
    provider: PaymentProvider = Field(sa_type=text_enum(PaymentProvider, "provider"))
    provider_reference: str | None = None
    checkout_url: str | None = None
    is_refund_due: bool = False
    expires_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    approved_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    closed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class PaymentLine(TenantModel, table=True):
    """So many units of one product for one attendee, at the price of that moment.

    Written once and never changed; the lines of an order sum to its total.
    ``contribution_minor`` is the line's share of the order's contribution.
    """

    __tablename__ = "payment_lines"
    __table_args__ = (
        tenant_reference(
            "popup_id",
            "payment_id",
            "human_id",
            to="payments",
            key=("popup_id", "id", "human_id"),
        ),
        tenant_reference("popup_id", "product_id", to="products", key=("popup_id", "id")),
        tenant_reference("popup_id", "attendee_id", to="attendees", key=("popup_id", "id")),
        UniqueConstraint("tenant_id", "popup_id", "id"),
        Index(None, "tenant_id", "payment_id"),
        Index(None, "tenant_id", "product_id"),
        Index(None, "tenant_id", "attendee_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price_minor >= 0", name="unit_price"),
        CheckConstraint(
            "discount_minor BETWEEN 0 AND quantity * unit_price_minor", name="discount"
        ),
        CheckConstraint("net_minor = quantity * unit_price_minor - discount_minor", name="net"),
        CheckConstraint("contribution_minor >= 0", name="contribution"),
        CheckConstraint("discount_percent BETWEEN 0 AND 100", name="discount_percent"),
        {"info": {"human": "human_id", "insert_only": True, "audited": False}},
    )

    popup_id: UUID
    payment_id: UUID
    human_id: UUID
    product_id: UUID
    attendee_id: UUID
    position: int
    product_name: str
    category: ProductCategory = Field(sa_type=text_enum(ProductCategory, "category"))
    quantity: int
    unit_price_minor: int = Field(sa_type=BigInteger)
    discount_percent: int = 0
    discount_source: DiscountSource | None = Field(
        default=None, sa_type=text_enum(DiscountSource, "discount_source")
    )
    discount_minor: int = Field(default=0, sa_type=BigInteger)
    net_minor: int = Field(sa_type=BigInteger)
    contribution_minor: int = Field(default=0, sa_type=BigInteger)


class ExchangedTicket(TenantModel, table=True):
    """A ticket that an exchange gives up, and what it counts for.

    Written with the order; the ticket admits until the order is paid.
    """

    __tablename__ = "exchanged_tickets"
    __table_args__ = (
        tenant_reference(
            "popup_id",
            "payment_id",
            "human_id",
            to="payments",
            key=("popup_id", "id", "human_id"),
        ),
        tenant_reference("popup_id", "ticket_id", to="tickets", key=("popup_id", "id")),
        UniqueConstraint("tenant_id", "payment_id", "ticket_id"),
        Index(None, "tenant_id", "ticket_id"),
        CheckConstraint("value_minor >= 0", name="value"),
        {"info": {"human": "human_id", "insert_only": True, "audited": False}},
    )

    popup_id: UUID
    payment_id: UUID
    human_id: UUID
    ticket_id: UUID
    value_minor: int = Field(sa_type=BigInteger)


class Refund(TenantModel, Timestamped, table=True):
    """One giving back, of money to where it came from and of store credit."""

    __tablename__ = "refunds"
    __table_args__ = (
        tenant_reference(
            "popup_id",
            "payment_id",
            "human_id",
            to="payments",
            key=("popup_id", "id", "human_id"),
        ),
        Index(None, "tenant_id", "payment_id"),
        CheckConstraint("amount_minor >= 0 AND credit_minor >= 0", name="amounts"),
        CheckConstraint("amount_minor + credit_minor > 0", name="something"),
        {"info": {"human": "human_id"}},
    )

    popup_id: UUID
    payment_id: UUID
    human_id: UUID
    amount_minor: int = Field(sa_type=BigInteger)
    credit_minor: int = Field(default=0, sa_type=BigInteger)
    reason: str = ""
    status: RefundStatus = Field(
        default=RefundStatus.PENDING, sa_type=text_enum(RefundStatus, "status")
    )
    provider_reference: str | None = None


class CreditEntry(TenantModel, table=True):
    """One change of an application's store credit; the entries sum to the balance."""

    __tablename__ = "credit_entries"
    __table_args__ = (
        tenant_reference(
            "popup_id",
            "application_id",
            "human_id",
            to="applications",
            key=("popup_id", "id", "human_id"),
        ),
        tenant_reference("popup_id", "payment_id", to="payments", key=("popup_id", "id")),
        Index(None, "tenant_id", "application_id"),
        Index(None, "tenant_id", "payment_id"),
        CheckConstraint("amount_minor <> 0", name="amount"),
        {"info": {"human": "human_id", "insert_only": True, "audited": False}},
    )

    popup_id: UUID
    application_id: UUID
    human_id: UUID
    payment_id: UUID | None = None
    amount_minor: int = Field(sa_type=BigInteger)
    reason: str
    actor: str
    at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )


class ProviderAccount(TenantModel, Timestamped, table=True):
    """How an organisation is paid by one provider; the keys are in a table of the platform.

    Whoever buys may read the account while it is active: ``public_settings`` are public.
    """

    __tablename__ = "provider_accounts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "provider"),
        {"info": {"published": "is_active"}},
    )

    provider: PaymentProvider = Field(sa_type=text_enum(PaymentProvider, "provider"))
    is_active: bool = True
    public_settings: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    keys_changed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    """None while there are no keys."""


class ProviderSecret(Timestamped, SQLModel, table=True):
    """The keys of one organisation at one provider, sealed by ``core.encryption``.

    No tenant role reads it: the worker and the checkout open it through the platform. A
    function of the owner writes it, for the tenant whose signed transaction calls it.
    """

    __tablename__ = "provider_secrets"
    __table_args__ = (
        UniqueConstraint("tenant_id", "provider"),
        {"info": {"global": "secrets are out of reach of every tenant role"}},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID = Field(sa_column_args=(ForeignKey("tenants.id", ondelete="CASCADE"),))
    provider: PaymentProvider = Field(sa_type=text_enum(PaymentProvider, "provider"))
    sealed: str


class WebhookEvent(TenantModel, table=True):
    """An event a provider told of, kept in the transaction of its effect: it has one.

    No tenant role changes it: a trigger leaves it as it was told, until the platform forgets
    it for its age.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("tenant_id", "provider", "event_id"),
        Index(None, "tenant_id", "payment_id"),
        Index(None, "tenant_id", "received_at"),
        {"info": {"audited": False}},
    )

    provider: PaymentProvider = Field(sa_type=text_enum(PaymentProvider, "provider"))
    event_id: str
    kind: str
    payment_id: UUID | None = None
    outcome: str
    received_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )


class IdempotencyKey(TenantModel, table=True):
    """A request that was answered, and how; written in the transaction of its effect.

    ``caller`` is who asked, since a key is the caller's own; ``fingerprint`` is of method,
    path and body.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("tenant_id", "caller", "key"),
        Index(None, "tenant_id", "created_at"),
        {"info": {"audited": False}},
    )

    caller: str
    key: str
    fingerprint: str
    status: int
    media_type: str
    body: str
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )
