"""The mails about an order, each queued with the move it tells of."""

from collections.abc import Sequence

from app.api.human.models import Human
from app.api.payment.lifecycle import PaymentKind, PaymentStatus
from app.api.payment.models import Payment, PaymentLine
from app.api.payment.refund import Refund
from app.api.popup.models import Popup
from app.core.tenant_db import BoundSession
from app.services import ticket_files
from app.services.email import PaymentConfirmed, PaymentExpired, PaymentRefunded
from app.services.email.attachments import AttachmentReference
from app.services.email.kinds import OrderLine
from app.services.email.outbox import queue_mail


async def confirm(
    session: BoundSession,
    human: Human,
    popup: Popup,
    payment: Payment,
    lines: Sequence[PaymentLine],
    order_url: str,
) -> None:
    """Tell a buyer that an order is paid, and what it came to, with its tickets."""
    count = sum(line.quantity for line in lines)
    mail = PaymentConfirmed(
        first_name=human.first_name,
        popup_name=popup.name,
        order_number=str(payment.id),
        lines=tuple(
            OrderLine(
                name=line.product_name,
                quantity=line.quantity,
                total_minor=line.quantity * line.unit_price_minor,
            )
            for line in lines
        ),
        discount_minor=payment.discount_minor,
        contribution_minor=payment.contribution_minor,
        returned_minor=min(payment.returned_value_minor, payment.total_minor),
        credit_minor=payment.credit_spent_minor,
        total_minor=payment.payable_minor,
        surplus_minor=max(payment.returned_value_minor - payment.total_minor, 0),
        currency=payment.currency,
        ticket_count=count,
        attached_count=min(count, ticket_files.MOST_ATTACHED),
        order_url=order_url,
    )
    attach = [AttachmentReference(ticket_files.TICKETS, payment.id)]
    await queue_mail(session, mail, to=human.email, attach=attach)


async def tell_expired(
    session: BoundSession, human: Human, popup: Popup, payment: Payment, checkout_url: str
) -> None:
    """Tell a buyer that an order was not paid in time, and what becomes of late money."""
    mail = PaymentExpired(
        first_name=human.first_name,
        popup_name=popup.name,
        order_number=str(payment.id),
        total_minor=payment.payable_minor,
        credit_minor=payment.credit_returned_minor,
        is_refund_due=payment.is_refund_due,
        is_exchange=payment.kind is PaymentKind.EXCHANGE,
        currency=payment.currency,
        checkout_url=checkout_url,
    )
    await queue_mail(session, mail, to=human.email)


async def tell_refunded(
    session: BoundSession,
    human: Human,
    popup: Popup,
    payment: Payment,
    refund: Refund,
) -> None:
    """Tell a buyer what was given back of an order: how much as money, how much as credit."""
    mail = PaymentRefunded(
        first_name=human.first_name,
        popup_name=popup.name,
        order_number=str(payment.id),
        money_minor=refund.to_provider,
        credit_minor=refund.to_credit,
        total_minor=payment.total_minor,
        currency=payment.currency,
        is_full=payment.status is PaymentStatus.REFUNDED,
        has_tickets=payment.approved_at is not None,
    )
    await queue_mail(session, mail, to=human.email)
