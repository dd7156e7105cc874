"""What is read of Stripe's objects, and what they tell in the platform's words.

Only these fields are relied on; they have had the same meaning in every version of its API.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, Field, JsonValue, StrictInt

from app.services.payments.protocol import Notice, NoticeKind, ProviderRefused

HUNDREDS_AT_STRIPE: Mapping[str, tuple[int, int]] = {
    "ISK": (100, 1),
    "UGX": (100, 1),
    "MGA": (1, 100),
}
"""Currencies whose unit at Stripe is not ISO 4217's minor unit: multiply, then divide.

Stripe keeps ISK and UGX with two decimals that must be zero, and MGA with none.
"""

WRITTEN_IN_TENS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Three decimals, of which card networks carry two: the last digit must be zero."""


def to_stripe(amount_minor: int, currency: str) -> int:
    """Return an amount as Stripe counts it.

    Raises:
        ProviderRefused: Stripe cannot take exactly this amount, and nothing is rounded.
    """
    times, by = HUNDREDS_AT_STRIPE.get(currency, (1, 1))
    if amount_minor % by or (currency in WRITTEN_IN_TENS and amount_minor % 10):
        raise ProviderRefused(f"Stripe takes no {currency} amounts as fine as this one")
    return amount_minor * times // by


def from_stripe(amount: int, currency: str) -> int:
    """Return minor units; the inverse of ``to_stripe``.

    Raises:
        ValueError: the amount is finer than a minor unit, which Stripe never says.
    """
    by, times = HUNDREDS_AT_STRIPE.get(currency, (1, 1))
    if amount % by:
        raise ValueError(f"Stripe's {currency} amounts are whole minor units")
    return amount * times // by


class Charge(BaseModel):
    """One taking of money, and how much of it was sent back since."""

    id: str
    currency: str
    amount_refunded: StrictInt
    refunded: bool
    """All of it was sent back."""

    payment_intent: str | None = None


class Intent(BaseModel):
    """The money of one checkout: asked for, held, taken."""

    id: str
    status: str
    currency: str
    capture_method: str
    amount_capturable: StrictInt = 0
    amount_received: StrictInt = 0
    latest_charge: Charge | str | None = None
    """The charge itself only where it was asked for with the intent."""


class Session(BaseModel):
    """A page on which one order is paid."""

    id: str
    status: str
    payment_status: str
    currency: str
    amount_total: StrictInt
    url: str | None = None
    payment_intent: Intent | str | None = None

    @property
    def iso_currency(self) -> str:
        """The code as ISO 4217 writes it."""
        return self.currency.upper()

    @property
    def intent_id(self) -> str | None:
        """The intent's id, where the buyer has got that far."""
        intent = self.payment_intent
        return intent.id if isinstance(intent, Intent) else intent


class SessionPage(BaseModel):
    """The sessions of an intent: one or none."""

    data: list[Session]


class Refund(BaseModel):
    """Money on its way back."""

    id: str
    amount: StrictInt
    status: str
    metadata: dict[str, str] = Field(default_factory=dict)

    @property
    def is_failed(self) -> bool:
        """Whether nothing was sent, and nothing will be."""
        return self.status in {"failed", "canceled"}


class EventData(BaseModel):
    """What an event is about, as it was at that moment."""

    object: dict[str, JsonValue]


class Event(BaseModel):
    """What a webhook of Stripe's tells."""

    id: str
    type: str
    data: EventData


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an event tells, before it is known of which checkout."""

    kind: NoticeKind
    session_id: str | None = None
    intent_id: str | None = None
    amount: int | None = None
    """As Stripe counts."""

    currency: str | None = None


OF_SESSIONS: Mapping[str, NoticeKind] = {
    "checkout.session.completed": NoticeKind.PAID,
    "checkout.session.async_payment_succeeded": NoticeKind.PAID,
    "checkout.session.async_payment_failed": NoticeKind.FAILED,
    "checkout.session.expired": NoticeKind.EXPIRED,
}


def told_by(event: Event) -> Told:
    """Say what an event means for an order.

    Raises:
        pydantic.ValidationError: it is not written as Stripe writes this event.
    """
    if event.type in OF_SESSIONS:
        return _told_of_session(event)
    if event.type.startswith("payment_intent."):
        return _told_of_intent(event)
    if event.type == "charge.refunded":
        charge = Charge.model_validate(event.data.object)
        return Told(
            kind=NoticeKind.REFUNDED,
            intent_id=charge.payment_intent,
            amount=charge.amount_refunded,
            currency=charge.currency.upper(),
        )
    return Told(kind=NoticeKind.OTHER)


def _told_of_session(event: Event) -> Told:
    session = Session.model_validate(event.data.object)
    kind = OF_SESSIONS[event.type]
    if kind is not NoticeKind.PAID:
        return Told(kind=kind, session_id=session.id)
    if session.payment_status != "paid":
        # A bank still has to say yes, or the amount is only held: another event follows.
        return Told(kind=NoticeKind.OTHER, session_id=session.id)
    return Told(
        kind=kind,
        session_id=session.id,
        amount=session.amount_total,
        currency=session.iso_currency,
    )


def _told_of_intent(event: Event) -> Told:
    intent = Intent.model_validate(event.data.object)
    kind, amount = NoticeKind.OTHER, None
    if event.type == "payment_intent.canceled":
        kind = NoticeKind.CANCELLED
    if event.type == "payment_intent.amount_capturable_updated" and intent.amount_capturable:
        kind, amount = NoticeKind.HELD, intent.amount_capturable
    # Where nothing is held first, the session's own event tells of the same payment.
    if event.type == "payment_intent.succeeded" and intent.capture_method == "manual":
        kind, amount = NoticeKind.PAID, intent.amount_received
    if kind is NoticeKind.OTHER:
        return Told(kind=kind)
    currency = None if amount is None else intent.currency.upper()
    return Told(kind=kind, intent_id=intent.id, amount=amount, currency=currency)


def standing(session: Session) -> Notice:
    """Tell how things stand with a session that was read together with its intent.

    Raises:
        ValueError: Stripe names an amount it cannot have.
    """
    kind, amount = _standing(session)
    currency = session.iso_currency
    intent = session.payment_intent
    seen: list[str] = [session.id, kind, session.status, session.payment_status]
    if isinstance(intent, Intent):
        seen.append(intent.status)
    if amount is not None:
        seen.append(str(amount))
    return Notice(
        event_id=":".join(seen),
        kind=kind,
        reference=session.id,
        amount_minor=None if amount is None else from_stripe(amount, currency),
        currency=None if amount is None else currency,
    )


def _standing(session: Session) -> tuple[NoticeKind, int | None]:
    """Return the kind, and the amount as Stripe counts it."""
    if session.status == "expired":
        return NoticeKind.EXPIRED, None
    intent = session.payment_intent
    # While the page is open, a card that was refused may be followed by another one.
    if session.status != "complete" or not isinstance(intent, Intent):
        return NoticeKind.OTHER, None
    if intent.status == "succeeded":
        charge = intent.latest_charge
        if isinstance(charge, Charge) and charge.refunded:
            return NoticeKind.REFUNDED, charge.amount_refunded
        return NoticeKind.PAID, intent.amount_received
    if intent.status == "requires_capture":
        return NoticeKind.HELD, intent.amount_capturable
    ended = {
        "canceled": NoticeKind.CANCELLED,
        "requires_payment_method": NoticeKind.FAILED,
    }
    return ended.get(intent.status, NoticeKind.OTHER), None
