"""What is sent and read of orders."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from app.api.payment.lifecycle import PaymentKind, PaymentProvider, PaymentStatus
from app.api.payment.pricing import DiscountSource
from app.api.payment.refund import RefundStatus
from app.api.product.eligibility import MOST_LINES, MOST_UNITS, ProductCategory
from app.api.shared.response import ListQuery
from app.api.shared.types import Input, Instant, OptionalLine, Output, printable

CouponCode = Annotated[
    str,
    StringConstraints(max_length=100),
    AfterValidator(printable),
    Field(description="As the buyer typed it; case does not matter.", examples=["EARLY-BIRD"]),
]


class CartLine(Input):
    """So many units of one product for one attendee."""

    product_id: UUID
    attendee_id: UUID
    quantity: Annotated[int, Field(ge=1, le=MOST_UNITS, strict=True)] = 1


class Cart(Input):
    """What somebody wants to buy with an application that was accepted."""

    application_id: UUID
    lines: Annotated[list[CartLine], Field(min_length=1, max_length=MOST_LINES)]
    coupon_code: CouponCode | None = None
    provider: Annotated[
        PaymentProvider | None,
        Field(description="Through whom it is paid; the organisation's first where none is said."),
    ] = None


class ExchangeCart(Cart):
    """Which passes somebody gives up, and what they want for them.

    A pass that is given up and wanted again, by product and attendee, stays as it is.
    """

    ticket_ids: list[UUID] = Field(
        default_factory=list,
        max_length=MOST_LINES,
        description="One's own, that nobody has come in with.",
    )
    lines: list[CartLine] = Field(default_factory=list, max_length=MOST_LINES)


class QuoteLine(Output):
    """A line with its price, its discount and how it came about."""

    product_id: UUID
    attendee_id: UUID
    product_name: str
    category: ProductCategory
    quantity: int
    unit_price_minor: int
    gross_minor: int
    discount_percent: int
    discount_source: DiscountSource | None
    discount_minor: int
    net_minor: int
    contribution_minor: int
    why: str


class Quote(Output):
    """What a cart would cost now; nothing is reserved.

    The lines' ``net_minor`` and ``contribution_minor`` add up to ``total_minor``.
    """

    application_id: UUID
    popup_id: UUID
    currency: str
    lines: list[QuoteLine]
    subtotal_minor: int
    discount_minor: int
    contribution_percent: int
    contribution_minor: int
    total_minor: int
    credit_spent_minor: int
    payable_minor: int
    takes_coupon: bool
    provider: PaymentProvider


class ReturnedPass(Output):
    """A ticket that an exchange gives up, and what it counts for."""

    ticket_id: UUID
    value_minor: int


class ExchangePreview(Quote):
    """What an exchange would cost now, or bring; nothing is reserved.

    The passes given up pay first, then store credit, then money; what the passes leave over
    becomes store credit.
    """

    returned: list[ReturnedPass]
    kept_ticket_ids: list[UUID]
    """Those that were given up and wanted again."""

    returned_value_minor: int
    credited_minor: int


class PaymentLinePublic(Output):
    """A line of an order, at the price of that moment."""

    id: UUID
    product_id: UUID
    attendee_id: UUID
    product_name: str
    category: ProductCategory
    quantity: int
    unit_price_minor: int
    discount_percent: int
    discount_source: DiscountSource | None
    discount_minor: int
    net_minor: int
    contribution_minor: int


class RefundPublic(Output):
    """One giving back, of money and of store credit."""

    id: UUID
    amount_minor: int
    credit_minor: int
    reason: str
    status: RefundStatus
    created_at: Instant


class PaymentSelf(Output):
    """An order as its buyer reads it."""

    id: UUID
    popup_id: UUID
    application_id: UUID
    kind: PaymentKind
    status: PaymentStatus
    currency: str
    subtotal_minor: int
    discount_minor: int
    contribution_percent: int
    contribution_minor: int
    total_minor: int
    returned_value_minor: int
    credit_spent_minor: int
    payable_minor: int
    captured_minor: int
    refunded_minor: int
    credit_returned_minor: int
    exchanged_minor: int
    provider: PaymentProvider
    checkout_url: str | None
    is_refund_due: bool
    expires_at: Instant | None
    approved_at: Instant | None
    closed_at: Instant | None
    created_at: Instant
    updated_at: Instant
    lines: list[PaymentLinePublic]
    returned: list[ReturnedPass]
    refunds: list[RefundPublic]


class Buyer(Output):
    """Who buys."""

    id: UUID
    email: str
    first_name: str
    last_name: str


class PaymentPublic(PaymentSelf):
    """An order as staff read it."""

    coupon_id: UUID | None
    group_id: UUID | None
    human: Buyer


class OwnPaymentQuery(ListQuery):
    """Filters of one's own orders."""

    popup_id: UUID | None = None
    status: PaymentStatus | None = None
    sort: Literal["created_at", "-created_at"] = "-created_at"


class PaymentQuery(ListQuery):
    """Filters of the list of orders."""

    popup_id: UUID | None = None
    status: PaymentStatus | None = None
    application_id: UUID | None = None
    human_id: UUID | None = None
    provider: PaymentProvider | None = None
    coupon_id: UUID | None = None
    is_refund_due: bool | None = None
    sort: Literal["created_at", "-created_at", "total_minor", "-total_minor"] = "-created_at"


class WholeRefund(Input):
    """Give back all that is left; its tickets admit nobody any more."""

    kind: Literal["whole"]
    reason: OptionalLine = ""


class AmountRefund(Input):
    """Give back an amount; the tickets stay, unless it is all that is left."""

    kind: Literal["amount"]
    amount_minor: Annotated[int, Field(ge=1, le=10**15, strict=True)]
    reason: OptionalLine = ""


class TicketRefund(Input):
    """Give back what was paid for some tickets, which admit nobody any more."""

    kind: Literal["tickets"]
    ticket_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_LINES)]
    reason: OptionalLine = ""


RefundCreate = Annotated[WholeRefund | AmountRefund | TicketRefund, Field(discriminator="kind")]
