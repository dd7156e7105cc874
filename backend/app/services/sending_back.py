"""Refunds on their way: asked for in one transaction, sent, and told in another."""

from uuid import UUID

import structlog
from sqlmodel import col, select

from app.api.payment.crud import payment_crud
from app.api.payment.errors import RefundNotFailed, RefundUnknown
from app.api.payment.models import Refund
from app.api.payment.refund import RefundStatus
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services import paying, providers
from app.services.paying import AtProvider, OpenSession
from app.services.payments.protocol import ProviderRefused, RefundRequest, SentRefund
from app.services.providers import Desk

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
    """Keep a refund as failed, unless it has been done meanwhile; staff may send it again."""
    async with open_session() as session:
        refund = await _of(session, refund_id)
        if refund.status is RefundStatus.PENDING:
            refund.status = RefundStatus.FAILED
            session.add(refund)
            await session.flush()
    await logger.awarning("refund_not_sent", refund=str(refund_id), reason=reason)


async def send_again(session: BoundSession, payment_id: UUID, refund_id: UUID) -> None:
    """Send a refund again that failed: it is the same one, so nothing is sent twice.

    Raises:
        RefundUnknown: the order has none of that id.
        RefundNotFailed: it is done, or on its way.
    """
    refund = await _of(session, refund_id)
    if refund.payment_id != payment_id:
        raise RefundUnknown
    if refund.status is not RefundStatus.FAILED:
        raise RefundNotFailed
    refund.status = RefundStatus.PENDING
    refund.provider_reference = None
    session.add(refund)
    await session.flush()
    await defer(session, "send_refund", refund_id=refund_id)


async def _of(session: BoundSession, refund_id: UUID) -> Refund:
    found = select(Refund).where(col(Refund.id) == refund_id).with_for_update()
    row = (await session.exec(found)).one_or_none()
    if row is None:
        raise RefundUnknown
    return row
