"""The passes that an exchange gives up: looked at when it is ordered, and again when it is paid.

Meanwhile they stay good: their holder may come in, or be given their money back, and then
the exchange cannot be had any more. Whoever calls holds the application's lock, so two
exchanges take turns; whoever scans or voids a ticket is held off by the ticket's own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from app.api.application.models import Application
from app.api.payment.crud import payment_crud
from app.api.payment.errors import PassInExchange, TicketUnknown
from app.api.payment.exchange import HeldPass, value_passes
from app.api.payment.lifecycle import PaymentStatus
from app.api.payment.models import ExchangedTicket, Payment, PaymentLine
from app.api.product.eligibility import ProductCategory
from app.api.shared.money import MinorUnits
from app.api.ticket.lifecycle import (
    TicketActor,
    TicketEffect,
    TicketEvent,
    TicketFact,
    TicketStatus,
    move,
)
from app.api.ticket.models import Ticket
from app.core.tenant_db import BoundSession
from app.services import allotments, tickets
from app.services.settlements import settlement_of


@dataclass(frozen=True, slots=True)
class Offered:
    """Passes that may be given up, with which order each was bought, and what is left of it."""

    passes: Sequence[HeldPass] = ()
    bought_with: Mapping[UUID, UUID] | None = None
    left: Mapping[UUID, MinorUnits] | None = None

    def valued(self, returned: Sequence[HeldPass]) -> tuple[HeldPass, ...]:
        """Return those that are given up, each with what it counts for."""
        return value_passes(returned, self.bought_with or {}, self.left or {})


@dataclass(frozen=True, slots=True)
class _Given:
    """A ticket that an exchange gives up, locked, and the order it was bought with."""

    ticket: Ticket
    value: int
    bought_with: UUID


async def offered(
    session: BoundSession, application: Application, ids: AbstractSet[UUID], now: datetime
) -> Offered:
    """Return the passes of an application that are to be given up, locked.

    Raises:
        TicketUnknown: one is not of this application, or admits nobody any more.
        PassInExchange: one is given up already by an exchange that waits to be paid.
    """
    statement = (
        select(Ticket, PaymentLine.payment_id, PaymentLine.category)
        .join(
            PaymentLine,
            (col(PaymentLine.tenant_id) == col(Ticket.tenant_id))
            & (col(PaymentLine.id) == col(Ticket.payment_line_id)),
        )
        .join(
            Payment,
            (col(Payment.tenant_id) == col(PaymentLine.tenant_id))
            & (col(Payment.id) == col(PaymentLine.payment_id)),
        )
        .where(
            col(Ticket.id).in_(ids),
            col(Payment.application_id) == application.id,
            col(Ticket.status) == TicketStatus.ISSUED,
        )
        .order_by(col(Ticket.id))
        .with_for_update(of=Ticket)
        .execution_options(populate_existing=True)
    )
    rows = (await session.exec(statement)).all()
    if len(rows) < len(ids):
        raise TicketUnknown
    promised = await _promised(session, application.id, now)
    if taken := sorted(str(one) for one in ids & promised.keys()):
        raise PassInExchange(tickets=taken)
    used = await tickets.used(session, [ticket.id for ticket, _, _ in rows])
    return Offered(
        passes=[
            _held(
                ticket,
                is_used=ticket.id in used,
                is_donation=category == ProductCategory.DONATION,
            )
            for ticket, _, category in rows
        ],
        bought_with={ticket.id: payment_id for ticket, payment_id, _ in rows},
        left=await _left(session, {payment_id for _, payment_id, _ in rows}, promised.values()),
    )


async def promise(session: BoundSession, payment: Payment, returned: Iterable[HeldPass]) -> None:
    """Write down which passes an exchange gives up once it is paid."""
    session.add_all(
        ExchangedTicket(
            popup_id=payment.popup_id,
            payment_id=payment.id,
            human_id=payment.human_id,
            ticket_id=one.ticket_id,
            value_minor=one.paid,
        )
        for one in returned
    )
    await session.flush()


async def lock_counters(
    session: BoundSession, wanted: Iterable[UUID], returned: Iterable[HeldPass]
) -> None:
    """Lock what an exchange takes and gives back, in the one order in which all do."""
    await allotments.lock(session, {*wanted, *(one.product_id for one in returned)})


async def are_there(
    session: BoundSession, payment: Payment, wanted: Iterable[UUID], now: datetime
) -> bool:
    """Tell whether an exchange can have the passes it was priced with, and lock all it moves.

    Not when one was used, voided or refunded meanwhile, when another exchange took it over
    after this one lapsed, or when what was paid for it has been given back.
    """
    given = await _given(session, payment)
    ids = {one.ticket.id for one in given}
    promised = await _promised(session, payment.application_id, now, but=payment.id)
    if ids & promised.keys() or await tickets.used(session, ids):
        return False
    if any(one.ticket.status is not TicketStatus.ISSUED for one in given):
        return False
    left = await _left(session, {one.bought_with for one in given}, ())
    if any(value > left[order_id] for order_id, value in _worth(given).items()):
        return False
    await allotments.lock(session, {*wanted, *(one.ticket.product_id for one in given)})
    return True


async def give_up(session: BoundSession, payment: Payment, now: datetime) -> None:
    """Let the passes of an exchange admit nobody any more; their places are free.

    What they were worth has left the orders that they were bought with.

    Raises:
        TicketMoveRefused: one is not as ``are_there`` found it: always a bug.
    """
    given = await _given(session, payment)
    used = await tickets.used(session, {one.ticket.id for one in given})
    places: defaultdict[UUID, Counter[UUID]] = defaultdict(Counter)
    for one in given:
        facts = {TicketFact.IS_USED} if one.ticket.id in used else set[TicketFact]()
        step = move(one.ticket.status, TicketEvent.EXCHANGE, TicketActor.SYSTEM, facts)
        one.ticket.status, one.ticket.voided_at = step.to, now
        if TicketEffect.FREE_PLACE in step.effects:
            places[one.bought_with][one.ticket.product_id] += 1
        session.add(one.ticket)
    worth = _worth(given)
    for order in await payment_crud.all_locked(session, worth):
        order.exchanged_minor += worth[order.id]
        session.add(order)
    await session.flush()
    for order_id in sorted(places):
        await allotments.give_back(session, order_id, places[order_id])


async def _given(session: BoundSession, payment: Payment) -> list[_Given]:
    statement = (
        select(Ticket, ExchangedTicket.value_minor, PaymentLine.payment_id)
        .join(
            ExchangedTicket,
            (col(ExchangedTicket.tenant_id) == col(Ticket.tenant_id))
            & (col(ExchangedTicket.ticket_id) == col(Ticket.id)),
        )
        .join(
            PaymentLine,
            (col(PaymentLine.tenant_id) == col(Ticket.tenant_id))
            & (col(PaymentLine.id) == col(Ticket.payment_line_id)),
        )
        .where(col(ExchangedTicket.payment_id) == payment.id)
        .order_by(col(Ticket.id))
        .with_for_update(of=Ticket)
        .execution_options(populate_existing=True)
    )
    return [_Given(*row) for row in (await session.exec(statement)).all()]


async def _promised(
    session: BoundSession, application_id: UUID, now: datetime, *, but: UUID | None = None
) -> Mapping[UUID, tuple[UUID, int]]:
    """Return what exchanges that wait to be paid give up: bought with which order, its value."""
    statement = (
        select(ExchangedTicket.ticket_id, PaymentLine.payment_id, ExchangedTicket.value_minor)
        .join(
            Payment,
            (col(Payment.tenant_id) == col(ExchangedTicket.tenant_id))
            & (col(Payment.id) == col(ExchangedTicket.payment_id)),
        )
        .join(
            Ticket,
            (col(Ticket.tenant_id) == col(ExchangedTicket.tenant_id))
            & (col(Ticket.id) == col(ExchangedTicket.ticket_id)),
        )
        .join(
            PaymentLine,
            (col(PaymentLine.tenant_id) == col(Ticket.tenant_id))
            & (col(PaymentLine.id) == col(Ticket.payment_line_id)),
        )
        .where(
            col(Payment.application_id) == application_id,
            col(Payment.status) == PaymentStatus.PENDING,
            col(Payment.expires_at) > now,
        )
    )
    if but is not None:
        statement = statement.where(col(Payment.id) != but)
    rows = (await session.exec(statement)).all()
    return {ticket_id: (order_id, value) for ticket_id, order_id, value in rows}


async def _left(
    session: BoundSession, order_ids: Iterable[UUID], promised: Iterable[tuple[UUID, int]]
) -> dict[UUID, MinorUnits]:
    """Return what of each order has neither been given back, exchanged nor promised."""
    gone: Counter[UUID] = Counter()
    for order_id, value in promised:
        gone[order_id] += value
    orders = await payment_crud.all_locked(session, order_ids)
    return {
        order.id: MinorUnits(max(settlement_of(order).refundable - gone[order.id], 0))
        for order in orders
    }


def _worth(given: Iterable[_Given]) -> Counter[UUID]:
    worth: Counter[UUID] = Counter()
    for one in given:
        worth[one.bought_with] += one.value
    return worth


def _held(ticket: Ticket, *, is_used: bool, is_donation: bool) -> HeldPass:
    return HeldPass(
        ticket_id=ticket.id,
        product_id=ticket.product_id,
        attendee_id=ticket.attendee_id,
        paid=MinorUnits(ticket.value_minor),
        is_used=is_used,
        is_donation=is_donation,
    )
