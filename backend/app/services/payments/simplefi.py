"""SimpleFi: a hosted request for payment in coins or by card, confirmed by asking back.

Its webhooks carry no proof, so what one says is never believed: the request it names is
looked up with the organisation's key. Its API sends nothing back, holds nothing and closes
nothing. A checkout's reference is the id of its payment request.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus

import httpx
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr

from app.api.shared.money import decimal_text, from_decimal_text, minor_units
from app.core.errors import DomainError
from app.services.payments.network import network
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

API_BASE = "https://api.simplefi.tech"

_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""What may stand in the path of a request: a notice that nobody signed names it."""


class SimplefiKeys(BaseModel):
    """One organisation's secret at SimpleFi."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key: SecretStr


class _PaymentRequest(BaseModel):
    """What is read of a payment request; amounts are in major units."""

    id: str
    status: str
    amount: Decimal
    currency: str
    amount_paid: Decimal = Decimal(0)
    """What the coins were worth when they came: often a fraction off the amount."""

    url: str | None = Field(
        default=None, validation_alias=AliasChoices("checkout_v2_url", "checkout_url")
    )


class _Named(BaseModel):
    id: str


class _NoticeData(BaseModel):
    payment_request: _Named


class _Webhook(BaseModel):
    """What is read of a webhook: the request it is about, and nothing it claims of it."""

    data: _NoticeData


class SimplefiProvider:
    """One organisation's SimpleFi account."""

    def __init__(
        self,
        keys: SimplefiKeys,
        api_base: str = API_BASE,
        *,
        notification_url: str | None = None,
        timeout_seconds: float = 20,
    ) -> None:
        """Tell SimpleFi to send its webhooks to ``notification_url``, if there is one."""
        self._keys = keys
        self._api_base = api_base.rstrip("/")
        self._notification_url = notification_url
        self._timeout = timeout_seconds

    async def open_checkout(self, request: CheckoutRequest) -> OpenedCheckout:
        """Make a payment request.

        SimpleFi knows no idempotency key. When its answer is lost, the request that was
        made stays behind, at an address nobody was told.
        """
        if request.captures_later:
            raise ProviderRefused("SimpleFi cannot hold an amount")
        body: dict[str, object] = {
            "amount": _number(request.amount_minor, request.currency),
            "currency": request.currency,
            "memo": request.description,
            "reference": {"payment_id": str(request.payment_id), "email": request.buyer_email},
            "redirect_urls": {
                "success_url": request.return_url,
                "cancel_url": request.return_url,
            },
        }
        if self._notification_url is not None:
            body["notification_url"] = self._notification_url
        made = await self._ask("POST", "/payment_requests", body)
        if made is None or made.url is None:
            raise ProviderUnavailable("SimpleFi named no page to pay on")
        if _minor(made) != request.amount_minor or made.currency != request.currency:
            raise ProviderRefused("SimpleFi opened a page over another amount")
        return OpenedCheckout(reference=made.id, url=made.url)

    async def close_checkout(self, reference: str) -> None:
        """Do nothing: SimpleFi closes its pages itself, and at no one's request.

        A late payment is told of like any other.
        """

    async def capture(self, reference: str, amount_minor: int) -> None:  # noqa: ARG002  # as the protocol has it
        """Refuse: nothing is ever held."""
        raise ProviderRefused("SimpleFi cannot hold an amount")

    async def refund(self, request: RefundRequest) -> SentRefund:  # noqa: ARG002  # as the protocol has it
        """Refuse: coins are sent back from the organisation's own wallet."""
        raise ProviderRefused("SimpleFi sends nothing back: refund by hand, then record it")

    async def look_up(self, reference: str) -> Notice:
        """Read the payment request as it is now."""
        found = await self._find(reference)
        if found is None:
            raise ProviderRefused("SimpleFi knows no such payment request")
        return _notice(found)

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:  # noqa: ARG002  # nothing in them proves anything
        """Look up what the webhook names."""
        try:
            named = _Webhook.model_validate_json(body).data.payment_request.id
            found = await self._find(named)
        except ValueError:
            raise WebhookNotGenuine("This names no payment request") from None
        except ProviderRefused as refused:
            raise ProviderUnavailable(str(refused)) from None
        if found is None:
            raise WebhookNotGenuine("SimpleFi knows nothing of this")
        return _notice(found)

    async def _find(self, reference: str) -> _PaymentRequest | None:
        if _REFERENCE.fullmatch(reference) is None:
            return None
        found = await self._ask("GET", f"/payment_requests/{reference}")
        if found is not None and found.id != reference:
            raise ProviderUnavailable("SimpleFi answered about another payment request")
        return found

    async def _ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> _PaymentRequest | None:
        """Return what is answered; None where there is nothing."""
        key = self._keys.api_key.get_secret_value()
        try:
            async with network(self._timeout) as client:
                answer = await client.request(
                    method,
                    f"{self._api_base}{path}",
                    json=body,
                    headers={"Authorization": f"Bearer {key}"},
                )
        except httpx.HTTPError:
            raise ProviderUnavailable("SimpleFi gave no answer that counts") from None
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        _refuse_unless_good(answer.status_code)
        return _read(answer.content)


def _refuse_unless_good(status: int) -> None:
    is_passing = status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
    if is_passing or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ProviderUnavailable(f"SimpleFi gave no answer that counts ({status})")
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise ProviderRefused(f"SimpleFi refuses this request ({status})")


def _read(content: bytes) -> _PaymentRequest:
    """Read an answer without a binary fraction on the way."""
    try:
        answer = json.loads(content, parse_float=Decimal)
        # It is wrapped in some answers and bare in others.
        inner = answer.get("payment_request", answer) if isinstance(answer, dict) else answer
        found = _PaymentRequest.model_validate(inner)
        _minor(found)
    except (ValueError, DomainError):
        raise ProviderUnavailable("SimpleFi's answer cannot be read") from None
    return found


def _number(amount_minor: int, currency: str) -> float:
    """Return an amount as the JSON number SimpleFi asks for.

    Nothing is lost: amounts have at most 15 significant digits, and so many survive a
    double-precision number there and back.
    """
    return float(decimal_text(minor_units(amount_minor), currency))


def _minor(found: _PaymentRequest) -> int:
    return from_decimal_text(f"{found.amount:f}", found.currency)


def _notice(found: _PaymentRequest) -> Notice:
    kinds = {
        "approved": NoticeKind.PAID,
        "expired": NoticeKind.EXPIRED,
        "cancelled": NoticeKind.CANCELLED,
        "rejected": NoticeKind.FAILED,
    }
    kind = kinds.get(found.status, NoticeKind.OTHER)
    # Coins may come after the end: the request stays expired, and the money is there.
    if kind is NoticeKind.EXPIRED and found.amount_paid >= found.amount > 0:
        kind = NoticeKind.PAID
    is_paid = kind is NoticeKind.PAID
    return Notice(
        event_id=f"{found.id}:{kind}",
        kind=kind,
        reference=found.id,
        # That it is paid is SimpleFi's word; the coins' worth beside it moves with a rate.
        amount_minor=_minor(found) if is_paid else None,
        currency=found.currency if is_paid else None,
    )
