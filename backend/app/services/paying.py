"""Orders and their provider: a page is opened, closed and asked about (see ``pages``)."""

from uuid import UUID

from app.api.human.crud import human_crud
from app.api.payment.crud import own_payment_crud, payment_crud
from app.api.payment.errors import NoCheckout, PaymentUnknown
from app.api.payment.lifecycle import PaymentProvider, PaymentStatus
from app.api.payment.models import Payment
from app.api.payment.schemas import PaymentSelf
from app.api.popup.crud import popup_crud
from app.api.shared.response import Rendered
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services import pages, providers
from app.services.idempotency import OneTime
from app.services.pages import AtProvider, Opening, OpenSession, ToOpen
from app.services.payments.protocol import CheckoutRequest, OpenedCheckout
from app.services.providers import Desk


async def with_page(
    desk: Desk, open_session: OpenSession, key: OneTime, answer: Rendered
) -> Rendered:
    """Open the page of an order that was just made; the answer with it is the one kept.

    Where there is nothing to pay on a page, the answer stays as it is.

    Raises:
        ProviderUnavailable: the order stands; the same request opens its page.
        ProviderRefused: the order stands, and cannot be paid so.
    """
    made = PaymentSelf.model_validate_json(bytes(answer.body))
    if not _is_hosted(made.provider, made.status):
        return answer
    opening = _opening(desk, made.id, status=answer.status_code)
    return await pages.with_page(desk, open_session, key, answer, opening)


async def reopen(
    desk: Desk, open_session: OpenSession, human_id: UUID, payment_id: UUID
) -> Rendered:
    """Return one's own order with the page on which it is paid, opened now if it has none.

    Raises:
        PaymentUnknown: it is not one's own, or not there.
        NoCheckout: it does not wait to be paid on a provider's page.
        ProviderUnavailable: asking again is right.
        ProviderRefused: it cannot be paid so.
    """
    async with open_session() as session:
        payment = await payment_crud.get(session, payment_id)
        if payment.human_id != human_id:
            raise PaymentUnknown
        if not _waits(payment):
            raise NoCheckout
        if payment.checkout_url is not None:
            return await own_payment_crud.get_json(session, payment_id)
    opened = await pages.open_page(desk, open_session, _opening(desk, payment_id, status=200))
    if opened is None:
        raise NoCheckout
    return opened


def _opening(desk: Desk, payment_id: UUID, *, status: int) -> Opening:
    async def wanted(session: BoundSession) -> ToOpen | None:
        return await _to_pay(session, desk, payment_id)

    async def keep(session: BoundSession, opened: OpenedCheckout) -> None:
        await _write_down(session, payment_id, opened)

    async def answer(session: BoundSession) -> Rendered | None:
        if (await payment_crud.get(session, payment_id)).checkout_url is None:
            return None
        return await own_payment_crud.get_json(session, payment_id, status=status)

    return Opening(wanted, keep, answer)


async def _to_pay(session: BoundSession, desk: Desk, payment_id: UUID) -> ToOpen | None:
    payment = await payment_crud.get(session, payment_id)
    if not _waits(payment) or payment.checkout_url is not None or payment.expires_at is None:
        return None
    human = await human_crud.get(session, payment.human_id)
    popup = await popup_crud.get(session, payment.popup_id)
    request = CheckoutRequest(
        payment_id=payment.id,
        amount_minor=payment.payable_minor,
        currency=payment.currency,
        description=popup.name,
        buyer_email=human.email,
        expires_at=payment.expires_at,
        return_url=pages.return_url(desk.settings.portal_url, payment=payment.id),
    )
    return ToOpen(session.tenant_id, payment.provider, request)


async def _write_down(session: BoundSession, payment_id: UUID, opened: OpenedCheckout) -> None:
    """Keep where an order is paid; one that was let go meanwhile has its page closed."""
    payment = await payment_crud.locked(session, payment_id)
    if payment.provider_reference is None:
        payment.provider_reference, payment.checkout_url = opened.reference, opened.url
        session.add(payment)
        await session.flush()
    if payment.status is not PaymentStatus.PENDING:
        await defer(session, "close_checkout", payment_id=payment.id)


def _waits(payment: Payment) -> bool:
    is_over = payment.expires_at is not None and payment.expires_at <= utc_now()
    return _is_hosted(payment.provider, payment.status) and not is_over


def _is_hosted(provider: PaymentProvider, status: PaymentStatus) -> bool:
    return provider in providers.KINDS and status is PaymentStatus.PENDING


async def at_provider(
    session: BoundSession, payment_id: UUID, *, only_pending: bool = False
) -> AtProvider | None:
    """Return where an order is under way, or None where no provider knows it."""
    payment = await payment_crud.get(session, payment_id)
    if payment.provider not in providers.KINDS or payment.provider_reference is None:
        return None
    if only_pending and payment.status is not PaymentStatus.PENDING:
        return None
    return AtProvider(session.tenant_id, payment.provider, payment.provider_reference)


async def pull(desk: Desk, open_session: OpenSession, payment_id: UUID) -> None:
    """Ask the provider about an order that waits, in case its notice was lost.

    What was not paid is left to whoever asked.

    Raises:
        ProviderUnavailable: it could not be asked.
        PaymentUnknown: there is no such order in this tenant.
    """
    async with open_session() as session:
        place = await at_provider(session, payment_id, only_pending=True)
    if place is not None:
        await pages.pull(desk, open_session, place)


async def look_up_now(desk: Desk, open_session: OpenSession, payment_id: UUID) -> Rendered:
    """Ask the provider about an order that waits, and return it as it stands then, for staff.

    Raises:
        PaymentUnknown: there is no such order in this tenant.
        NoCheckout: it does not wait, or no provider knows it.
        ProviderUnavailable: it could not be asked.
        ProviderRefused: it has no such order, or does not take the organisation's keys.
    """
    async with open_session() as session:
        place = await at_provider(session, payment_id, only_pending=True)
    if place is None:
        raise NoCheckout
    await pages.look_up(desk, open_session, place)
    async with open_session() as session:
        return await payment_crud.get_json(session, payment_id)


async def close(desk: Desk, open_session: OpenSession, payment_id: UUID) -> None:
    """Let nobody pay an order any more that was let go.

    Raises:
        ProviderUnavailable: it could not be told; the job is tried again.
    """
    async with open_session() as session:
        place = await at_provider(session, payment_id)
    if place is not None:
        await pages.close(desk, place)
