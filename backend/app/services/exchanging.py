"""A human exchanges passes: some are given up and pay for others; the rest stay as they are."""

from uuid import UUID

from app.api.payment.lifecycle import PaymentKind
from app.api.payment.models import Payment
from app.api.payment.schemas import ExchangeCart, ExchangePreview
from app.core.tenant_db import BoundSession
from app.services import checkout, giving_up, shopping
from app.services.checkout import Basket
from app.services.orders import Act


async def preview(
    session: BoundSession, act: Act, human_id: UUID, cart: ExchangeCart
) -> ExchangePreview:
    """Say what an exchange would cost now, or bring; nothing is reserved.

    Raises:
        DomainError: what ``reserve`` raises, but for what is sold out.
    """
    basket = await _fill(session, act, human_id, cart)
    return ExchangePreview.model_validate(
        {
            **checkout.quote_of(basket).model_dump(),
            "returned": [
                {"ticket_id": one.ticket_id, "value_minor": one.paid} for one in basket.returned
            ],
            "kept_ticket_ids": [one.ticket_id for one in basket.change.kept],
            "returned_value_minor": basket.settled.returned_value,
            "credited_minor": basket.settled.credited,
        }
    )


async def reserve(session: BoundSession, act: Act, human_id: UUID, cart: ExchangeCart) -> Payment:
    """Order an exchange: what is new is held, and what is given up admits until it is paid.

    With nothing to pay it is done at once.

    Raises:
        TicketUnknown: a pass is not one's own, or admits nobody any more.
        PassInExchange: a pass is given up already by an exchange that waits to be paid.
        UsedPassStays: somebody has come in with a pass.
        DonationStays: it was a donation.
        ExchangeEmpty: everything would stay as it is.
        DomainError: what ``checkout.reserve`` raises of what is new.
    """
    return await checkout.place(session, act, await _fill(session, act, human_id, cart))


async def _fill(session: BoundSession, act: Act, human_id: UUID, cart: ExchangeCart) -> Basket:
    application = await shopping.own_accepted(session, human_id, cart.application_id)
    offered = await giving_up.offered(session, application, set(cart.ticket_ids), act.now)
    return await checkout.fill(session, act, application, cart, PaymentKind.EXCHANGE, offered)
