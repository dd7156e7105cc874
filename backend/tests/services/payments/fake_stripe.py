"""As much of Stripe as an order meets: sessions, intents, refunds, idempotency, signatures."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import parse_qsl

from pydantic import JsonValue

from tests.services.payments.fake_http import Answer, Asked, now

KEY = "sk_test_of_the_tests_51Hxyz"
WEBHOOK_SECRET = "whsec_of_the_tests_9abc"
MANUAL = "manual"
Form = dict[str, str]


class Refusal(Exception):
    """A 4xx of Stripe's."""

    def __init__(self, status: int, code: str, kind: str = "invalid_request_error") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.kind = kind


@dataclass
class FakeRefund:
    id: str
    intent: str
    amount: int
    metadata: dict[str, str]
    status: str = "succeeded"

    def shown(self) -> JsonValue:
        return {
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "payment_intent": self.intent,
            "status": self.status,
            "metadata": dict(self.metadata),
        }


@dataclass
class FakeIntent:
    id: str
    amount: int
    currency: str
    capture_method: str
    status: str
    capturable: int = 0
    received: int = 0
    refunded: int = 0

    def shown(self) -> dict[str, JsonValue]:
        return {
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "currency": self.currency,
            "capture_method": self.capture_method,
            "status": self.status,
            "amount_capturable": self.capturable,
            "amount_received": self.received,
            "latest_charge": self.charge() if self.received else None,
        }

    def charge(self) -> dict[str, JsonValue]:
        return {
            "id": f"ch_{self.id}",
            "object": "charge",
            "currency": self.currency,
            "payment_intent": self.id,
            "amount_refunded": self.refunded,
            "refunded": self.refunded == self.received > 0,
        }

    def take(self, amount: int) -> None:
        self.status, self.received, self.capturable = "succeeded", amount, 0


@dataclass
class FakeSession:
    id: str
    form: Form
    expires_at: int
    status: str = "open"
    payment_status: str = "unpaid"
    intent: FakeIntent | None = None

    @property
    def amount(self) -> int:
        return int(self.form["line_items[0][price_data][unit_amount]"])

    @property
    def currency(self) -> str:
        return self.form["line_items[0][price_data][currency]"]

    def shown(self, *, expanded: bool = False) -> dict[str, JsonValue]:
        intent: JsonValue = None
        if self.intent is not None:
            intent = self.intent.shown() if expanded else self.intent.id
        return {
            "id": self.id,
            "object": "checkout.session",
            "status": self.status,
            "payment_status": self.payment_status,
            "amount_total": self.amount,
            "currency": self.currency,
            "client_reference_id": self.form["client_reference_id"],
            "url": f"https://checkout.stripe.test/{self.id}" if self.status == "open" else None,
            "payment_intent": intent,
            "expires_at": self.expires_at,
        }


@dataclass
class FakeStripe:
    """One account; the methods below the rules are what happens on Stripe's side."""

    key: str = KEY
    sessions: dict[str, FakeSession] = field(default_factory=dict)
    refunds: list[FakeRefund] = field(default_factory=list)
    remembered: dict[str, tuple[Form, Answer]] = field(default_factory=dict)
    before_change: Callable[[], object] | None = None
    """Runs once before the next change, where somebody else is faster."""

    refund_status: str = "succeeded"
    ids: "count[int]" = field(default_factory=lambda: count(1))

    def answer(self, asked: Asked) -> Answer:
        form = dict(parse_qsl(asked.body.decode() or asked.query))
        try:
            self._let_in(asked)
            if asked.method == "GET":
                return Answer(200, self._read(asked.path, form))
            return self._once(asked, form)
        except Refusal as refusal:
            said: JsonValue = {
                "message": f"No, says Stripe of {asked.headers.get('authorization')}",
                "type": refusal.kind,
                "code": refusal.code,
            }
            return Answer(refusal.status, {"error": said})

    def _let_in(self, asked: Asked) -> None:
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            raise Refusal(401, "", "authentication_error")

    def _once(self, asked: Asked, form: Form) -> Answer:
        key = asked.headers["idempotency-key"]
        known = self.remembered.get(key)
        if known is not None:
            if known[0] != form:
                raise Refusal(400, "idempotency_key_in_use", "idempotency_error")
            return known[1]
        if self.before_change is not None:
            faster, self.before_change = self.before_change, None
            faster()
        answer = Answer(200, self._change(asked.path, form))
        self.remembered[key] = (form, answer)
        return answer

    def _read(self, path: str, form: Form) -> JsonValue:
        match path.removeprefix("/v1/").split("/"):
            case ["checkout", "sessions"]:
                intent_id = form["payment_intent"]
                of_intent = [
                    session.shown()
                    for session in self.sessions.values()
                    if session.intent is not None and session.intent.id == intent_id
                ]
                return page(of_intent[: int(form["limit"])])
            case ["checkout", "sessions", session_id]:
                return self._session(session_id).shown(
                    expanded=form.get("expand[0]", "").startswith("payment_intent")
                )
            case ["refunds"]:
                mine = [one for one in self.refunds if one.intent == form["payment_intent"]]
                after = form.get("starting_after")
                start = [one.id for one in mine].index(after) + 1 if after else 0
                end = start + min(int(form["limit"]), 2)
                return page([one.shown() for one in mine[start:end]], has_more=end < len(mine))
        raise Refusal(404, "resource_missing")

    def _change(self, path: str, form: Form) -> JsonValue:
        match path.removeprefix("/v1/").split("/"):
            case ["checkout", "sessions"]:
                return self._open(form).shown()
            case ["checkout", "sessions", session_id, "expire"]:
                session = self._session(session_id)
                if session.status != "open":
                    raise Refusal(400, "resource_not_open")
                session.status = "expired"
                return session.shown()
            case ["payment_intents", intent_id, "capture"]:
                intent = self._held(intent_id)
                amount = int(form["amount_to_capture"])
                if amount > intent.capturable:
                    raise Refusal(400, "amount_too_large")
                intent.take(amount)
                return intent.shown()
            case ["payment_intents", intent_id, "cancel"]:
                intent = self._held(intent_id)
                intent.status, intent.capturable = "canceled", 0
                return intent.shown()
            case ["refunds"]:
                return self._refund(form).shown()
        raise Refusal(404, "resource_missing")

    def _open(self, form: Form) -> FakeSession:
        lapses = int(form.get("expires_at", now() + 24 * 3600))
        if not now() + 30 * 60 <= lapses <= now() + 24 * 3600:
            raise Refusal(400, "expires_at_invalid")
        session = FakeSession(f"cs_test_{next(self.ids)}", form, lapses)
        if session.currency in {"isk", "ugx"} and session.amount % 100:
            raise Refusal(400, "invalid_amount")
        if session.currency in {"bhd", "jod", "kwd", "omr", "tnd"} and session.amount % 10:
            raise Refusal(400, "invalid_amount")
        if session.amount > 99_999_999:
            raise Refusal(400, "amount_too_large")
        self.sessions[session.id] = session
        return session

    def _refund(self, form: Form) -> FakeRefund:
        intent = self._intent(form["payment_intent"])
        amount = int(form["amount"])
        if intent.refunded + amount > intent.received:
            raise Refusal(400, "charge_already_refunded")
        refund = FakeRefund(
            f"re_{next(self.ids)}",
            intent.id,
            amount,
            {"refund_id": form["metadata[refund_id]"]},
            self.refund_status,
        )
        if self.refund_status not in {"failed", "canceled"}:
            intent.refunded += amount
        self.refunds.append(refund)
        return refund

    def _session(self, session_id: str) -> FakeSession:
        if session_id not in self.sessions:
            raise Refusal(404, "resource_missing")
        return self.sessions[session_id]

    def _intent(self, intent_id: str) -> FakeIntent:
        for session in self.sessions.values():
            if session.intent is not None and session.intent.id == intent_id:
                return session.intent
        raise Refusal(404, "resource_missing")

    def _held(self, intent_id: str) -> FakeIntent:
        intent = self._intent(intent_id)
        if intent.status != "requires_capture":
            raise Refusal(400, "payment_intent_unexpected_state")
        return intent

    def pay(self, session_id: str, *, is_slow: bool = False) -> FakeIntent:
        """The buyer pays on the page; a slow way to pay is settled by the bank later."""
        session = self._session(session_id)
        assert session.status == "open"
        method = session.form["payment_intent_data[capture_method]"]
        intent = FakeIntent(
            f"pi_{next(self.ids)}", session.amount, session.currency, method, "processing"
        )
        session.intent, session.status = intent, "complete"
        if method == MANUAL:
            intent.status, intent.capturable = "requires_capture", intent.amount
        elif not is_slow:
            self.settle(session_id)
        return intent

    def settle(self, session_id: str, *, is_good: bool = True) -> None:
        """The money arrives, or the bank says no."""
        session = self._session(session_id)
        assert session.intent is not None
        if is_good:
            session.payment_status = "paid"
            session.intent.take(session.amount)
        else:
            session.intent.status = "requires_payment_method"

    def forget_keys(self) -> None:
        """A day passes."""
        self.remembered.clear()


def page(
    items: list[JsonValue] | list[dict[str, JsonValue]], *, has_more: bool = False
) -> JsonValue:
    return {"object": "list", "data": [*items], "has_more": has_more, "url": "/v1/refunds"}


def event(kind: str, about: dict[str, JsonValue], event_id: str = "evt_1") -> bytes:
    """Write a webhook's body."""
    told = {"id": event_id, "object": "event", "type": kind, "data": {"object": about}}
    return json.dumps(told, indent=2).encode()


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, at: int | None = None) -> dict[str, str]:
    """Sign as Stripe documents it: HMAC-SHA256 over the time, a dot and the body."""
    moment = now() if at is None else at
    proof = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={moment},v1={proof}", "content-type": "application/json"}
