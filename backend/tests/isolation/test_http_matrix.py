"""Every operation against every caller: whose it is, and what anybody else learns of it.

Generated from the OpenAPI document and the table in ``calls.py``: an operation that is in
neither fails the build.
"""

from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.database import TestRun
from tests.isolation.arena import Arena, Caller, open_arena
from tests.isolation.calls import SERVED, Audience, refusal
from tests.isolation.makers import Harvest
from tests.isolation.sending import (
    Operation,
    body_schema,
    operations,
    properties,
    request_for,
    told,
    unclassified,
    unknown_like,
)
from tests.probing import kind_of
from tests.worlds import Headers

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERY = pytest.mark.parametrize("operation", operations(), ids=str)
UNNAMED = frozenset({"own_tenant_id", "tenant_slug"})
"""Everybody may know which organisations there are: their public pages say so."""

PUBLISHED = frozenset({"popup_id", "attended_popup_id", "product_id"})
"""Of what operations of humans are about, these are there for every human; the rest is owned."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arena(
    test_run: TestRun, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Arena]:
    async with open_arena(test_run, tmp_path_factory.mktemp("arena")) as opened:
        yield opened


async def test_every_operation_is_classified() -> None:
    missing, gone = unclassified()

    assert (missing, gone) == ([], []), "Add or remove their lines in tests/isolation/calls.py"


@EVERY
async def test_an_operation_serves_its_audience_and_nobody_else(
    arena: Arena, operation: Operation
) -> None:
    call = operation.call
    harvest = Harvest(arena, arena.acme)
    other = Harvest(arena, arena.globex)
    for row in call.rows:
        await harvest.value(row)
        await other.value(row)
    request = await request_for(operation, harvest)
    before = arena.contents()

    for caller in Caller:
        refused = call.exceptions.get(caller) or refusal(call.audience, caller)
        if refused is not None:
            answer = await request.send(arena, arena.headers(caller))
            assert kind_of(answer) == refused, caller
    assert arena.contents() == before

    for caller in sorted(SERVED[call.audience] - set(call.exceptions)):
        headers = arena.headers(caller)
        if call.ends_session:
            headers = await arena.logged_in_anew(headers)
        answer = await request.send(arena, headers)
        if call.answer is not None:
            assert kind_of(answer) == call.answer, caller
        else:
            assert answer.status_code == operation.success, (caller, answer.text)
        for row in call.rows:
            assert await harvest.value(row) in answer.text
            is_hidden = call.audience is not Audience.OPERATORS
            assert (await other.value(row) not in answer.text) is is_hidden
        if operation.method != "GET":
            harvest = Harvest(arena, arena.acme)
            request = await request_for(operation, harvest)


def _prowlers(arena: Arena, operation: Operation) -> list[tuple[Headers, Harvest, Harvest]]:
    """Return who tries whose rows: their headers, their own rows, and the others'."""
    own, theirs = Harvest(arena, arena.acme), Harvest(arena, arena.globex)
    if operation.call.audience is Audience.VISITORS:
        return [(arena.acme.public_headers, own, theirs)]
    if operation.call.audience is not Audience.HUMANS:
        return [(arena.acme.headers, own, theirs)]
    of_eve = Harvest(arena, arena.acme, arena.eve)
    return [
        (arena.acme.human_headers, own, theirs),
        (arena.acme.human_headers, Harvest(arena, arena.acme), of_eve),
    ]


@pytest.mark.parametrize(
    "operation",
    [
        operation
        for operation in operations()
        if operation.rows - UNNAMED and operation.call.audience is not Audience.OPERATORS
    ],
    ids=str,
)
async def test_anothers_row_answers_exactly_as_one_that_is_not_there(
    arena: Arena, operation: Operation
) -> None:
    for headers, own, theirs in _prowlers(arena, operation):
        request = await request_for(operation, own)
        for row in sorted(operation.rows - UNNAMED):
            if theirs.human is arena.eve and row in PUBLISHED:
                continue
            foreign = await theirs.value(row)
            mine = await own.value(row)
            before = arena.contents()
            answers = []
            for value in (foreign, unknown_like(foreign)):
                own.preset(row, value)
                answers.append(await (await request_for(operation, own)).send(arena, headers))
            own.preset(row, mine)

            assert told(answers[0]) == told(answers[1]), row
            assert mine not in answers[0].text
            assert foreign not in answers[0].text
            if row in _of_path(operation):
                assert answers[0].status_code == 404, (row, answers[0].text)
            assert arena.contents() == before, row
        answer = await request.send(arena, headers)
        assert answer.status_code == operation.success, answer.text


@pytest.mark.parametrize(
    "operation",
    [
        operation
        for operation in operations()
        if operation.call.audience is Audience.HUMANS and operation.call.rows
    ],
    ids=str,
)
async def test_a_list_of_ones_own_has_nothing_of_another_human_whatever_is_asked(
    arena: Arena, operation: Operation
) -> None:
    own, of_eve = Harvest(arena, arena.acme), Harvest(arena, arena.acme, arena.eve)
    theirs = [await of_eve.value(row) for row in operation.call.rows]
    mine = [await own.value(row) for row in operation.call.rows]
    request = await request_for(operation, own)

    answer = await request.send(arena, arena.acme.human_headers)

    assert [row in answer.text for row in mine] == [True] * len(mine)
    assert [row in answer.text for row in theirs] == [False] * len(theirs)
    for name in operation.named("query"):
        if name.endswith("_id"):
            asked = await of_eve.value(name)
            answers = [
                await request.send(arena, arena.acme.human_headers, query={name: value})
                for value in (asked, unknown_like(asked))
            ]
            assert told(answers[0]) == told(answers[1]), name
            assert answers[0].json()["results"] == []


def _of_path(operation: Operation) -> set[str]:
    path = operation.template["path"]
    assert isinstance(path, dict)
    return {str(value).removeprefix("$") for value in path.values()}


@EVERY
async def test_a_tenant_named_in_body_or_query_changes_nothing(
    arena: Arena, operation: Operation
) -> None:
    harvest = Harvest(arena, arena.acme)
    request = await request_for(operation, harvest)
    caller = min(SERVED[operation.call.audience] - set(operation.call.exceptions))
    headers = arena.headers(caller)
    theirs = str(arena.globex.tenant_id)
    schema = body_schema(operation)

    if isinstance(request.body, dict) and "tenant_id" not in properties(schema or {}):
        before = arena.contents()
        answer = await request.send(arena, headers, body={**request.body, "tenant_id": theirs})
        assert kind_of(answer) == (422, "invalid-request")
        assert arena.contents() == before
    if operation.method == "GET":
        plain = await request.send(arena, headers)
        asked = {**request.query, "tenant_id": theirs}
        answer = await request.send(arena, headers, query=asked)
        is_same = told(answer) == told(plain) or operation.call.is_timed
        assert answer.status_code == 422 or is_same
        assert theirs not in answer.text


async def test_reference_members_of_bodies_are_all_tried(arena: Arena) -> None:
    """A body that names a row by an id must do so in its line of the table."""
    del arena
    untried = [
        f"{operation.name}: {name}"
        for operation in operations()
        for name, member in properties(body_schema(operation) or {}).items()
        if name.endswith(("_id", "_ids"))
        and name not in (operation.call.body or {})
        and name != "tenant_id"
        and member
    ]

    assert untried == []


async def test_unknown_like_keeps_the_form() -> None:
    unknown = unknown_like(str(uuid4()))

    assert unknown_like("summer-city") != "summer-city"
    assert len(unknown) == 36
