"""Access tokens, refresh tokens and login codes."""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

import jwt

from app.core.config import Settings
from app.core.errors import Unauthenticated

ISSUER = "edgeos"
AUDIENCE = "edgeos-api"
ALGORITHM = "HS256"
CODE_DIGITS = 6
REFRESH_TOKEN_BYTES = 32

TOKENS_KNOWN = 2048
"""Access tokens whose signature a process remembers to have verified: some megabytes."""


class CredentialType(StrEnum):
    """Whom a token speaks for."""

    USER = "user"
    HUMAN = "human"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says. ``tenant_id`` is None for operators alone."""

    subject_id: UUID
    kind: CredentialType
    role: str
    tenant_id: UUID | None
    login_id: UUID


def issue_access_token(settings: Settings, claims: Claims, *, now: datetime) -> str:
    """Sign a JSON Web Token (RFC 7519) that lives ``access_token_minutes``."""
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(claims.subject_id),
        "typ": claims.kind,
        "role": claims.role,
        "tenant": str(claims.tenant_id) if claims.tenant_id else None,
        "sid": str(claims.login_id),
        "jti": secrets.token_hex(12),
        "iat": now,
        "exp": now + timedelta(minutes=settings.access_token_minutes),
    }
    return jwt.encode(payload, settings.key("token"), algorithm=ALGORITHM)


def read_access_token(settings: Settings, token: str) -> Claims:
    """Verify an access token and return its claims.

    Raises:
        Unauthenticated: whatever is wrong with it; the answer never says what.
    """
    try:
        claims, expires_at = _verified(settings.key("token"), token)
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError):
        raise Unauthenticated from None
    if expires_at <= time.time():
        raise Unauthenticated
    return claims


@lru_cache(maxsize=TOKENS_KNOWN)
def _verified(key: bytes, token: str) -> tuple[Claims, int]:
    """Verify a token and return its claims and the second it expires in.

    The outcome is kept, since it depends on nothing but the key, the token and the time: once
    issued, a token is valid until it expires. What is refused is not kept.
    """
    payload = jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
    )
    tenant = payload["tenant"]
    claims = Claims(
        subject_id=UUID(payload["sub"]),
        kind=CredentialType(payload["typ"]),
        role=str(payload["role"]),
        tenant_id=UUID(tenant) if tenant is not None else None,
        login_id=UUID(payload["sid"]),
    )
    return claims, int(payload["exp"])


def new_refresh_token() -> str:
    """Return 256 random bits, URL-safe."""
    return secrets.token_urlsafe(REFRESH_TOKEN_BYTES)


def hash_refresh_token(token: str) -> str:
    """Return what is stored. A random 256-bit token needs no salt or slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def login_code(settings: Settings, code_id: UUID) -> str:
    """Return the six digits of one login attempt.

    They are derived from its id with a key the database never sees, so a stolen database
    holds no code, and the job that mails one carries only the id. Truncation is RFC 4226's.
    """
    digest = hmac.new(settings.key("code"), code_id.bytes, hashlib.sha256).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def is_login_code(settings: Settings, code_id: UUID, typed: str) -> bool:
    """Compare what was typed with the code, in constant time."""
    return hmac.compare_digest(login_code(settings, code_id).encode(), typed.encode())


def utc_now() -> datetime:
    """Return the present instant with its offset."""
    return datetime.now(UTC)
