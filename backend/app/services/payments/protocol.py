"""What every payment provider does for an organisation, in the platform's words.

Amounts are integer minor units of the currency (ISO 4217). Every request that moves money
carries a key of ours, so that asking again after a lost answer does nothing twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Protocol
from uuid import UUID

from app.core.errors import DomainError


class ProviderUnavailable(DomainError):
    """The payment provider cannot be reached now.

    Nothing was paid and nothing is lost: the order stands, and the request can be repeated.
    """

    status = HTTPStatus.BAD_GATEWAY


class ProviderRefused(DomainError):
    """The payment provider refuses this request.

    Mostly for its keys or its settings, which staff put right; asking again changes nothing.
    """

    status = HTTPStatus.BAD_GATEWAY


class WebhookNotGenuine(DomainError):
    """This notice does not come from the payment provider."""

    status = HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """An order to be paid on a page of the provider."""

    payment_id: UUID
    amount_minor: int
    currency: str
    description: str
    buyer_email: str
    expires_at: datetime
    """When the order lapses; some providers keep a page open for longer."""

    return_url: str
    """Where the buyer goes afterwards, paid or not: it proves nothing."""

    captures_later: bool = False
    """Hold the amount on the card, to be captured or released by a later request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCheckout:
    """Where the buyer pays, and how the provider calls it."""

    reference: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Money to send back of what was paid under a reference."""

    refund_id: UUID
    """Ours; the provider does nothing twice for one."""

    reference: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRefund:
    """How the provider calls a refund, and whether it is done or under way."""

    reference: str
    is_done: bool


class NoticeKind(StrEnum):
    """What a provider tells of."""

    PAID = "paid"
    HELD = "held"
    """The amount is held on the card, not yet captured."""

    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    """Given up by the buyer, or a held amount was released."""

    REFUNDED = "refunded"
    OTHER = "other"
    """Genuine, and nothing that an order waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that happened at a provider, told once or many times."""

    event_id: str
    """The provider's, by which copies are known; for what was pulled, made of what was seen."""

    kind: NoticeKind
    reference: str
    """Of the checkout, as it was opened."""

    amount_minor: int | None = None
    """What was paid, held or sent back in all; None where the notice names no amount."""

    currency: str | None = None


class PaymentProvider(Protocol):
    """One organisation's account at a provider."""

    async def open_checkout(self, request: CheckoutRequest) -> OpenedCheckout:
        """Open a page on which an order is paid; the same order gets the same one.

        Raises:
            ProviderUnavailable: it gave no answer that counts; asking again is right.
            ProviderRefused: it will not, however often it is asked.
        """

    async def close_checkout(self, reference: str) -> None:
        """Let nobody pay on a page any more, and release what is held; done twice is done once.

        One that was paid meanwhile stays paid: its notice tells.

        Raises:
            ProviderUnavailable: it gave no answer that counts.
        """

    async def capture(self, reference: str, amount_minor: int) -> None:
        """Take what is held; done twice is done once.

        Raises:
            ProviderUnavailable: it gave no answer that counts.
            ProviderRefused: it is not held any more, or the provider cannot hold.
        """

    async def refund(self, request: RefundRequest) -> SentRefund:
        """Send money back; the same refund asked for twice is sent once.

        Raises:
            ProviderUnavailable: it gave no answer that counts.
            ProviderRefused: there is not so much to send back.
        """

    async def look_up(self, reference: str) -> Notice:
        """Ask how things stand with a checkout.

        Raises:
            ProviderUnavailable: it gave no answer that counts.
            ProviderRefused: it knows no such checkout.
        """

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Return what a webhook tells, once it is proven to come from the provider.

        Where webhooks carry no proof, what they name is looked up, and that is returned.
        ``headers`` have lower-case names.

        Raises:
            WebhookNotGenuine: it is unsigned, wrongly signed, or too old.
            ProviderUnavailable: it had to be looked up, and could not be.
        """
