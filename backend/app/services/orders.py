"""Orders: paid, cancelled, expired, given back; whatever follows hangs on the move.

``lifecycle.move`` says where a payment goes and with which effects; this module does them,
in the transaction of the move. Routes, jobs and other services never set a status.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.api.allotment.errors import AllotmentExhausted
from app.api.application.crud import application_crud
from app.api.application.lifecycle import ApplicationStatus
from app.api.application.models import Application
from app.api.human.crud import human_crud
from app.api.human.models import Human
from app.api.payment import models
from app.api.payment.crud import payment_crud
from app.api.payment.lifecycle import (
    PaymentActor,
    PaymentEffect,
    PaymentEvent,
    PaymentFact,
    PaymentKind,
    PaymentProvider,
    PaymentStatus,
    move,
)
from app.api.payment.models import Payment, PaymentLine
from app.api.payment.refund import Refund, RefundStatus
from app.api.popup.crud import popup_crud
from app.api.popup.models import Popup
from app.api.shared.types import new_id
from app.api.ticket.models import Ticket
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services import allotments, credit, giving_up, order_mails, tickets

_TAKEN_UP_AGAIN = (PaymentStatus.PENDING, PaymentStatus.REJECTED, PaymentStatus.EXPIRED)
_CLOSED = (
    PaymentStatus.REJECTED,
    PaymentStatus.EXPIRED,
    PaymentStatus.CANCELLED,
    PaymentStatus.REFUNDED,
)


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when, until when an order made now is held, and where mails point.

    ``takes_sandbox`` says whether an order made now may be paid without any money.
    """

    actor: PaymentActor
    now: datetime
    deadline: datetime
    portal_url: str
    takes_sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A payment with its lines and its application, all locked."""

    payment: Payment
    lines: Sequence[PaymentLine]
    application: Application


@dataclass(frozen=True, slots=True)
class GivingBack:
    """What is given back with a refund, for which tickets, and why."""

    refund: Refund
    tickets: Sequence[Ticket]
    reason: str
    id: UUID = field(default_factory=new_id)


async def order_of(session: BoundSession, payment_id: UUID) -> Order:
    """Return an order, locked until the transaction ends; its application first, as always.

    Raises:
        PaymentUnknown: there is none of that id in this tenant.
    """
    application_id = (await payment_crud.get(session, payment_id)).application_id
    application = await application_crud.locked(session, application_id)
    payment = await payment_crud.locked(session, payment_id)
    return Order(payment, await payment_crud.lines_of(session, payment_id), application)


async def happen(
    session: BoundSession,
    act: Act,
    order: Order,
    event: PaymentEvent,
    giving: GivingBack | None = None,
) -> Payment:
    """Let something happen to an order: it moves, with all that follows.

    Raises:
        PaymentMoveRefused: this actor may not do this now; nothing changes.
    """
    payment = order.payment
    facts = await _facts(session, act, order, event)
    step = move(payment.status, event, act.actor, facts)
    if step.to is not payment.status:
        payment.status = step.to
        payment.closed_at = act.now if step.to in _CLOSED else None
        if step.to is PaymentStatus.APPROVED:
            payment.approved_at = act.now
            payment.captured_minor = payment.payable_minor
    for effect in step.effects:
        await _EFFECTS[effect](session, act, order, giving)
    session.add(payment)
    await session.flush()
    return payment


async def _facts(
    session: BoundSession, act: Act, order: Order, event: PaymentEvent
) -> set[PaymentFact]:
    payment = order.payment
    found = {
        PaymentFact.NOTHING_TO_PAY: payment.payable_minor == 0,
        PaymentFact.IS_OFFLINE: payment.provider is PaymentProvider.MANUAL,
        PaymentFact.OVERDUE: payment.expires_at is not None and payment.expires_at <= act.now,
        PaymentFact.REFUND_DUE: payment.is_refund_due,
    }
    facts = {fact for fact, holds in found.items() if holds}
    if event is PaymentEvent.APPROVE and not payment.is_refund_due:
        facts |= await _taken(session, act, order)
    return facts


async def _taken(session: BoundSession, act: Act, order: Order) -> set[PaymentFact]:
    """Find out whether an order can have what it needs, by taking it.

    The counters cannot be locked and then looked at by this role. A move that is refused
    undoes the taking with the rest of its transaction.
    """
    payment, application = order.payment, order.application
    if payment.status not in _TAKEN_UP_AGAIN:
        return set()
    if payment.kind is PaymentKind.EXCHANGE and not await giving_up.are_there(
        session, payment, _wanted(order), act.now
    ):
        return set()
    is_pending = payment.status is PaymentStatus.PENDING
    if is_pending and await allotments.take_held(session, payment.id):
        return {PaymentFact.RESERVED}
    if (
        application.status is not ApplicationStatus.ACCEPTED
        or application.credit_minor < payment.credit_returned_minor
    ):
        return set()
    try:
        async with session.begin_nested():
            await session.connection()  # sends the SAVEPOINT before the driver is used
            await allotments.free_held(session, payment.id)
            await allotments.take_now(session, payment.id, _wanted(order))
    except AllotmentExhausted:
        return set()
    return {PaymentFact.CAN_RESERVE}


async def _people(session: BoundSession, order: Order) -> tuple[Human, Popup]:
    human = await human_crud.get(session, order.payment.human_id)
    return human, await popup_crud.get(session, order.payment.popup_id)


def _wanted(order: Order) -> dict[UUID, int]:
    wanted: dict[UUID, int] = {}
    for line in order.lines:
        wanted[line.product_id] = wanted.get(line.product_id, 0) + line.quantity
    if order.payment.coupon_id is not None:
        wanted[order.payment.coupon_id] = 1
    return wanted


async def _spend_credit_again(
    session: BoundSession, _: Act, order: Order, __: GivingBack | None
) -> None:
    """Spend what was returned when the order was let go; its stock has been taken again."""
    payment = order.payment
    if payment.credit_returned_minor:
        await credit.spend(session, payment, payment.credit_returned_minor, reason="order")
        payment.credit_returned_minor = 0


async def _free_reserved(
    session: BoundSession, _: Act, order: Order, __: GivingBack | None
) -> None:
    await allotments.free_held(session, order.payment.id)


async def _return_credit(
    session: BoundSession, _: Act, order: Order, __: GivingBack | None
) -> None:
    payment = order.payment
    spent = payment.credit_spent_minor - payment.credit_returned_minor
    if spent:
        await credit.give(session, payment, spent, reason="order let go")
        payment.credit_returned_minor += spent


async def _give_up_tickets(
    session: BoundSession, act: Act, order: Order, _: GivingBack | None
) -> None:
    if order.payment.kind is PaymentKind.EXCHANGE:
        await giving_up.give_up(session, order.payment, act.now)


async def _credit_surplus(
    session: BoundSession, _: Act, order: Order, __: GivingBack | None
) -> None:
    surplus = order.payment.returned_value_minor - order.payment.total_minor
    if surplus > 0:
        await credit.give(session, order.payment, surplus, reason="exchange")


async def _issue_tickets(
    session: BoundSession, _: Act, order: Order, __: GivingBack | None
) -> None:
    await tickets.issue(session, order.payment, order.lines)


async def _return_named_tickets(
    session: BoundSession, act: Act, order: Order, giving: GivingBack | None
) -> None:
    named = giving.tickets if giving else ()
    await tickets.return_tickets(session, order.payment, named, act.now)


async def _return_all_tickets(
    session: BoundSession, act: Act, order: Order, _: GivingBack | None
) -> None:
    left = await tickets.live(session, order.payment)
    await tickets.return_tickets(session, order.payment, left, act.now)


async def _record_refund(
    session: BoundSession, act: Act, order: Order, giving: GivingBack | None
) -> None:
    """Write a refund down; it is done unless a provider has still to send money back."""
    payment = order.payment
    if giving is None or giving.refund.amount == 0:
        return
    refund = giving.refund
    payment.refunded_minor += refund.to_provider
    payment.credit_returned_minor += refund.to_credit
    payment.is_refund_due = False
    session.add(
        models.Refund(
            popup_id=payment.popup_id,
            payment_id=payment.id,
            human_id=payment.human_id,
            amount_minor=refund.to_provider,
            credit_minor=refund.to_credit,
            reason=giving.reason,
            id=giving.id,
            status=RefundStatus.PENDING if _is_sent(act, payment, giving) else RefundStatus.DONE,
        )
    )
    await session.flush()
    if refund.to_credit:
        await credit.give(session, payment, refund.to_credit, reason="refund")


def _is_sent(act: Act, payment: Payment, giving: GivingBack) -> bool:
    """Whether a provider is to send money back: not by hand, and not what it told of itself."""
    return (
        giving.refund.to_provider > 0
        and payment.provider is not PaymentProvider.MANUAL
        and act.actor is not PaymentActor.PROVIDER
    )


async def _send_refund(
    session: BoundSession, act: Act, order: Order, giving: GivingBack | None
) -> None:
    if giving is not None and _is_sent(act, order.payment, giving):
        await defer(session, "send_refund", refund_id=giving.id)


async def _close_checkout(
    session: BoundSession, _: Act, order: Order, __: GivingBack | None
) -> None:
    """Have the page closed; one that is being opened now is closed by whoever opens it."""
    if order.payment.provider_reference is not None:
        await defer(session, "close_checkout", payment_id=order.payment.id)


async def _mark_for_refund(_: BoundSession, __: Act, order: Order, ___: GivingBack | None) -> None:
    order.payment.is_refund_due = True
    order.payment.captured_minor = order.payment.payable_minor


async def _mail_confirmed(
    session: BoundSession, act: Act, order: Order, _: GivingBack | None
) -> None:
    human, popup = await _people(session, order)
    await order_mails.confirm(session, human, popup, order.payment, order.lines, act.portal_url)


async def _mail_expired(
    session: BoundSession, act: Act, order: Order, _: GivingBack | None
) -> None:
    human, popup = await _people(session, order)
    await order_mails.tell_expired(session, human, popup, order.payment, act.portal_url)


async def _mail_refunded(
    session: BoundSession, _: Act, order: Order, giving: GivingBack | None
) -> None:
    if giving is None or giving.refund.amount == 0:
        return
    human, popup = await _people(session, order)
    await order_mails.tell_refunded(session, human, popup, order.payment, giving.refund)


async def _done_already(_: BoundSession, __: Act, ___: Order, ____: GivingBack | None) -> None:
    """Do nothing: it was taken to find out whether it could be."""


Effect = Callable[[BoundSession, Act, Order, GivingBack | None], Awaitable[None]]

_EFFECTS: Mapping[PaymentEffect, Effect] = {
    PaymentEffect.SELL_RESERVED: _done_already,
    PaymentEffect.RESERVE_AGAIN: _spend_credit_again,
    PaymentEffect.FREE_RESERVED: _free_reserved,
    PaymentEffect.RETURN_CREDIT: _return_credit,
    PaymentEffect.GIVE_UP_TICKETS: _give_up_tickets,
    PaymentEffect.ISSUE_TICKETS: _issue_tickets,
    PaymentEffect.CREDIT_SURPLUS: _credit_surplus,
    PaymentEffect.RETURN_NAMED_TICKETS: _return_named_tickets,
    PaymentEffect.RETURN_ALL_TICKETS: _return_all_tickets,
    PaymentEffect.RECORD_REFUND: _record_refund,
    PaymentEffect.SEND_REFUND: _send_refund,
    PaymentEffect.MARK_FOR_REFUND: _mark_for_refund,
    PaymentEffect.CLOSE_CHECKOUT: _close_checkout,
    PaymentEffect.MAIL_CONFIRMED: _mail_confirmed,
    PaymentEffect.MAIL_EXPIRED: _mail_expired,
    PaymentEffect.MAIL_REFUNDED: _mail_refunded,
}
