"""Staff give money back, in part or whole, and buyers let go of what they have not paid."""

from uuid import UUID

from app.api.payment.errors import PaymentUnknown, TicketUnknown
from app.api.payment.lifecycle import PaymentEvent
from app.api.payment.models import Payment
from app.api.payment.refund import refund_amount, refund_rest, refund_units
from app.api.payment.schemas import AmountRefund, TicketRefund, WholeRefund
from app.api.shared.money import MinorUnits
from app.api.ticket.models import Ticket
from app.core.tenant_db import BoundSession
from app.services import orders, tickets
from app.services.orders import Act, GivingBack
from app.services.settlements import settlement_of


async def refund(
    session: BoundSession,
    act: Act,
    payment_id: UUID,
    data: WholeRefund | AmountRefund | TicketRefund,
) -> Payment:
    """Give something back of an order: all that is left, an amount, or some tickets.

    When nothing is left to give back, all its tickets are returned; unless tickets were
    named, and others are left that cost nothing.

    Raises:
        PaymentUnknown: there is none of that id in this tenant.
        PaymentMoveRefused: it was not paid, or has been given back.
        NothingToRefund: nothing is left.
        RefundTooLarge: less is left.
        TicketUnknown: a ticket is not of this order, or was returned before.
    """
    order = await orders.order_of(session, payment_id)
    settlement = settlement_of(order.payment)
    if isinstance(data, TicketRefund):
        left = await tickets.live(session, order.payment)
        named = _named(left, data)
        back = refund_units(settlement, [MinorUnits(ticket.value_minor) for ticket in named])
        is_rest = back.is_rest and len(named) == len(left)
        giving = GivingBack(back, named, data.reason)
    else:
        if isinstance(data, WholeRefund):
            back = refund_rest(settlement)
        else:
            back = refund_amount(settlement, MinorUnits(data.amount_minor))
        is_rest, giving = back.is_rest, GivingBack(back, (), data.reason)
    event = PaymentEvent.REFUND_REST if is_rest else PaymentEvent.REFUND_PART
    return await orders.happen(session, act, order, event, giving)


async def cancel_own(session: BoundSession, act: Act, human_id: UUID, payment_id: UUID) -> Payment:
    """Cancel one's own order that is not paid; what it held is free again.

    Raises:
        PaymentUnknown: it is not one's own, or not there.
        PaymentMoveRefused: it is paid, or has been let go.
    """
    order = await orders.order_of(session, payment_id)
    if order.payment.human_id != human_id:
        raise PaymentUnknown
    return await orders.happen(session, act, order, PaymentEvent.CANCEL)


def _named(left: list[Ticket], data: TicketRefund) -> list[Ticket]:
    wanted = set(data.ticket_ids)
    named = [ticket for ticket in left if ticket.id in wanted]
    if len(named) < len(wanted):
        raise TicketUnknown
    return named
