"""What happens on the sandbox's page: somebody pays, or does not, and the platform is told."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.api.payment.lifecycle import PaymentProvider
from app.api.sandbox.errors import SandboxCheckoutOver, SandboxCheckoutUnknown
from app.api.sandbox.models import SandboxCheckout, SandboxStatus
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services import notices, providers
from app.services.payments.protocol import ProviderRefused
from app.services.providers import Desk
from app.services.sandbox import SandboxMessage, SandboxProvider, locked

DELAY = timedelta(seconds=15)
"""How long a slow transfer takes: long enough to see the order wait."""


class SandboxAction(StrEnum):
    """What somebody can do on the sandbox's page."""

    PAY = "pay"
    PAY_TWICE_TOLD = "pay-twice-told"
    """The notice comes twice, at the same time."""

    PAY_SLOWLY = "pay-slowly"
    PAY_LATE = "pay-late"
    """By a transfer that arrives when the order has lapsed."""

    FAIL = "fail"
    CANCEL = "cancel"
    REFUND = "refund"
    """At the provider's own desk, past the platform."""

    LET_GO = "let-go"
    """The bank gives up what it held, as it does after some days."""


_ENDS: Mapping[SandboxAction, SandboxStatus | None] = {
    SandboxAction.PAY: None,
    SandboxAction.PAY_TWICE_TOLD: None,
    SandboxAction.FAIL: SandboxStatus.FAILED,
    SandboxAction.CANCEL: SandboxStatus.CANCELLED,
}
"""How a page ends; None where the amount is taken, or held."""


async def checkout_at(session: BoundSession, reference: str) -> SandboxCheckout:
    """Return a checkout.

    Raises:
        SandboxCheckoutUnknown: there is none of that reference.
    """
    checkout = await locked(session, reference)
    if checkout is None:
        raise SandboxCheckoutUnknown
    return checkout


async def act_on(desk: Desk, tenant_id: UUID, reference: str, action: SandboxAction) -> None:
    """Do what was chosen on the page, and tell the platform of it.

    Raises:
        SandboxCheckoutUnknown: there is none of that reference.
        SandboxCheckoutOver: nothing can be paid here any more, or not yet given back.
    """
    async with desk.session(tenant_id, PaymentProvider.SANDBOX) as session:
        checkout = await checkout_at(session, reference)
        await _move(session, checkout, action)
    if checkout.status is SandboxStatus.UNDERWAY:
        return
    copies = 2 if action is SandboxAction.PAY_TWICE_TOLD else 1
    await asyncio.gather(*(tell(desk, tenant_id, reference) for _ in range(copies)))


async def _move(session: BoundSession, checkout: SandboxCheckout, action: SandboxAction) -> None:
    if action is SandboxAction.REFUND:
        left = checkout.amount_minor - sum(checkout.refunds.values())
        if checkout.status is not SandboxStatus.PAID or left == 0:
            raise SandboxCheckoutOver
        checkout.refunds = {**checkout.refunds, "desk": left}
    elif action is SandboxAction.LET_GO:
        if checkout.status is not SandboxStatus.HELD:
            raise SandboxCheckoutOver
        checkout.status = SandboxStatus.CANCELLED
    elif checkout.status is not SandboxStatus.OPEN:
        raise SandboxCheckoutOver
    elif action in _ENDS:
        checkout.status = _ENDS[action] or _taken(checkout)
    else:
        checkout.status = SandboxStatus.UNDERWAY
        checkout.settles_at = _settling(checkout, action)
        when, told = checkout.settles_at, checkout.reference
        await defer(session, "settle_sandbox_checkout", run_at=when, reference=told)
    session.add(checkout)
    await session.flush()


def _taken(checkout: SandboxCheckout) -> SandboxStatus:
    return SandboxStatus.HELD if checkout.captures_later else SandboxStatus.PAID


def _settling(checkout: SandboxCheckout, action: SandboxAction) -> datetime:
    now = utc_now()
    is_late = action is SandboxAction.PAY_LATE
    return (max(now, checkout.expires_at) if is_late else now) + DELAY


async def settle(desk: Desk, tenant_id: UUID, reference: str) -> None:
    """Let a transfer arrive that was under way, and tell the platform of it."""
    async with desk.session(tenant_id, PaymentProvider.SANDBOX) as session:
        checkout = await checkout_at(session, reference)
        if checkout.status is SandboxStatus.UNDERWAY:
            checkout.status = _taken(checkout)
            session.add(checkout)
            await session.flush()
    await tell(desk, tenant_id, reference)


async def tell(desk: Desk, tenant_id: UUID, reference: str) -> None:
    """Send the platform a signed notice of how a checkout stands, the way all of them come."""
    adapter = await providers.adapter_of(desk, tenant_id, PaymentProvider.SANDBOX)
    if not isinstance(adapter, SandboxProvider):
        raise ProviderRefused
    async with desk.session(tenant_id, PaymentProvider.SANDBOX) as session:
        message = SandboxMessage.of(await checkout_at(session, reference))
    headers, body = message.signed(adapter.keys)
    await notices.receive(desk, tenant_id, PaymentProvider.SANDBOX, headers, body)
