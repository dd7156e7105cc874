"""Deposits: held, captured, released; whatever follows hangs on the move.

``lifecycle.move`` says where a deposit goes and with which effects; this module does them,
in the transaction of the move. Whoever calls holds the application's lock.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.api.application.crud import application_crud
from app.api.application.errors import DepositNotHeld
from app.api.application.models import Application
from app.api.card_hold.crud import card_hold_crud
from app.api.card_hold.lifecycle import (
    CardHoldActor,
    CardHoldEffect,
    CardHoldEvent,
    CardHoldFact,
    CardHoldStatus,
    move,
)
from app.api.card_hold.models import CardHold
from app.api.payment.lifecycle import PaymentProvider
from app.api.popup.models import Popup
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services import credit

SECURED = (CardHoldStatus.HELD, CardHoldStatus.CAPTURING, CardHoldStatus.CAPTURED)
"""Deposits that an application can be submitted with."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit with its application, both locked."""

    hold: CardHold
    application: Application


async def deposit_of(session: BoundSession, hold_id: UUID) -> Deposit:
    """Return a deposit, locked until the transaction ends; its application first, as always.

    Raises:
        CardHoldUnknown: there is none of that id in this tenant.
    """
    application_id = (await card_hold_crud.get(session, hold_id)).application_id
    application = await application_crud.locked(session, application_id)
    return Deposit(await card_hold_crud.locked(session, hold_id), application)


async def of_reference(
    session: BoundSession, provider: PaymentProvider, reference: str
) -> Deposit | None:
    """Return the deposit that a provider calls so, locked, or None."""
    hold = await card_hold_crud.of_reference(session, provider, reference)
    return None if hold is None else await deposit_of(session, hold.id)


async def happen(
    session: BoundSession,
    actor: CardHoldActor,
    deposit: Deposit,
    event: CardHoldEvent,
    *,
    returned: int = 0,
) -> CardHold:
    """Let something happen to a deposit: it moves, with all that follows.

    ``returned`` is how much went back with a ``RETURN``, beyond what had before.

    Raises:
        CardHoldMoveRefused: this actor may not do this now; nothing changes.
    """
    hold = deposit.hold
    found = {
        CardHoldFact.WAS_HELD: hold.held_at is not None,
        CardHoldFact.HAS_CREDIT: deposit.application.credit_minor >= returned,
    }
    step = move(hold.status, event, actor, {fact for fact, holds in found.items() if holds})
    hold.status = step.to
    if event is CardHoldEvent.HOLD and hold.held_at is None:
        hold.held_at = utc_now()
    for effect in step.effects:
        await _EFFECTS[effect](session, deposit, returned)
    session.add(hold)
    await session.flush()
    return hold


async def decided(session: BoundSession, application: Application, event: CardHoldEvent) -> None:
    """Capture or release what is held for an application that was decided."""
    for hold in await card_hold_crud.of_application(session, application.id):
        await happen(session, CardHoldActor.SYSTEM, Deposit(hold, application), event)


async def check_secured(session: BoundSession, application: Application, popup: Popup) -> None:
    """Let an application pass whose popup has its deposit, or asks for none.

    Raises:
        DepositNotHeld: no card holds it.
    """
    if deposit_asked(application, popup) is None:
        return
    holds = await card_hold_crud.of_application(session, application.id)
    if not any(hold.status in SECURED and hold.returned_minor == 0 for hold in holds):
        raise DepositNotHeld


def deposit_asked(application: Application, popup: Popup) -> int | None:
    """Return how much has to be held before an application is submitted, or None.

    A group's people are taken in without a review, and so without a deposit.
    """
    return None if application.group_id is not None else popup.application_deposit_minor


async def _send_capture(session: BoundSession, deposit: Deposit, _: int) -> None:
    await defer(session, "capture_card", hold_id=deposit.hold.id)


async def _send_release(session: BoundSession, deposit: Deposit, _: int) -> None:
    await defer(session, "release_card", hold_id=deposit.hold.id)


async def _book_credit(session: BoundSession, deposit: Deposit, _: int) -> None:
    amount = deposit.hold.amount_minor
    await credit.enter(session, deposit.application, amount, reason="deposit")


async def _take_credit(session: BoundSession, deposit: Deposit, returned: int) -> None:
    deposit.hold.returned_minor += returned
    await credit.enter(session, deposit.application, -returned, reason="deposit sent back")


Effect = Callable[[BoundSession, Deposit, int], Awaitable[None]]

_EFFECTS: Mapping[CardHoldEffect, Effect] = {
    CardHoldEffect.SEND_CAPTURE: _send_capture,
    CardHoldEffect.SEND_RELEASE: _send_release,
    CardHoldEffect.BOOK_CREDIT: _book_credit,
    CardHoldEffect.TAKE_CREDIT: _take_credit,
}
