"""The sandbox: a payment provider of our own, which needs no network and takes no money.

What a real provider keeps in a house of its own stands in ``sandbox_checkouts``, which
nothing reads but this provider and the page it shows. Its notices are signed and go the
way of every provider's.
"""

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.api.sandbox.models import SandboxCheckout, SandboxStatus
from app.api.shared.types import new_id
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services.payments.protocol import (
    CheckoutRequest,
    Notice,
    NoticeKind,
    OpenedCheckout,
    ProviderRefused,
    RefundRequest,
    SentRefund,
    WebhookNotGenuine,
)
from app.services.payments.signing import sign, verify

OpenSession: TypeAlias = Callable[[], AbstractAsyncContextManager[BoundSession]]

PAGES_PATH = "/api/v1/sandbox/checkouts"
"""Where its pages are; tenant and reference follow."""

SIGNATURE_HEADER = "sandbox-signature"
REFERENCE_BYTES = 24

_KINDS: Mapping[SandboxStatus, NoticeKind] = {
    SandboxStatus.OPEN: NoticeKind.OTHER,
    SandboxStatus.UNDERWAY: NoticeKind.OTHER,
    SandboxStatus.HELD: NoticeKind.HELD,
    SandboxStatus.PAID: NoticeKind.PAID,
    SandboxStatus.FAILED: NoticeKind.FAILED,
    SandboxStatus.CANCELLED: NoticeKind.CANCELLED,
    SandboxStatus.CLOSED: NoticeKind.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class SandboxKeys:
    """The one key of an account at the sandbox, which signs its notices."""

    signing_key: str


def new_sandbox_keys() -> dict[str, str]:
    """Make up keys: at the sandbox everybody has an account already."""
    return {"signing_key": secrets.token_hex(32)}


class SandboxMessage(BaseModel):
    """What the sandbox writes into a notice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event_id: str
    kind: NoticeKind
    reference: str
    amount_minor: int
    currency: str

    @classmethod
    def of(cls, checkout: SandboxCheckout) -> "SandboxMessage":
        """Tell how a checkout stands; told again it is the same event."""
        sent_back = sum(checkout.refunds.values())
        kind = NoticeKind.REFUNDED if sent_back else _KINDS[checkout.status]
        amount = sent_back or checkout.amount_minor
        return cls(
            event_id=f"{checkout.reference}:{kind}:{amount}",
            kind=kind,
            reference=checkout.reference,
            amount_minor=amount,
            currency=checkout.currency,
        )

    def signed(self, keys: SandboxKeys) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of the webhook that tells it, now."""
        body = self.model_dump_json().encode()
        at = int(utc_now().timestamp())
        return {SIGNATURE_HEADER: sign(keys.signing_key, body, at)}, body

    def notice(self) -> Notice:
        """Return it in the platform's words."""
        return Notice(
            event_id=self.event_id,
            kind=self.kind,
            reference=self.reference,
            amount_minor=self.amount_minor,
            currency=self.currency,
        )


@dataclass(frozen=True, slots=True)
class SandboxProvider:
    """One organisation's account at the sandbox."""

    keys: SandboxKeys
    open_session: OpenSession
    pages_url: str
    """Where the organisation's pages are; the reference follows."""

    async def open_checkout(self, request: CheckoutRequest) -> OpenedCheckout:
        """Make a page for an order, or find the one it has."""
        async with self.open_session() as session:
            made = insert(SandboxCheckout).values(
                tenant_id=session.tenant_id,
                id=new_id(),
                reference=f"sandbox_{secrets.token_urlsafe(REFERENCE_BYTES)}",
                order_id=request.payment_id,
                amount_minor=request.amount_minor,
                currency=request.currency,
                description=request.description,
                return_url=request.return_url,
                captures_later=request.captures_later,
                status=SandboxStatus.OPEN,
                refunds={},
                expires_at=request.expires_at,
            )
            await session.exec(made.on_conflict_do_nothing())
            found = select(SandboxCheckout).where(
                col(SandboxCheckout.order_id) == request.payment_id
            )
            reference = (await session.exec(found)).one().reference
        return OpenedCheckout(reference=reference, url=f"{self.pages_url}/{reference}")

    async def close_checkout(self, reference: str) -> None:
        """Let nobody pay on a page any more, and release what is held; what is paid stays so."""
        async with self.open_session() as session:
            checkout = await locked(session, reference)
            if checkout is None:
                return
            if checkout.status is SandboxStatus.OPEN:
                checkout.status = SandboxStatus.CLOSED
                await session.flush()
            elif checkout.status is SandboxStatus.HELD:
                checkout.status = SandboxStatus.CANCELLED
                await session.flush()
                await defer(session, "tell_sandbox_event", reference=reference)

    async def capture(self, reference: str, amount_minor: int) -> None:
        """Take what is held, and tell of it as providers do."""
        async with self.open_session() as session:
            checkout = await locked(session, reference)
            if checkout is None or checkout.amount_minor != amount_minor:
                raise ProviderRefused("So much is not held here")
            if checkout.status is SandboxStatus.PAID:
                return
            if checkout.status is not SandboxStatus.HELD:
                raise ProviderRefused("The amount is not held any more")
            checkout.status = SandboxStatus.PAID
            await session.flush()
            await defer(session, "tell_sandbox_event", reference=reference)

    async def refund(self, request: RefundRequest) -> SentRefund:
        """Send money back, and tell of it as providers do."""
        async with self.open_session() as session:
            checkout = await locked(session, request.reference)
            if checkout is None:
                raise ProviderRefused("The sandbox knows no such checkout")
            key = str(request.refund_id)
            if key not in checkout.refunds:
                _send_back(checkout, key, request.amount_minor)
                await session.flush()
                await defer(session, "tell_sandbox_event", reference=request.reference)
        return SentRefund(reference=f"sandbox_refund_{key}", is_done=True)

    async def look_up(self, reference: str) -> Notice:
        """Tell how a checkout stands.

        Raises:
            ProviderRefused: the sandbox knows no such checkout.
        """
        async with self.open_session() as session:
            checkout = await locked(session, reference)
            if checkout is None:
                raise ProviderRefused("The sandbox knows no such checkout")
            return SandboxMessage.of(checkout).notice()

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Return what a webhook tells, once its signature is right.

        Raises:
            WebhookNotGenuine: it is not, or it is too old.
        """
        now = int(utc_now().timestamp())
        verify(self.keys.signing_key, headers.get(SIGNATURE_HEADER, ""), body, now)
        try:
            return SandboxMessage.model_validate_json(body).notice()
        except ValidationError:
            raise WebhookNotGenuine from None


def _send_back(checkout: SandboxCheckout, key: str, amount_minor: int) -> None:
    """Write down that money was sent back.

    Raises:
        ProviderRefused: there is not so much to send back.
    """
    is_paid = checkout.status is SandboxStatus.PAID
    if not is_paid or sum(checkout.refunds.values()) + amount_minor > checkout.amount_minor:
        raise ProviderRefused("There is not so much to send back")
    checkout.refunds = {**checkout.refunds, key: amount_minor}


async def locked(session: BoundSession, reference: str) -> SandboxCheckout | None:
    """Return a checkout that nobody else changes until this transaction ends, or None."""
    found = select(SandboxCheckout).where(col(SandboxCheckout.reference) == reference)
    fresh = found.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(fresh)).one_or_none()
