"""The same request twice has one effect and one answer, which is kept with the effect.

The key's row is written first and filled in last, in the transaction of the effect. Whoever
comes with the same key meanwhile waits for that transaction: it reads the answer, or, where
the first was refused and left nothing, does the work itself.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psycopg
from pydantic import BaseModel
from sqlmodel import col, select

from app.api.payment.errors import IdempotencyKeyReused, RequestInFlight
from app.api.payment.models import IdempotencyKey
from app.api.shared.response import Rendered
from app.api.shared.types import new_id
from app.core.tenant_db import BoundSession

Effect = Callable[[], Awaitable[Rendered]]


@dataclass(frozen=True, slots=True)
class OneTime:
    """A request that has one effect: who asks, under which key, and for what."""

    caller: str
    key: str
    method: str
    path: str

    def fingerprint(self, body: BaseModel) -> str:
        """Return what tells this request from another with the same key."""
        told = f"{self.method} {self.path}\n{body.model_dump_json()}"
        return hashlib.sha256(told.encode()).hexdigest()


_CLAIM = """
INSERT INTO app.idempotency_keys
    (tenant_id, id, caller, key, fingerprint, status, media_type, body)
VALUES (%(tenant)s::uuid, %(id)s::uuid, %(caller)s::text, %(key)s::text, %(print)s::text, 0, '', '')
ON CONFLICT (tenant_id, caller, key) DO NOTHING
RETURNING id
"""

_ANSWER = """
UPDATE app.idempotency_keys
   SET status = %(status)s::int, media_type = %(media_type)s::text, body = %(body)s::text
 WHERE tenant_id = %(tenant)s::uuid AND id = %(id)s::uuid
"""


async def once(
    session: BoundSession, request: OneTime, body: BaseModel, effect: Effect
) -> Rendered:
    """Do the effect and keep its answer; or give the answer that was kept.

    Raises:
        IdempotencyKeyReused: the key was sent before with another request.
        RequestInFlight: the first request takes longer than a statement waits.
    """
    row_id, print_ = new_id(), request.fingerprint(body)
    values: dict[str, object] = {"tenant": session.tenant_id, "id": row_id}
    claim = {**values, "caller": request.caller, "key": request.key, "print": print_}
    try:
        claimed = await session.fetch(_CLAIM, claim)
    except psycopg.errors.LockNotAvailable:
        raise RequestInFlight from None
    if not claimed:
        return await _kept(session, request, print_)
    answer = await effect()
    told = {
        **values,
        "status": answer.status_code,
        "media_type": answer.media_type,
        "body": bytes(answer.body).decode(),
    }
    await session.fetch(_ANSWER, told)
    return answer


async def amend(session: BoundSession, request: OneTime, answer: Rendered) -> Rendered:
    """Keep another answer than the effect gave: what a provider said belongs to it."""
    row = await _row(session, request)
    row.status, row.media_type = answer.status_code, str(answer.media_type)
    row.body = bytes(answer.body).decode()
    session.add(row)
    await session.flush()
    return answer


async def kept(session: BoundSession, request: OneTime) -> Rendered:
    """Return the answer that is kept under a key now."""
    return _told(await _row(session, request))


async def _kept(session: BoundSession, request: OneTime, fingerprint: str) -> Rendered:
    row = await _row(session, request)
    if row.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return _told(row)


async def _row(session: BoundSession, request: OneTime) -> IdempotencyKey:
    statement = select(IdempotencyKey).where(
        col(IdempotencyKey.caller) == request.caller, col(IdempotencyKey.key) == request.key
    )
    return (await session.exec(statement)).one()


def _told(row: IdempotencyKey) -> Rendered:
    return Rendered(row.body, status_code=row.status, media_type=row.media_type)
