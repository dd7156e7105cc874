"""Stripe: a hosted page for each order, signed webhooks, holds and refunds, through its SDK.

A checkout's reference is the id of its Checkout Session. What Stripe says in words is never
passed on: it quotes pieces of keys.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import stripe
from pydantic import BaseModel, ConfigDict, SecretStr

from app.services.payments.protocol import (
    CheckoutRequest,
    Notice,
    NoticeKind,
    OpenedCheckout,
    ProviderRefused,
    ProviderUnavailable,
    RefundRequest,
    SentRefund,
    WebhookNotGenuine,
)
from app.services.payments.stripe_http import stripe_client
from app.services.payments.stripe_objects import (
    Event,
    Intent,
    Refund,
    Session,
    SessionPage,
    from_stripe,
    standing,
    to_stripe,
    told_by,
)

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

WEBHOOK_TOLERANCE_SECONDS = 300
"""How old a webhook may be: a copy that somebody recorded is worth nothing afterwards."""

PAGE_OUTLIVES_ORDER = timedelta(minutes=31)
"""Stripe closes no page of itself within its first 30 minutes.

Added to when the order lapses, and not to now: the same order asks for the same page.
"""

LONGEST_PAGE = timedelta(hours=24)
"""Also how long a page is open when no end is named."""


class StripeKeys(BaseModel):
    """One organisation's secrets at Stripe."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret_key: SecretStr
    webhook_secret: SecretStr


class StripeProvider:
    """One organisation's Stripe account."""

    def __init__(
        self,
        keys: StripeKeys,
        api_base: str = stripe.DEFAULT_API_BASE,
        *,
        timeout_seconds: float = 20,
        retries: int = 2,
    ) -> None:
        self._keys = keys
        self._api_base = api_base
        self._timeout = timeout_seconds
        self._retries = retries

    async def open_checkout(self, request: CheckoutRequest) -> OpenedCheckout:
        """Open a Checkout Session over the whole amount."""
        page = _page_of(request)
        lapses = request.expires_at + PAGE_OUTLIVES_ORDER
        key = f"checkout-{request.payment_id}-{request.amount_minor}-{request.currency}"
        async with self._asking() as client:
            if lapses < datetime.now(UTC) + LONGEST_PAGE:
                page["expires_at"] = int(lapses.timestamp())
            try:
                made = await client.v1.checkout.sessions.create_async(
                    page, {"idempotency_key": key}
                )
            except stripe.IdempotencyError:
                # It was first asked for when its end was still too far away to be named.
                page.pop("expires_at", None)
                made = await client.v1.checkout.sessions.create_async(
                    page, {"idempotency_key": key}
                )
            session = Session.model_validate(made.to_dict())
        if session.url is None:
            raise ProviderRefused("This order's page at Stripe is closed")
        return OpenedCheckout(reference=session.id, url=session.url)

    async def close_checkout(self, reference: str) -> None:
        """Expire the session where nobody paid, cancel the intent where its amount is held."""
        try:
            async with self._asking() as client:
                await _close(client, reference)
        except ProviderRefused as refused:
            # Nobody is there to be told but who asks again later, with keys that are right.
            raise ProviderUnavailable(str(refused)) from None

    async def capture(self, reference: str, amount_minor: int) -> None:
        """Take what is held on the session's intent."""
        async with self._asking() as client:
            session = await _session(client, reference)
            amount = to_stripe(amount_minor, session.iso_currency)
            intent = session.payment_intent
            if not isinstance(intent, Intent):
                raise ProviderRefused("Nothing is held for this order")
            if intent.status == "succeeded" and intent.amount_received == amount:
                return
            if intent.status != "requires_capture":
                raise ProviderRefused("The amount is not held any more")
            await client.v1.payment_intents.capture_async(
                intent.id,
                {"amount_to_capture": amount},
                {"idempotency_key": f"capture-{reference}-{amount}"},
            )

    async def refund(self, request: RefundRequest) -> SentRefund:
        """Send money back; Stripe is asked first whether it did, since it forgets keys."""
        amount = to_stripe(request.amount_minor, request.currency)
        async with self._asking() as client:
            session = await _session(client, request.reference)
            intent_id = session.intent_id
            if intent_id is None or session.iso_currency != request.currency:
                raise ProviderRefused("Nothing was paid for this order in this currency")
            sent, failures = await _sent_before(client, intent_id, request.refund_id)
            if sent is None:
                made = await client.v1.refunds.create_async(
                    {
                        "payment_intent": intent_id,
                        "amount": amount,
                        "metadata": {"refund_id": str(request.refund_id)},
                    },
                    {"idempotency_key": f"refund-{request.refund_id}-{failures}"},
                )
                sent = Refund.model_validate(made.to_dict())
        if sent.is_failed or sent.amount != amount:
            raise ProviderRefused(f"Stripe did not send this refund: it is {sent.status}")
        return SentRefund(reference=sent.id, is_done=sent.status == "succeeded")

    async def look_up(self, reference: str) -> Notice:
        """Read the session and its intent as they are now."""
        async with self._asking() as client:
            return standing(await _session(client, reference))

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Check the signature; only events of an intent ask Stripe for their session."""
        try:
            event = self._proven(headers, body)
            told = told_by(event)
            amount, currency = told.amount, told.currency
            if amount is not None and currency is not None:
                amount = from_stripe(amount, currency)
        except ValueError:
            raise WebhookNotGenuine("This is not written as Stripe writes") from None
        session_id = told.session_id
        if session_id is None and told.intent_id is not None:
            session_id = await self._session_of(told.intent_id)
        if session_id is None:
            return Notice(event_id=event.id, kind=NoticeKind.OTHER, reference=told.intent_id or "")
        return Notice(
            event_id=event.id,
            kind=told.kind,
            reference=session_id,
            amount_minor=amount,
            currency=currency,
        )

    def _proven(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Return the event, if Stripe signed it and not long ago."""
        signature = headers.get("stripe-signature", "")
        # The SDK compares texts in constant time, which Python does for ASCII alone.
        if not signature.isascii():
            raise WebhookNotGenuine
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(),
                signature,
                self._keys.webhook_secret.get_secret_value(),
                tolerance=WEBHOOK_TOLERANCE_SECONDS,
            )
        except stripe.SignatureVerificationError:
            raise WebhookNotGenuine from None
        return Event.model_validate_json(body)

    async def _session_of(self, intent_id: str) -> str | None:
        """Return the session that an intent belongs to; None where it is no page of ours."""
        try:
            async with self._asking() as client:
                found = await client.v1.checkout.sessions.list_async(
                    {"payment_intent": intent_id, "limit": 1}
                )
                page = SessionPage.model_validate(found.to_dict())
        except ProviderRefused as refused:
            raise ProviderUnavailable(str(refused)) from None
        return page.data[0].id if page.data else None

    @asynccontextmanager
    async def _asking(self) -> AsyncGenerator[stripe.StripeClient]:
        """Give a client, and say what goes wrong with it in the platform's words."""
        try:
            async with stripe_client(
                self._keys.secret_key.get_secret_value(),
                self._api_base,
                timeout_seconds=self._timeout,
                retries=self._retries,
            ) as client:
                yield client
        except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError):
            raise ProviderUnavailable("Stripe gave no answer that counts") from None
        except stripe.StripeError as error:
            raise ProviderRefused(_said(error)) from None
        except ValueError:
            raise ProviderUnavailable("Stripe's answer cannot be read") from None


def _page_of(request: CheckoutRequest) -> "SessionCreateParams":
    ours = {"payment_id": str(request.payment_id)}
    return {
        "mode": "payment",
        "client_reference_id": str(request.payment_id),
        "metadata": ours,
        "customer_email": request.buyer_email,
        "success_url": request.return_url,
        "cancel_url": request.return_url,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.currency.lower(),
                    "unit_amount": to_stripe(request.amount_minor, request.currency),
                    "product_data": {"name": request.description},
                },
            }
        ],
        "payment_intent_data": {
            "metadata": ours,
            "capture_method": "manual" if request.captures_later else "automatic",
        },
    }


async def _session(client: stripe.StripeClient, reference: str) -> Session:
    found = await client.v1.checkout.sessions.retrieve_async(
        reference, {"expand": ["payment_intent.latest_charge"]}
    )
    return Session.model_validate(found.to_dict())


async def _close(client: stripe.StripeClient, reference: str) -> None:
    session = await _session(client, reference)
    if session.status == "open":
        try:
            await client.v1.checkout.sessions.expire_async(reference)
        except stripe.InvalidRequestError:
            # Somebody was faster: it is paid, held or expired by now.
            session = await _session(client, reference)
    intent = session.payment_intent
    if isinstance(intent, Intent) and intent.status == "requires_capture":
        try:
            await client.v1.payment_intents.cancel_async(intent.id)
        except stripe.InvalidRequestError:
            # Captured or released in between; a notice tells which.
            return


async def _sent_before(
    client: stripe.StripeClient, intent_id: str, refund_id: UUID
) -> tuple[Refund | None, int]:
    """Return the refund Stripe has under an id of ours, and how many tries there failed.

    Its idempotency keys are forgotten after a day, and a refund may be asked for again later.
    A try that failed sent nothing, so another one may follow.
    """
    failures = 0
    page = await client.v1.refunds.list_async({"payment_intent": intent_id, "limit": 100})
    async for found in page.auto_paging_iter():
        refund = Refund.model_validate(found.to_dict())
        if refund.metadata.get("refund_id") != str(refund_id):
            continue
        if not refund.is_failed:
            return refund, failures
        failures += 1
    return None, failures


def _said(error: stripe.StripeError) -> str:
    """Name Stripe's code and request, by which its dashboard finds the words."""
    code = error.code or type(error).__name__
    return f"Stripe refuses this request: {code} ({error.request_id or 'no request'})"
