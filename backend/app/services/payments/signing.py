"""Signs the sandbox's notices and verifies them, the way payment providers do.

HMAC-SHA256 (RFC 2104) over the moment and the body, as ``t=<unix seconds>,v1=<hex>``.
"""

import hashlib
import hmac
import re

from app.services.payments.protocol import WebhookNotGenuine

TOLERANCE_SECONDS = 300
"""How old a signature may be: long enough for clocks that differ, too short to collect them."""

_SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})", re.ASCII)


def sign(key: str, body: bytes, at: int) -> str:
    """Return the signature of a body at a moment, in seconds since 1970."""
    return f"t={at},v1={_digest(key, body, at)}"


def verify(key: str, signature: str, body: bytes, now: int) -> None:
    """Let a body pass that was signed with this key a short while ago.

    Raises:
        WebhookNotGenuine: it was not; the answer never says what is wrong.
    """
    match = _SIGNATURE.fullmatch(signature)
    if match is None:
        raise WebhookNotGenuine
    at = int(match[1])
    is_right = hmac.compare_digest(match[2], _digest(key, body, at))
    if not is_right or abs(now - at) > TOLERANCE_SECONDS:
        raise WebhookNotGenuine


def _digest(key: str, body: bytes, at: int) -> str:
    return hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
