"""How long it is remembered which requests were answered, and what providers told."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from app.core.config import Settings
from app.core.security import utc_now
from app.core.tenant_db import BoundSession

_FORGET_KEYS = """
WITH gone AS (
    DELETE FROM app.idempotency_keys k
     USING app.tenants t, LATERAL (
           SELECT old.id FROM app.idempotency_keys old
            WHERE old.tenant_id = t.id AND old.created_at < %(before)s::timestamptz
            LIMIT 1000) AS found
     WHERE k.tenant_id = t.id AND k.id = found.id
    RETURNING 1)
SELECT count(*) FROM gone
"""

_FORGET_EVENTS = """
WITH gone AS (
    DELETE FROM app.webhook_events e
     USING app.tenants t, LATERAL (
           SELECT old.id FROM app.webhook_events old
            WHERE old.tenant_id = t.id AND old.received_at < %(before)s::timestamptz
            LIMIT 1000) AS found
     WHERE e.tenant_id = t.id AND e.id = found.id
    RETURNING 1)
SELECT count(*) FROM gone
"""


async def forget_old_requests(
    open_session: Callable[[], AbstractAsyncContextManager[BoundSession]], settings: Settings
) -> None:
    """Delete idempotency keys and providers' events that are older than the settings say.

    A thousand of each organisation at a time, each time in a transaction of its own, so
    that no statement takes long and nobody waits for many rows.
    """
    now = utc_now()
    for statement, days in (
        (_FORGET_KEYS, settings.idempotency_key_days),
        (_FORGET_EVENTS, settings.webhook_event_days),
    ):
        before, gone = now - timedelta(days=days), True
        while gone:
            async with open_session() as session:
                rows = await session.fetch(statement, {"before": before})
            gone = rows[0][0] != 0
