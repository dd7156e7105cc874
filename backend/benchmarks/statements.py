"""The SQL of each operation, exactly as the application sends it, and made ready for pgbench."""

import asyncio
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from uuid import UUID

import psycopg
from psycopg import ClientCursor
from sqlalchemy.ext.asyncio import create_async_engine

import app.models  # noqa: F401  # a product's relations need every table
from app.api.product.crud import product_crud
from app.api.product.schemas import ProductCreate, ProductQuery
from app.core.tenant_db import BoundSession, ContextSigner, DatabaseRole, TenantContext
from app.core.wire import Params, Row
from benchmarks.plan import PAGE
from benchmarks.traffic import Operation, product_to_insert
from benchmarks.world import BenchTenant

SAME_ID = UUID(int=0)
SAME_SLUG = "s-same"
"""What stands in a statement where each transaction needs its own."""

RANDOM_NUMBER = r"\set number random(1, 1000000000000)"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with ``%(name)s`` parameters, as the driver takes it."""

    text: str
    params: Params


class _Recorded(Exception):
    """A statement reached the session; it goes no further."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(statement.text)
        self.statement = statement


class _RecordingSession(BoundSession):
    """A session that connects nowhere: it tells what it would have sent."""

    async def answer(self, statement: str, params: Params | None = None) -> list[Row]:
        raise _Recorded(Statement(statement, params or {}))


def statement_of(operation: Operation, tenant: BenchTenant) -> Statement:
    """Return what the application sends for an operation."""

    async def recorded() -> Statement:
        engine = create_async_engine("postgresql+psycopg://")
        context = TenantContext(tenant.id, DatabaseRole.READ_WRITE, f"user:{tenant.admin_id}")
        session = _RecordingSession(engine, context, ContextSigner(1, b""))
        try:
            await _carried_out(operation, tenant, session)
        except _Recorded as found:
            return found.statement
        raise AssertionError("every operation sends a statement")

    return asyncio.run(recorded())


def _carried_out(
    operation: Operation, tenant: BenchTenant, session: BoundSession
) -> Awaitable[object]:
    if operation is Operation.LIST:
        return product_crud.find_json(session, ProductQuery(limit=PAGE))
    if operation is Operation.POINT:
        return product_crud.get_json(session, tenant.product_ids[0])
    data = ProductCreate.model_validate(product_to_insert(tenant.popup_ids[0], SAME_SLUG))
    return product_crud.create_json(session, data, id=SAME_ID)


def script(
    connection: psycopg.Connection[Row], opening: list[Statement], statement: Statement
) -> str:
    """Write a transaction for pgbench: everything in one pipeline, its values as literals.

    What has to be new in each transaction, an id and a slug, is made by Postgres and pgbench.
    """
    cursor = ClientCursor(connection)
    sent = [cursor.mogrify(each.text.encode(), each.params) for each in (*opening, statement)]
    lines = [f"{_as_pgbench_reads(text)};" for text in (*sent, "COMMIT")]
    return "\n".join([RANDOM_NUMBER, r"\startpipeline", *lines, r"\endpipeline", ""])


def _as_pgbench_reads(text: str) -> str:
    """Write colons within quotes as escapes, since pgbench takes ``'HH24:MI'`` for a variable."""

    def escaped(found: re.Match[str]) -> str:
        return "E" + found[0].replace(":", r"\x3a") if ":" in found[0] else found[0]

    escaped_text = re.sub(r"'[^']*'", escaped, text)
    return escaped_text.replace(f"'{SAME_ID.hex}'", "gen_random_uuid()").replace(
        f"'{SAME_SLUG}'", "('s-' || :number::text)"
    )


_COUNTED = """, counted AS
(INSERT INTO app.allotments (tenant_id, id, popup_id, kind, capacity, held, taken)
 SELECT tenant_id, id, popup_id, 'product', capacity, 0, 0 FROM written RETURNING id)"""

_CALL = re.compile(r"\(SELECT CAST\(tenancy\.set_allotment\(.*?FROM written\)", re.DOTALL)


def without_context(statement: Statement) -> Statement:
    """Return the statement with its units counted by an INSERT.

    The function that counts them for the application asks for the signed context.
    """
    text, calls = _CALL.subn("(SELECT id::text FROM counted)", statement.text)
    if calls:
        text = text.replace("\n SELECT (SELECT", f"{_COUNTED}\n SELECT (SELECT", 1)
    return Statement(text, statement.params)
