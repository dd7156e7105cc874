"""Every list of the API with one row and with two hundred.

Generated from the OpenAPI document and the table in ``sowing.py``: a list that is in neither
fails the build.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import psycopg
import pytest
import pytest_asyncio

from app.core.openapi import Document
from tests.database import TestRun
from tests.isolation.arena import Arena, open_arena
from tests.isolation.calls import SERVED
from tests.isolation.makers import Harvest
from tests.isolation.sending import Operation, Request, operations, properties, request_for
from tests.isolation.sowing import COPIES, LISTS, Sown, copy, prepare
from tests.worlds import Headers

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGEST_PAGE = COPIES + 1
KEYED = frozenset({"created_at", "at"})
"""Orders in which a list is paged by key."""

STEP = 60
"""Rows of one page on a walk: the last one is not full."""


@dataclass(frozen=True)
class Page:
    """What a page of a list tells: the ids of its rows, and how many rows match."""

    ids: Sequence[str]
    total: int


def lists() -> list[Operation]:
    """Return the operations that answer with a page of rows."""
    return [each for each in operations() if {"results", "paging"} <= set(_members(each))]


def _members(operation: Operation) -> dict[str, Document]:
    responses = operation.described["responses"]
    assert isinstance(responses, dict)
    content = responses[str(operation.success)].get("content", {})
    return properties(content.get("application/json", {}).get("schema", {}))


LONG = [(each, sown) for each in lists() if isinstance(sown := LISTS.get(each.name), Sown)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arena(
    test_run: TestRun, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Arena]:
    async with open_arena(test_run, tmp_path_factory.mktemp("arena")) as opened:
        yield opened


async def test_every_list_is_sown() -> None:
    known = sorted(each.name for each in lists())

    assert sorted(LISTS) == known, "Add or remove their lines in tests/isolation/sowing.py"


@pytest.mark.parametrize(("operation", "sown"), LONG, ids=[str(each) for each, _ in LONG])
async def test_a_list_of_two_hundred_is_told_in_as_many_statements_as_one_of_one(
    arena: Arena, statements: list[str], operation: Operation, sown: Sown
) -> None:
    harvest = Harvest(arena, arena.acme)
    request = await request_for(operation, harvest)
    narrowed = await harvest.filled(sown.narrowed)
    assert isinstance(narrowed, dict)
    sources = [(each, await harvest.value(each.row)) for each in sown.copied]
    before = await _page(arena, operation, request)
    matching = await _page(arena, operation, request, **narrowed)
    statements.clear()
    await _page(arena, operation, request)
    of_few = len(statements)

    with psycopg.connect(arena.database.admin_dsn) as owner:
        prepare(owner)
        first = sorted(LISTS).index(operation.name) * (COPIES + 1) + 1
        for each, source in sources:
            assert copy(owner, each, source, first=first) == COPIES, each.table
    statements.clear()
    after = await _page(arena, operation, request)

    assert len(statements) == of_few > 0
    assert after.total == before.total + COPIES
    assert len(after.ids) == min(after.total, LARGEST_PAGE)
    narrow = await _page(arena, operation, request, **narrowed)
    assert narrow.total == matching.total + sown.matching
    walked = await _walk(arena, operation, request)
    assert len(set(walked)) == len(walked) == after.total


def _caller(arena: Arena, operation: Operation) -> Headers:
    return arena.headers(min(SERVED[operation.call.audience]))


async def _page(arena: Arena, operation: Operation, request: Request, **query: str) -> Page:
    asked = {**request.query, "limit": str(LARGEST_PAGE), **query}
    answer = await request.send(arena, _caller(arena, operation), query=asked)
    assert answer.status_code == operation.success, answer.text
    told = answer.json()
    return Page([row["id"] for row in told["results"]], told["paging"]["total"])


async def _walk(arena: Arena, operation: Operation, request: Request) -> list[str]:
    """Walk down the whole list, by key where it is in order of creation, and return the ids."""
    ids: list[str] = []
    while True:
        query = {"limit": str(STEP), **_next(operation, ids)}
        page = await _page(arena, operation, request, **query)
        ids += page.ids
        if len(page.ids) < STEP:
            return ids


def _next(operation: Operation, seen: list[str]) -> dict[str, str]:
    by_key = sorted(KEYED & set(_orders(operation)))
    if not by_key:
        return {"skip": str(len(seen))}
    return {"sort": by_key[0], **({"after": seen[-1]} if seen else {})}


def _orders(operation: Operation) -> list[str]:
    for parameter in operation.parameters:
        if parameter["name"] == "sort":
            schema = parameter["schema"]
            assert isinstance(schema, dict)
            orders = schema["enum"]
            assert isinstance(orders, list)
            return orders
    return []
