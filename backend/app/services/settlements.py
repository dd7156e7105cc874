"""How an order was paid, as the rules of giving back want to know it."""

from app.api.payment.models import Payment
from app.api.payment.refund import Settlement
from app.api.shared.money import MinorUnits


def settlement_of(payment: Payment) -> Settlement:
    """Return how an order was paid, and what of it has gone since.

    The passes that paid for an exchange count like store credit, once it was approved.
    """
    passes = 0
    if payment.approved_at is not None:
        passes = min(payment.returned_value_minor, payment.total_minor)
    return Settlement(
        captured=MinorUnits(payment.captured_minor),
        credit_spent=MinorUnits(payment.credit_spent_minor + passes),
        refunded=MinorUnits(payment.refunded_minor),
        credit_returned=MinorUnits(payment.credit_returned_minor),
        exchanged=MinorUnits(payment.exchanged_minor),
    )
