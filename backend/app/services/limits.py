"""Limits on what anybody may try: counted in the database, so that they hold for all processes.

The attempts are the platform's, because whoever tries is nobody yet. A name is locked
before its attempts are counted, or two could share one try.
"""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from app.api.auth.models import LoginAttempt
from app.core.tenant_db import BoundSession


async def lock(session: BoundSession, *names: str) -> None:
    """Let one attempt of each name in at a time, until the transaction ends."""
    await session.fetch(
        "SELECT pg_advisory_xact_lock(hashtextextended('login:' || name, 0))"
        " FROM unnest(%(names)s::text[]) AS name",
        {"names": list(names)},
    )


async def attempts(session: BoundSession, kind: str, subject: str, *, since: datetime) -> int:
    """Count the attempts of a kind that a subject has made."""
    counted = (
        select(func.count())
        .select_from(LoginAttempt)
        .where(LoginAttempt.kind == kind, LoginAttempt.subject == subject)
        .where(col(LoginAttempt.at) > since)
    )
    return (await session.exec(counted)).one()
