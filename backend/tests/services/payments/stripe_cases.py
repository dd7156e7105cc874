"""Orders and refunds to ask Stripe for, and how far a buyer got with one."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import SecretStr

from app.services.payments.protocol import (
    CheckoutRequest,
    RefundRequest,
)
from app.services.payments.stripe import StripeKeys, StripeProvider
from tests.services.payments.fake_stripe import (
    KEY,
    WEBHOOK_SECRET,
    FakeStripe,
)

PAYMENT = UUID("018f0000-0000-7000-8000-0000000000aa")
REFUND = UUID("018f0000-0000-7000-8000-0000000000bb")
KEYS = StripeKeys(secret_key=SecretStr(KEY), webhook_secret=SecretStr(WEBHOOK_SECRET))


def order(
    *,
    amount_minor: int = 12_345,
    currency: str = "EUR",
    minutes: float = 30,
    captures_later: bool = False,
) -> CheckoutRequest:
    return CheckoutRequest(
        payment_id=PAYMENT,
        amount_minor=amount_minor,
        currency=currency,
        description="Two passes for the summer",
        buyer_email="ada@example.org",
        expires_at=datetime.now(UTC) + timedelta(minutes=minutes),
        return_url="https://portal.example.org/orders/1",
        captures_later=captures_later,
    )


def refund_of(reference: str, amount_minor: int = 345, currency: str = "EUR") -> RefundRequest:
    return RefundRequest(
        refund_id=REFUND, reference=reference, amount_minor=amount_minor, currency=currency
    )


async def paid(provider: StripeProvider, fake: FakeStripe) -> str:
    reference = (await provider.open_checkout(order())).reference
    fake.pay(reference)
    return reference


async def held(provider: StripeProvider, fake: FakeStripe) -> str:
    reference = (await provider.open_checkout(order(captures_later=True))).reference
    fake.pay(reference)
    return reference
