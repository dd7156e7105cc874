"""Tickets are issued with the approval of their payment, and returned with its refund."""

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from app.api.payment.models import Payment, PaymentLine
from app.api.shared.money import MinorUnits, split
from app.api.ticket.code import RANDOM_BYTES, ticket_code
from app.api.ticket.crud import ticket_crud
from app.api.ticket.lifecycle import (
    TicketActor,
    TicketEffect,
    TicketEvent,
    TicketFact,
    TicketStatus,
    move,
)
from app.api.ticket.models import CheckIn, Ticket
from app.core.tenant_db import BoundSession
from app.services import allotments


async def issue(session: BoundSession, payment: Payment, lines: Iterable[PaymentLine]) -> int:
    """Issue one ticket for each unit of an order, each worth its share of its line."""
    made = [
        Ticket(
            popup_id=payment.popup_id,
            payment_line_id=line.id,
            unit=unit,
            product_id=line.product_id,
            attendee_id=line.attendee_id,
            human_id=payment.human_id,
            code=ticket_code(secrets.token_bytes(RANDOM_BYTES)),
            status=TicketStatus.ISSUED,
            value_minor=value,
        )
        for line in lines
        for unit, value in enumerate(_values(line), start=1)
    ]
    session.add_all(made)
    await session.flush()
    return len(made)


async def live(session: BoundSession, payment: Payment) -> list[Ticket]:
    """Return the tickets of an order that still admit somebody, oldest first."""
    statement = (
        select(Ticket)
        .join(
            PaymentLine,
            (col(PaymentLine.tenant_id) == col(Ticket.tenant_id))
            & (col(PaymentLine.id) == col(Ticket.payment_line_id)),
        )
        .where(col(PaymentLine.payment_id) == payment.id, col(Ticket.status) == TicketStatus.ISSUED)
        .order_by(col(Ticket.id))
        .with_for_update(of=Ticket)
    )
    return list((await session.exec(statement)).all())


async def return_tickets(
    session: BoundSession, payment: Payment, tickets: Sequence[Ticket], now: datetime
) -> None:
    """Let tickets of an order admit nobody any more; the places of those not used are free.

    Raises:
        TicketMoveRefused: one of them has been returned before.
    """
    used_ids = await used(session, [ticket.id for ticket in tickets])
    places: Counter[UUID] = Counter()
    for ticket in tickets:
        facts = {TicketFact.IS_USED} if ticket.id in used_ids else set[TicketFact]()
        step = move(ticket.status, TicketEvent.REFUND, TicketActor.SYSTEM, facts)
        ticket.status, ticket.voided_at = step.to, now
        if TicketEffect.FREE_PLACE in step.effects:
            places[ticket.product_id] += 1
        session.add(ticket)
    await session.flush()
    if places:
        await allotments.give_back(session, payment.id, places)


async def void(session: BoundSession, actor: TicketActor, ticket_id: UUID, now: datetime) -> None:
    """Let one ticket admit nobody any more; no money goes back with it.

    Raises:
        TicketNotThere: there is none of that id in this tenant.
        TicketMoveRefused: it admits nobody already; nothing changes.
    """
    ticket = await ticket_crud.locked(session, ticket_id)
    facts = {TicketFact.IS_USED} if await used(session, [ticket.id]) else set[TicketFact]()
    step = move(ticket.status, TicketEvent.VOID, actor, facts)
    ticket.status, ticket.voided_at = step.to, now
    session.add(ticket)
    await session.flush()
    if TicketEffect.FREE_PLACE in step.effects:
        line = select(PaymentLine.payment_id).where(col(PaymentLine.id) == ticket.payment_line_id)
        payment_id = (await session.exec(line)).one()
        await allotments.give_back(session, payment_id, {ticket.product_id: 1})


async def used(session: BoundSession, ids: Iterable[UUID]) -> set[UUID]:
    """Return which of some tickets have been seen at the door."""
    seen = select(CheckIn.ticket_id).where(col(CheckIn.ticket_id).in_(set(ids)))
    return set((await session.exec(seen.distinct())).all())


def _values(line: PaymentLine) -> list[MinorUnits]:
    paid = MinorUnits(line.net_minor + line.contribution_minor)
    return split(paid, [1] * line.quantity)
