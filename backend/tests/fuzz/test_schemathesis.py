"""The whole OpenAPI document, fuzzed by schemathesis as everybody who could call it.

Each example is generated from the document (a third of them wrong on purpose), sent by one
of the callers, half of them about rows that exist, and its answer held to the document: no
server error, a declared status, media type and schema, nothing wrong accepted.
"""

import asyncio
import copy
import threading
from collections.abc import Coroutine, Generator
from contextlib import AsyncExitStack
from typing import Protocol, TypeVar

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.core.openapi import Document
from tests.database import TestRun
from tests.isolation.arena import Arena, Caller, open_arena
from tests.isolation.calls import SERVED
from tests.isolation.makers import Harvest
from tests.isolation.sending import Operation, Request, document, operations, request_for

T = TypeVar("T")

EXAMPLES = 24
"""For each operation: about a minute in all, and a seed that never changes."""

CALLERS = (Caller.ADMIN, Caller.HUMAN, Caller.OPERATOR, Caller.VISITOR, Caller.STRANGER)


def _callers(operation: Operation) -> st.SearchStrategy[Caller]:
    """Send most examples as somebody who is served, the others as anybody."""
    served = [caller for caller in CALLERS if caller in SERVED[operation.call.audience]]
    return st.sampled_from([*CALLERS, *served * len(CALLERS)])


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


def _of_path_query_and_body(document: Document) -> Document:
    """Leave out what says who is calling: the callers bring that themselves."""
    own = copy.deepcopy(document)
    paths = own["paths"]
    assert isinstance(paths, dict)
    for operation in (operation for path in paths.values() for operation in path.values()):
        operation.pop("security", None)
        operation["parameters"] = [
            parameter
            for parameter in operation.get("parameters", [])
            if parameter["name"] != "x-tenant-id"
        ]
    return own


SCHEMA = schemathesis.openapi.from_dict(_of_path_query_and_body(document()))


class Example(Protocol):
    """What a test uses of a generated case, whose own type is generic over its internals."""

    path_parameters: dict[str, object]
    query: dict[str, object]
    body: object

    def as_transport_kwargs(self, base_url: str) -> dict[str, object]: ...

    def validate_response(self, response: httpx.Response, checks: list[CheckFunction]) -> None: ...


class Stage:
    """An arena in a thread of its own, for tests that cannot await."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.stack = AsyncExitStack()
        self.arena: Arena

    def run(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=60)

    def close(self) -> None:
        self.run(self.stack.aclose())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture(scope="module")
def stage(test_run: TestRun, tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    opened = Stage()
    folder = tmp_path_factory.mktemp("stage")
    opened.arena = opened.run(opened.stack.enter_async_context(open_arena(test_run, folder)))
    yield opened
    opened.close()


async def _send(
    arena: Arena, case: Example, operation: Operation, caller: Caller
) -> httpx.Response:
    headers = arena.headers(caller)
    if operation.call.ends_session:
        headers = await arena.logged_in_anew(headers)
    sent = case.as_transport_kwargs(base_url="http://test")
    prepared = requests.Request(**sent).prepare()  # type: ignore[arg-type]  # made for it
    body = prepared.body
    assert body is None or isinstance(body, str | bytes)
    return await arena.client.request(
        str(prepared.method),
        str(prepared.url),
        headers={**{name: str(text) for name, text in prepared.headers.items()}, **headers},
        content=body,
    )


def _name_what_exists(case: Example, right: Request) -> None:
    """Put the ids of rows that exist where the example has ids that do not."""
    case.path_parameters.update(right.parts)
    case.query.update({name: value for name, value in right.query.items() if name in case.query})
    if isinstance(case.body, dict) and isinstance(right.body, dict):
        for name in set(right.body) & set(case.body):
            if name.endswith(("_id", "_ids")):
                case.body[name] = right.body[name]


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_an_operation_keeps_to_the_document_whatever_it_is_sent(
    stage: Stage, operation: Operation
) -> None:
    arena = stage.arena
    described = SCHEMA[operation.path][operation.method]
    right = stage.run(request_for(operation, Harvest(arena, arena.acme)))
    foreign = (str(arena.globex.tenant_id), str(arena.globex.human_id))
    right_shape = described.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong_shape = described.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    generated = st.one_of(
        st.tuples(right_shape, st.just(True)),
        st.tuples(right_shape, st.booleans()),
        st.tuples(wrong_shape, st.just(False)),
    )

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(example=generated, caller=_callers(operation))
    def check(example: tuple[Example, bool], caller: Caller) -> None:
        case, names_what_exists = example
        if names_what_exists:
            _name_what_exists(case, right)
        answer = stage.run(_send(arena, case, operation, caller))
        case.validate_response(answer, checks=CHECKS)
        if not answer.is_success and not answer.is_redirect:
            assert answer.headers["content-type"] == "application/problem+json"
        if caller is not Caller.OPERATOR:
            assert [secret for secret in foreign if secret in answer.text] == []

    check()
