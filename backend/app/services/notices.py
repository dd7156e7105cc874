"""What providers tell of orders and deposits, and the one effect that each thing they tell has."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

import structlog
from sqlmodel import col, select

from app.api.card_hold.errors import CardHoldMoveRefused
from app.api.card_hold.lifecycle import CardHoldActor, CardHoldEvent
from app.api.payment.errors import NothingToRefund, PaymentMoveRefused, RefundTooLarge
from app.api.payment.lifecycle import PaymentActor, PaymentEvent, PaymentProvider
from app.api.payment.models import Payment, WebhookEvent
from app.api.payment.models import Refund as RefundRow
from app.api.payment.refund import RefundStatus, refund_amount
from app.api.shared.money import MinorUnits
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.services import card_holds, orders, providers
from app.services.card_holds import Deposit
from app.services.orders import Act, GivingBack, Order
from app.services.payments.protocol import Notice, NoticeKind
from app.services.providers import Desk
from app.services.settlements import settlement_of

logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LONGEST_EVENT_ID = 300
"""Characters; what is longer is no name that a provider gives."""

DESK_REASON = "Sent back at the provider's own desk"


class Outcome(StrEnum):
    """What came of a notice."""

    APPLIED = "applied"
    REPEATED = "repeated"
    """It was told before, and has had its effect; nothing is written."""

    IGNORED = "ignored"
    """Genuine, and nothing that an order waits for."""

    UNKNOWN_REFERENCE = "unknown_reference"
    WRONG_AMOUNT = "wrong_amount"
    """Of another amount or currency than was asked for: staff have to look at it."""

    REFUSED = "refused"
    """The order cannot go there from where it is: staff have to look at it."""


_OF_DEPOSITS: Mapping[NoticeKind, CardHoldEvent] = {
    NoticeKind.HELD: CardHoldEvent.HOLD,
    NoticeKind.PAID: CardHoldEvent.PAY,
    NoticeKind.FAILED: CardHoldEvent.FAIL,
    NoticeKind.EXPIRED: CardHoldEvent.EXPIRE,
    NoticeKind.CANCELLED: CardHoldEvent.LET_GO,
    NoticeKind.REFUNDED: CardHoldEvent.RETURN,
}

_EVENTS: Mapping[NoticeKind, PaymentEvent] = {
    NoticeKind.PAID: PaymentEvent.APPROVE,
    NoticeKind.FAILED: PaymentEvent.REJECT,
    NoticeKind.EXPIRED: PaymentEvent.EXPIRE,
    NoticeKind.CANCELLED: PaymentEvent.CANCEL,
}

_NAMING_AMOUNTS = frozenset({NoticeKind.HELD, NoticeKind.PAID, NoticeKind.REFUNDED})


async def receive(
    desk: Desk,
    tenant_id: UUID,
    provider: PaymentProvider,
    headers: Mapping[str, str],
    body: bytes,
) -> Outcome:
    """Take a webhook: verified outside any transaction, then applied in one.

    Raises:
        ProviderAccountUnknown: the organisation has no account there.
        WebhookNotGenuine: it does not come from the provider; nothing is written.
        ProviderUnavailable: it had to be looked up, and could not be; it will come again.
        TenantUnknown: there is no such organisation, or it is suspended.
    """
    adapter = await providers.adapter_of(desk, tenant_id, provider)
    notice = await adapter.read_notice(headers, body)
    async with desk.session(tenant_id, provider) as session:
        return await apply_notice(session, desk.settings.portal_url, provider, notice)


async def apply_notice(
    session: BoundSession, portal_url: str, provider: PaymentProvider, notice: Notice
) -> Outcome:
    """Do what a genuine notice asks for, and write it down, both once.

    Copies wait for each other at the order's lock, and then see that it has been done.
    """
    order = await _order_of(session, provider, notice.reference)
    deposit = None
    if order is None:
        deposit = await card_holds.of_reference(session, provider, notice.reference)
    if await _is_known(session, provider, notice.event_id):
        return Outcome.REPEATED
    act = Act(PaymentActor.PROVIDER, utc_now(), utc_now(), portal_url)
    outcome = Outcome.UNKNOWN_REFERENCE
    if order is not None:
        outcome = await _effect(session, act, order, notice)
    elif deposit is not None:
        outcome = await _deposit_effect(session, deposit, notice)
    if outcome in {Outcome.UNKNOWN_REFERENCE, Outcome.WRONG_AMOUNT, Outcome.REFUSED}:
        await logger.awarning("notice_without_effect", provider=provider, outcome=outcome)
    session.add(
        WebhookEvent(
            provider=provider,
            event_id=notice.event_id[:LONGEST_EVENT_ID],
            kind=notice.kind,
            payment_id=order.payment.id if order else None,
            outcome=outcome,
        )
    )
    await session.flush()
    return outcome


async def _order_of(
    session: BoundSession, provider: PaymentProvider, reference: str
) -> Order | None:
    found = select(Payment.id).where(
        col(Payment.provider) == provider, col(Payment.provider_reference) == reference
    )
    payment_id = (await session.exec(found)).one_or_none()
    return None if payment_id is None else await orders.order_of(session, payment_id)


async def _is_known(session: BoundSession, provider: PaymentProvider, event_id: str) -> bool:
    found = select(WebhookEvent.id).where(
        col(WebhookEvent.provider) == provider,
        col(WebhookEvent.event_id) == event_id[:LONGEST_EVENT_ID],
    )
    return (await session.exec(found)).one_or_none() is not None


async def _effect(session: BoundSession, act: Act, order: Order, notice: Notice) -> Outcome:
    is_refund = notice.kind is NoticeKind.REFUNDED
    event = PaymentEvent.APPROVE if is_refund else _EVENTS.get(notice.kind)
    if event is None:
        return Outcome.IGNORED
    payment = order.payment
    is_right = _is_of(payment.payable_minor, payment.currency, notice)
    if event is PaymentEvent.APPROVE and not is_right:
        return Outcome.WRONG_AMOUNT
    try:
        if is_refund:
            await _sent_back(session, act, order, notice.amount_minor or 0)
        else:
            await orders.happen(session, act, order, event)
    except (PaymentMoveRefused, NothingToRefund, RefundTooLarge):
        # Too much was sent back where passes were exchanged: their worth is elsewhere.
        return Outcome.REFUSED
    return Outcome.APPLIED


async def _deposit_effect(session: BoundSession, deposit: Deposit, notice: Notice) -> Outcome:
    hold, event = deposit.hold, _OF_DEPOSITS.get(notice.kind)
    if event is None:
        return Outcome.IGNORED
    if notice.kind in _NAMING_AMOUNTS and not _is_of(hold.amount_minor, hold.currency, notice):
        return Outcome.WRONG_AMOUNT
    provider = CardHoldActor.PROVIDER
    try:
        if event is CardHoldEvent.RETURN:
            # What was sent back had been taken, though the notice of that may come later.
            await card_holds.happen(session, provider, deposit, CardHoldEvent.PAY)
            returned = (notice.amount_minor or 0) - hold.returned_minor
            if returned > 0:
                await card_holds.happen(session, provider, deposit, event, returned=returned)
        else:
            await card_holds.happen(session, provider, deposit, event)
    except CardHoldMoveRefused:
        return Outcome.REFUSED
    return Outcome.APPLIED


def _is_of(expected_minor: int, currency: str, notice: Notice) -> bool:
    """Whether so much may have been paid, held or sent back of what was asked for."""
    if notice.amount_minor is None or notice.currency != currency:
        return False
    if notice.kind is NoticeKind.REFUNDED:
        return 0 < notice.amount_minor <= expected_minor
    return notice.amount_minor == expected_minor


async def _sent_back(session: BoundSession, act: Act, order: Order, total: int) -> None:
    """Write down what was sent back beyond what was asked for here; an echo adds nothing.

    What was sent back had been paid, though the notice of that may come later.

    Raises:
        PaymentMoveRefused: the order cannot be given back in part.
    """
    payment = order.payment
    if payment.captured_minor == 0:
        await orders.happen(session, act, order, PaymentEvent.APPROVE)
    await _settle_refunds(session, payment, total)
    beyond = total - payment.refunded_minor
    if beyond <= 0:
        return
    back = refund_amount(settlement_of(payment), MinorUnits(beyond))
    event = PaymentEvent.REFUND_REST if back.is_rest else PaymentEvent.REFUND_PART
    await orders.happen(session, act, order, event, GivingBack(back, (), DESK_REASON))


async def _settle_refunds(session: BoundSession, payment: Payment, total: int) -> None:
    """Mark as done those refunds that the provider's total shows to have been sent.

    Those on their way first; one that failed has been sent after all, at the provider's desk,
    if there is money left that it can have been.
    """
    found = select(RefundRow).where(col(RefundRow.payment_id) == payment.id)
    rows = list((await session.exec(found.order_by(col(RefundRow.id)))).all())
    left = total - sum(row.amount_minor for row in rows if row.status is RefundStatus.DONE)
    for row in sorted(rows, key=lambda row: row.status is RefundStatus.FAILED):
        if row.status is RefundStatus.DONE or row.amount_minor > left:
            continue
        if row.status is RefundStatus.FAILED:
            if row.amount_minor > settlement_of(payment).money_left:
                continue
            payment.refunded_minor += row.amount_minor
        row.status = RefundStatus.DONE
        left -= row.amount_minor
        session.add(row)
    session.add(payment)
    await session.flush()
