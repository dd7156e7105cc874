"""Bad input on every operation: a clear problem of the right status, and nothing written.

Generated from the OpenAPI document and the table of calls in ``tests/isolation/calls.py``.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from tests.database import TestRun
from tests.fuzz.bending import JSON, Bent, addresses, bodies
from tests.isolation.arena import Arena, open_arena
from tests.isolation.calls import SERVED
from tests.isolation.makers import Harvest
from tests.isolation.sending import Operation, Request, body_schema, operations, request_for
from tests.worlds import Headers

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERY = pytest.mark.parametrize("operation", operations(), ids=str)
LARGEST = 4096
METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arena(
    test_run: TestRun, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Arena]:
    async with open_arena(test_run, tmp_path_factory.mktemp("arena")) as opened:
        yield opened


def _problem(answer: httpx.Response) -> int:
    """Return the status of an answer that is a problem in every way."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:500]
    assert answer.headers["x-content-type-options"] == "nosniff"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["type"].startswith(("https://", "about:blank"))
    for error in body.get("errors", []):
        assert error["pointer"].startswith("/")
        assert error["detail"]
    return answer.status_code


def _caller(arena: Arena, operation: Operation) -> Headers:
    return arena.headers(min(SERVED[operation.call.audience] - set(operation.call.exceptions)))


async def _send(arena: Arena, request: Request, bent: Bent, headers: Headers) -> httpx.Response:
    parts = {name: quote(value, safe="/") for name, value in (bent.parts or request.parts).items()}
    kind = {"Content-Type": JSON} if request.body is not None else {}
    # The plain body rides along, so that nothing but what is bent can be refused.
    plain = None if bent.content is not None else request.body
    return await arena.client.request(
        request.method,
        request.path.format(**parts),
        params=dict(request.query if bent.query is None else bent.query),
        headers={**headers, **request.headers, **kind, **bent.headers},
        **({"content": bent.content} if plain is None else {"json": plain}),
    )


@EVERY
async def test_what_is_out_of_shape_is_refused_and_nothing_is_written(
    arena: Arena, operation: Operation
) -> None:
    request = await request_for(operation, Harvest(arena, arena.acme))
    headers = _caller(arena, operation)
    before = arena.contents()
    wrong = {}

    for bent in [*bodies(operation, request), *addresses(operation, request)]:
        answer = await _send(arena, request, bent, headers)
        if _problem(answer) not in bent.statuses:
            wrong[bent.what] = answer.status_code, answer.text[:300]

    assert wrong == {}
    assert arena.contents() == before


@pytest.mark.parametrize(
    "operation", [o for o in operations() if body_schema(o) is not None], ids=str
)
async def test_a_body_beyond_the_limit_is_refused_with_and_without_its_length(
    arena: Arena, operation: Operation
) -> None:
    request = await request_for(operation, Harvest(arena, arena.acme))
    size = arena.settings.request_max_bytes
    headers = {**_caller(arena, operation), "Content-Type": JSON}

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(size // LARGEST + 1):
            yield b" " * LARGEST

    before = arena.contents()
    whole = await arena.client.request(
        request.method, request.url, headers=headers, content=b" " * (size + 1)
    )
    piecemeal = await arena.client.request(
        request.method, request.url, headers=headers, content=pieces()
    )

    assert (_problem(whole), _problem(piecemeal)) == (413, 413)
    assert arena.contents() == before


async def test_a_method_that_a_path_does_not_have_is_refused_and_those_it_has_are_named(
    arena: Arena,
) -> None:
    allowed: dict[str, set[str]] = {}
    for operation in operations():
        allowed.setdefault(operation.path, set()).add(operation.method)

    for path in allowed:
        there = path.replace("{", "").replace("}", "")
        has = {m for other, ms in allowed.items() if _matches(other, there) for m in ms}
        for method in METHODS:
            if method in has:
                continue
            answer = await arena.client.request(method, there, headers=arena.acme.headers)
            assert answer.status_code == 405, (method, there, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["allow"]


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


async def test_a_route_that_is_not_there_is_a_problem(arena: Arena) -> None:
    for path in (
        "/",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v2/users",
        "/api/v1/users/",
        "/api/v1//users",
        "/api/v1/users/%2e%2e/operators/x/y",
        "/api/v1/%00",
        "/api/v1/%ff%fe",
        "/" + "x" * 5000,
    ):
        answer = await arena.client.get(path, headers=arena.acme.headers)

        assert _problem(answer) == 404, path
