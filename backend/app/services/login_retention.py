"""How long the platform remembers logins, codes and attempts."""

from datetime import timedelta

from sqlalchemy import delete, or_
from sqlmodel import col

from app.api.auth.models import Login, LoginAttempt, LoginCode
from app.core.security import utc_now
from app.core.tenant_db import BoundSession

ATTEMPTS_KEPT = timedelta(days=1)
"""The longest period a limit counts over is an hour."""

CODES_KEPT = timedelta(days=1)
"""A code lives for an hour at most; the rest is for whoever asks why a login failed."""

LOGINS_KEPT = timedelta(days=30)
"""After its end: long enough to look into what somebody did with a stolen session."""


async def forget_old_logins(session: BoundSession) -> None:
    """Delete what nobody can log in with any longer; a login's tokens go with it."""
    now = utc_now()
    await session.exec(delete(LoginAttempt).where(col(LoginAttempt.at) < now - ATTEMPTS_KEPT))
    await session.exec(delete(LoginCode).where(col(LoginCode.expires_at) < now - CODES_KEPT))
    epoch = now - LOGINS_KEPT
    await session.exec(
        delete(Login).where(or_(col(Login.expires_at) < epoch, col(Login.ended_at) < epoch))
    )
