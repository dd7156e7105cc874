"""Stock, coupon uses and group seats: held, taken, let go and given back, never overrun.

Each function is one call of the database, which locks the counters in the order of their
ids. No role of the application can write to them otherwise.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from app.api.allotment.errors import AllotmentExhausted, LimitBelowTaken
from app.api.allotment.models import AllotmentKind
from app.core.tenant_db import BoundSession
from app.core.wire import Params, Row

Items = Mapping[UUID, int]
"""How many of which allotment: of the product, coupon or group of that id."""

EXHAUSTED = "ED409"


async def set_limit(
    session: BoundSession,
    allotment_id: UUID,
    *,
    popup_id: UUID,
    kind: AllotmentKind,
    limit: int | None,
) -> None:
    """Begin to count something, or change how many there are; None is without limit.

    Raises:
        LimitBelowTaken: more than that are held or taken.
    """
    try:
        await session.fetch(
            "SELECT tenancy.set_allotment(%(id)s::uuid, %(popup)s::uuid, %(kind)s::text,"
            " %(limit)s::bigint)",
            {"id": allotment_id, "popup": popup_id, "kind": str(kind), "limit": limit},
        )
    except psycopg.errors.CheckViolation as error:
        if error.diag.constraint_name == "allotments_capacity_check":
            raise LimitBelowTaken from None
        raise


async def hold(session: BoundSession, order_id: UUID, items: Items, *, until: datetime) -> None:
    """Hold everything an order wants until an instant, or nothing.

    What lapsed of others is let go first, where it is wanted.

    Raises:
        AllotmentExhausted: there are not enough left; ``allotment_id`` says of what.
    """
    await _secure(
        session,
        "SELECT tenancy.hold(%(order)s::uuid, %(items)s::jsonb, %(until)s::timestamptz)",
        {"order": order_id, "items": _items(items), "until": until},
    )


async def take_now(session: BoundSession, order_id: UUID, items: Items) -> None:
    """Take everything an order wants, or nothing, without holding it first.

    Raises:
        AllotmentExhausted: there are not enough left; ``allotment_id`` says of what.
    """
    await _secure(
        session,
        "SELECT tenancy.take_now(%(order)s::uuid, %(items)s::jsonb)",
        {"order": order_id, "items": _items(items)},
    )


async def take_held(session: BoundSession, order_id: UUID) -> bool:
    """Take what an order holds; False, and nothing changed, when some of it was let go."""
    rows = await session.fetch("SELECT tenancy.take_held(%(order)s::uuid)", {"order": order_id})
    return bool(rows[0][0])


async def free_held(session: BoundSession, order_id: UUID) -> None:
    """Let go of what an order still holds; what it has taken stays taken."""
    await session.fetch("SELECT tenancy.free_held(%(order)s::uuid)", {"order": order_id})


async def lock(session: BoundSession, ids: Iterable[UUID]) -> None:
    """Lock several counters in the order of their ids, before more than one call moves them.

    Otherwise two transactions that each do so might wait for one another.
    """
    await session.fetch("SELECT tenancy.lock_allotments(%(ids)s::uuid[])", {"ids": list(ids)})


async def give_back(session: BoundSession, order_id: UUID, items: Items) -> None:
    """Give back some of what an order has taken, so that others can have it.

    Raises:
        psycopg.errors.InvalidParameterValue: it has not taken so many: always a bug.
    """
    await session.fetch(
        "SELECT tenancy.give_back(%(order)s::uuid, %(items)s::jsonb)",
        {"order": order_id, "items": _items(items)},
    )


async def _secure(session: BoundSession, statement: str, params: Params) -> list[Row]:
    try:
        return await session.fetch(statement, params)
    except psycopg.Error as error:
        if error.sqlstate == EXHAUSTED and error.diag.message_detail:
            raise AllotmentExhausted(allotment_id=error.diag.message_detail) from None
        raise


def _items(items: Items) -> Jsonb:
    return Jsonb([{"id": str(item), "quantity": quantity} for item, quantity in items.items()])
