"""Orders and their provider: a page is opened, closed and asked about, between transactions.

No provider is called while a transaction is open. What was decided before the call is
committed; what the provider said is written in a transaction of its own; and whoever comes
again after a crash in between finds the order as it stands and does the rest.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlencode
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
from app.services import notices, providers
from app.services.idempotency import OneTime, amend, kept
from app.services.payments.protocol import (
    CheckoutRequest,
    NoticeKind,
    OpenedCheckout,
    ProviderRefused,
)
from app.services.providers import Desk

OpenSession: TypeAlias = Callable[[], AbstractAsyncContextManager[BoundSession]]
Answering: TypeAlias = Callable[[BoundSession], Awaitable[Rendered]]


@dataclass(frozen=True, slots=True)
class ToPay:
    """An order that waits for a page: at which provider, and what it is told."""

    tenant_id: UUID
    provider: PaymentProvider
    request: CheckoutRequest


@dataclass(frozen=True, slots=True)
class AtProvider:
    """What is under way at a provider: where, and how it is called there."""

    tenant_id: UUID
    provider: PaymentProvider
    reference: str


async def with_page(
    desk: Desk, open_session: OpenSession, key: OneTime, answer: Rendered
) -> Rendered:
    """Open the page of an order that was just made; the answer with it is the one kept.

    ``answer`` is what was kept under the key, by this request or by the first one with it.
    Where that says already how to pay, or that there is nothing to pay, it is the answer.

    Raises:
        ProviderUnavailable: the order stands; the same request opens its page.
        ProviderRefused: the order stands, and cannot be paid so.
    """
    made = _read(answer)
    if made.checkout_url is not None or not _is_hosted(made.provider, made.status):
        return answer

    async def answering(session: BoundSession) -> Rendered:
        now_kept = await kept(session, key)
        if _read(now_kept).checkout_url is not None:
            return now_kept
        fresh = await own_payment_crud.get_json(session, made.id, status=answer.status_code)
        return await amend(session, key, fresh)

    opened = await _open(desk, open_session, made.id, answering)
    return answer if opened is None else opened


def _read(answer: Rendered) -> PaymentSelf:
    return PaymentSelf.model_validate_json(bytes(answer.body))


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

    async def answering(session: BoundSession) -> Rendered:
        return await own_payment_crud.get_json(session, payment_id)

    opened = await _open(desk, open_session, payment_id, answering)
    if opened is None:
        raise NoCheckout
    return opened


async def _open(
    desk: Desk, open_session: OpenSession, payment_id: UUID, answering: Answering
) -> Rendered | None:
    """Open a page and write it down; None for an order that needs none any more."""
    async with open_session() as session:
        to_pay = await _to_pay(session, desk, payment_id)
        if to_pay is None:
            is_open = (await payment_crud.get(session, payment_id)).checkout_url is not None
            return await answering(session) if is_open else None
    adapter = await providers.adapter_of(desk, to_pay.tenant_id, to_pay.provider)
    opened = await adapter.open_checkout(to_pay.request)
    async with open_session() as session:
        await _write_down(session, payment_id, opened)
        return await answering(session)


async def _to_pay(session: BoundSession, desk: Desk, payment_id: UUID) -> ToPay | None:
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
        return_url=_return_url(desk.settings.portal_url, payment.id),
    )
    return ToPay(session.tenant_id, payment.provider, request)


def _return_url(portal_url: str, payment_id: UUID) -> str:
    mark = "&" if "?" in portal_url else "?"
    return f"{portal_url}{mark}{urlencode({'payment': str(payment_id)})}"


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
        with suppress(ProviderRefused):
            await _look_up(desk, open_session, place)


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
    await _look_up(desk, open_session, place)
    async with open_session() as session:
        return await payment_crud.get_json(session, payment_id)


async def _look_up(desk: Desk, open_session: OpenSession, place: AtProvider) -> None:
    """Let what the provider says now have its effect, as if it had sent a notice of it."""
    adapter = await providers.adapter_of(desk, place.tenant_id, place.provider)
    notice = await adapter.look_up(place.reference)
    if notice.kind is not NoticeKind.OTHER:
        async with open_session() as session:
            await notices.apply_notice(session, desk.settings.portal_url, place.provider, notice)


async def close(desk: Desk, open_session: OpenSession, payment_id: UUID) -> None:
    """Let nobody pay an order any more that was let go.

    Raises:
        ProviderUnavailable: it could not be told; the job is tried again.
    """
    async with open_session() as session:
        place = await at_provider(session, payment_id)
    if place is not None:
        adapter = await providers.adapter_of(desk, place.tenant_id, place.provider)
        await adapter.close_checkout(place.reference)
