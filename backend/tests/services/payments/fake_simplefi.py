"""As much of SimpleFi as an order meets: payment requests, made and read."""

import json
from dataclasses import dataclass, field
from decimal import Decimal

from pydantic import JsonValue

from tests.services.payments.fake_http import Answer, Asked

KEY = "simplefi_key_of_the_tests"


@dataclass
class FakeRequest:
    id: str
    given: dict[str, JsonValue]
    status: str = "pending"
    paid: float = 0

    def shown(self) -> dict[str, JsonValue]:
        return {
            "id": self.id,
            "status": self.status,
            "amount": self.given["amount"],
            "amount_paid": self.paid,
            "currency": self.given["currency"],
            "reference": self.given["reference"],
            "checkout_v2_url": f"https://pay.simplefi.test/{self.id}",
        }


@dataclass
class FakeSimplefi:
    """One merchant."""

    key: str = KEY
    requests: dict[str, FakeRequest] = field(default_factory=dict)
    wraps: bool = False

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            return Answer(401, {"detail": f"not {asked.headers.get('authorization')}"})
        if asked.method == "POST" and asked.path == "/payment_requests":
            made = FakeRequest(f"66f{len(self.requests)}abc", json.loads(asked.body))
            if not made.given["amount"]:
                return Answer(422, {"detail": "amount"})
            self.requests[made.id] = made
            return Answer(201, made.shown())
        found = self.requests.get(asked.path.removeprefix("/payment_requests/"))
        if found is None:
            return Answer(404, {"detail": "not found"})
        return Answer(200, {"payment_request": found.shown()} if self.wraps else found.shown())

    def amount_of(self, reference: str) -> Decimal:
        """The amount as it was written on the wire."""
        return Decimal(json.dumps(self.requests[reference].given["amount"]))


def notice(reference: str) -> bytes:
    """Write a webhook's body; its claims are worth nothing."""
    claimed: dict[str, JsonValue] = {"id": reference, "status": "approved", "amount": 1}
    told: dict[str, JsonValue] = {
        "id": "wh_1",
        "event_type": "new_payment",
        "entity_type": "payment_request",
        "entity_id": reference,
        "data": {"payment_request": claimed, "new_payment": None},
    }
    return json.dumps(told).encode()
