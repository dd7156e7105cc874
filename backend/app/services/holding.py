"""Deposits and their provider: a page is opened, an amount captured or released.

Like ``pages``, between transactions.
"""

from dataclasses import dataclass
from uuid import UUID

import structlog

from app.api.application.crud import application_crud
from app.api.application.errors import ApplicationUnknown
from app.api.application.lifecycle import ApplicationStatus
from app.api.card_hold.crud import card_hold_crud, own_card_hold_crud
from app.api.card_hold.errors import NoDepositAsked
from app.api.card_hold.lifecycle import CardHoldActor, CardHoldEvent, CardHoldStatus
from app.api.card_hold.models import CardHold
from app.api.card_hold.schemas import CardHoldOpen, CardHoldSelf
from app.api.human.crud import human_crud
from app.api.popup.calendar import day_at, zone_of
from app.api.popup.crud import popup_crud
from app.api.popup.lifecycle import check_open_for_buyers
from app.api.shared.response import Rendered
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services import card_holds, pages, provider_accounts, providers
from app.services.card_holds import Deposit
from app.services.idempotency import OneTime, once
from app.services.orders import Act
from app.services.pages import AtProvider, Opening, OpenSession, ToOpen
from app.services.payments.protocol import CheckoutRequest, OpenedCheckout, ProviderRefused
from app.services.providers import Desk

logger: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_AWAITED = (ApplicationStatus.DRAFT, ApplicationStatus.IN_REVIEW)
"""Applications that a deposit may be held for: before they are decided."""

_STANDING = (CardHoldStatus.OPENING, *card_holds.SECURED)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wants a deposit held, for which application, and when."""

    human_id: UUID
    application_id: UUID
    act: Act


async def open_hold(
    desk: Desk, open_session: OpenSession, applicant: Applicant, data: CardHoldOpen, key: OneTime
) -> Rendered:
    """Open the page on which a deposit is held; the answer with it is the one kept.

    A deposit that is held, or waits on its page, is the one that is answered with.

    Raises:
        ApplicationUnknown: it is not one's own, or not there.
        NoDepositAsked: the popup wants none of this application, or it is decided.
        PopupClosed: it is over, or not active.
        ProviderNotOffered: the organisation has no account there that can hold an amount.
        ProviderUnavailable: the deposit stands; the same request opens its page.
        ProviderRefused: the deposit stands, and cannot be held so.
    """
    async with open_session() as session:
        answer = await _made(session, applicant, data, key)
    opening = _opening(desk, CardHoldSelf.model_validate_json(bytes(answer.body)).id)
    return await pages.with_page(desk, open_session, key, answer, opening)


async def _made(
    session: BoundSession, applicant: Applicant, data: CardHoldOpen, key: OneTime
) -> Rendered:
    async def effect() -> Rendered:
        hold = await _standing(session, applicant, data)
        return await own_card_hold_crud.get_json(session, hold.id)

    return await once(session, key, data, effect)


async def _standing(session: BoundSession, applicant: Applicant, data: CardHoldOpen) -> CardHold:
    """Return the deposit an application has, or a new one whose page is to be opened."""
    act = applicant.act
    application = await application_crud.locked(session, applicant.application_id)
    if application.human_id != applicant.human_id:
        raise ApplicationUnknown
    popup = await popup_crud.get(session, application.popup_id)
    amount = card_holds.deposit_asked(application, popup)
    if amount is None or application.status not in _AWAITED:
        raise NoDepositAsked
    today = day_at(act.now, zone_of(popup.timezone))
    check_open_for_buyers(popup.status, ends_on=popup.ends_on, today=today)
    for hold in await card_hold_crud.of_application(session, application.id):
        if hold.status is CardHoldStatus.OPENING and hold.expires_at <= act.now:
            await card_holds.happen(
                session, CardHoldActor.SYSTEM, Deposit(hold, application), CardHoldEvent.EXPIRE
            )
        elif hold.status in _STANDING and hold.returned_minor == 0:
            return hold
    hold = CardHold(
        popup_id=popup.id,
        application_id=application.id,
        human_id=application.human_id,
        amount_minor=amount,
        currency=popup.currency,
        provider=await provider_accounts.chosen(
            session, data.provider, takes_sandbox=act.takes_sandbox, captures_later=True
        ),
        expires_at=act.deadline,
    )
    session.add(hold)
    await card_hold_crud.flush(session)
    await defer(session, "expire_card_hold", run_at=act.deadline, hold_id=hold.id)
    return hold


def _opening(desk: Desk, hold_id: UUID) -> Opening:
    async def wanted(session: BoundSession) -> ToOpen | None:
        return await _to_open(session, desk, hold_id)

    async def keep(session: BoundSession, opened: OpenedCheckout) -> None:
        await _write_down(session, hold_id, opened)

    async def answer(session: BoundSession) -> Rendered | None:
        if (await card_hold_crud.get(session, hold_id)).checkout_url is None:
            return None
        return await own_card_hold_crud.get_json(session, hold_id)

    return Opening(wanted, keep, answer)


async def _to_open(session: BoundSession, desk: Desk, hold_id: UUID) -> ToOpen | None:
    hold = await card_hold_crud.get(session, hold_id)
    if hold.status is not CardHoldStatus.OPENING or hold.checkout_url is not None:
        return None
    human = await human_crud.get(session, hold.human_id)
    popup = await popup_crud.get(session, hold.popup_id)
    request = CheckoutRequest(
        payment_id=hold.id,
        amount_minor=hold.amount_minor,
        currency=hold.currency,
        description=popup.name,
        buyer_email=human.email,
        expires_at=hold.expires_at,
        return_url=pages.return_url(desk.settings.portal_url, card_hold=hold.id),
        captures_later=True,
    )
    return ToOpen(session.tenant_id, hold.provider, request)


async def _write_down(session: BoundSession, hold_id: UUID, opened: OpenedCheckout) -> None:
    """Keep where a deposit is held; one that was let go meanwhile has its page closed."""
    hold = await card_hold_crud.locked(session, hold_id)
    if hold.provider_reference is None:
        hold.provider_reference, hold.checkout_url = opened.reference, opened.url
        session.add(hold)
        await session.flush()
    if hold.status is not CardHoldStatus.OPENING:
        await defer(session, "release_card", hold_id=hold_id)


async def capture(desk: Desk, open_session: OpenSession, hold_id: UUID) -> None:
    """Take an amount that is owed now; a provider that refuses leaves the deposit failed.

    Raises:
        ProviderUnavailable: it could not be asked; the job is tried again.
    """
    async with open_session() as session:
        hold = await card_hold_crud.get(session, hold_id)
        place, amount = _place(session, hold), hold.amount_minor
        if hold.status is not CardHoldStatus.CAPTURING or place is None:
            return
    event = CardHoldEvent.PAY
    try:
        adapter = await providers.adapter_of(desk, place.tenant_id, place.provider)
        await adapter.capture(place.reference, amount)
    except ProviderRefused as refused:
        await logger.awarning("card_not_captured", hold=str(hold_id), reason=str(refused))
        event = CardHoldEvent.FAIL
    await _told(open_session, hold_id, event)


async def release(desk: Desk, open_session: OpenSession, hold_id: UUID) -> None:
    """Close a deposit's page and let go what is held; done twice is done once.

    Raises:
        ProviderUnavailable: it could not be told; the job is tried again.
    """
    async with open_session() as session:
        hold = await card_hold_crud.get(session, hold_id)
        place = _place(session, hold)
        if hold.status in _STANDING:
            return
    if place is not None:
        await pages.close(desk, place)
    await _told(open_session, hold_id, CardHoldEvent.LET_GO)


async def pull(desk: Desk, open_session: OpenSession, hold_id: UUID) -> None:
    """Ask the provider about a deposit whose page has lapsed, in case its notice was lost.

    Raises:
        ProviderUnavailable: it could not be asked; the job is tried again.
    """
    async with open_session() as session:
        hold = await card_hold_crud.get(session, hold_id)
        place = _place(session, hold)
        if hold.status is not CardHoldStatus.OPENING:
            return
    if place is not None:
        await pages.pull(desk, open_session, place)


async def lapse(open_session: OpenSession, hold_id: UUID) -> None:
    """Let a deposit go that nobody has named a card for in time."""
    async with open_session() as session:
        deposit = await card_holds.deposit_of(session, hold_id)
        await card_holds.happen(session, CardHoldActor.SYSTEM, deposit, CardHoldEvent.EXPIRE)


def _place(session: BoundSession, hold: CardHold) -> AtProvider | None:
    if hold.provider_reference is None:
        return None
    return AtProvider(session.tenant_id, hold.provider, hold.provider_reference)


async def _told(open_session: OpenSession, hold_id: UUID, event: CardHoldEvent) -> None:
    async with open_session() as session:
        deposit = await card_holds.deposit_of(session, hold_id)
        await card_holds.happen(session, CardHoldActor.PROVIDER, deposit, event)


async def give_up(open_session: OpenSession, hold_id: UUID) -> None:
    """Keep a deposit as failed that nobody could be asked for; staff capture it at the desk."""
    async with open_session() as session:
        deposit = await card_holds.deposit_of(session, hold_id)
        if deposit.hold.status is CardHoldStatus.CAPTURING:
            await card_holds.happen(session, CardHoldActor.PROVIDER, deposit, CardHoldEvent.FAIL)
