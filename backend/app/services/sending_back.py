"""Refunds on their way: asked for in one transaction, sent, and told in another."""

from uuid import UUID

import structlog
from sqlmodel import col, select

from app.api.payment.crud import payment_crud
from app.api.payment.errors import RefundNotFailed, RefundTooLarge, RefundUnknown
from app.api.payment.models import Payment, Refund
from app.api.payment.refund import RefundStatus
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services import paying, providers
from app.services.pages import AtProvider, OpenSession
from app.services.payments.protocol import ProviderRefused, RefundRequest, SentRefund
from app.services.providers import Desk
from app.services.settlements import settlement_of

logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def send(desk: Desk, open_session: OpenSession, refund_id: UUID) -> None:
    """Send a refund that waits; the provider does nothing twice for one.

    One that the provider refuses is kept as failed, for staff to look at.

    Raises:
        ProviderUnavailable: it could not be asked; the job is tried again.
    """
    async with open_session() as session:
        refund = await _of(session, refund_id)
        if refund.status is not RefundStatus.PENDING or refund.provider_reference is not None:
            return
        place = await paying.at_provider(session, refund.payment_id)
        payment = await payment_crud.get(session, refund.payment_id)
    if place is None:
        await note_failure(open_session, refund_id, "No provider knows the order")
        return
    request = RefundRequest(
        refund_id=refund_id,
        reference=place.reference,
        amount_minor=refund.amount_minor,
        currency=payment.currency,
    )
    try:
        sent = await _sent(desk, place, request)
    except ProviderRefused as error:
        await note_failure(open_session, refund_id, str(error))
        return
    async with open_session() as session:
        refund = await _of(session, refund_id)
        refund.provider_reference = sent.reference
        if sent.is_done:
            refund.status = RefundStatus.DONE
        session.add(refund)
        await session.flush()


async def _sent(desk: Desk, place: AtProvider, request: RefundRequest) -> SentRefund:
    adapter = await providers.adapter_of(desk, place.tenant_id, place.provider)
    return await adapter.refund(request)


async def note_failure(open_session: OpenSession, refund_id: UUID, reason: str) -> None:
    """Keep a refund as failed, unless it has been done meanwhile; staff may send it again.

    Its money was not given back, so it counts as left of the order.
    """
    async with open_session() as session:
        payment, refund = await _with_order(session, refund_id)
        if refund.status is RefundStatus.PENDING:
            refund.status = RefundStatus.FAILED
            payment.refunded_minor -= refund.amount_minor
            session.add_all((refund, payment))
            await session.flush()
    await logger.awarning("refund_not_sent", refund=str(refund_id), reason=reason)


async def send_again(session: BoundSession, payment_id: UUID, refund_id: UUID) -> None:
    """Send a refund again that failed: it is the same one, so nothing is sent twice.

    Raises:
        RefundUnknown: the order has none of that id.
        RefundNotFailed: it is done, or on its way.
        RefundTooLarge: so much money was given back otherwise that less is left.
    """
    payment, refund = await _with_order(session, refund_id)
    if payment.id != payment_id:
        raise RefundUnknown
    if refund.status is not RefundStatus.FAILED:
        raise RefundNotFailed
    left = settlement_of(payment).money_left
    if refund.amount_minor > left:
        raise RefundTooLarge(refundable_minor=left)
    refund.status = RefundStatus.PENDING
    refund.provider_reference = None
    payment.refunded_minor += refund.amount_minor
    session.add_all((refund, payment))
    await session.flush()
    await defer(session, "send_refund", refund_id=refund_id)


async def _with_order(session: BoundSession, refund_id: UUID) -> tuple[Payment, Refund]:
    """Return a refund and its order, both locked; the order first, as everywhere."""
    found = select(Refund.payment_id).where(col(Refund.id) == refund_id)
    payment_id = (await session.exec(found)).one_or_none()
    if payment_id is None:
        raise RefundUnknown
    payment = await payment_crud.locked(session, payment_id)
    return payment, await _of(session, refund_id)


async def _of(session: BoundSession, refund_id: UUID) -> Refund:
    found = select(Refund).where(col(Refund.id) == refund_id).with_for_update()
    row = (await session.exec(found)).one_or_none()
    if row is None:
        raise RefundUnknown
    return row
