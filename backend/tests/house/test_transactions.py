"""Nobody commits or rolls back but the place that begins transactions."""

import pytest

from tests.house.planting import lines_found
from tests.house.rules.transactions import HOME, RULE

BREAKS = {
    "a session commits": "async def f(session):\n    await session.commit()",
    "a session rolls back": "def f(session):\n    session.rollback()",
    "a connection of a call commits": "def f():\n    connect().commit()",
    "a statement commits": 'async def f(s):\n    await s.fetch("commit;")',
}

KEEPS = {
    "flush": "async def f(session):\n    await session.flush()",
    "a name that is not called": "commit = 1\nrollback = commit",
    "prose about committing": '"""Commit when the block ends."""\nTEXT = "commit early"',
    "a function of that name": "def commit() -> None: ...",
}


@pytest.mark.parametrize("text", BREAKS.values(), ids=BREAKS)
def test_transactions_finds_an_end_below_the_edge(text: str) -> None:
    assert lines_found(RULE, text) == [2]


@pytest.mark.parametrize("text", KEEPS.values(), ids=KEEPS)
def test_transactions_lets_the_rest_be(text: str) -> None:
    assert lines_found(RULE, text) == []


@pytest.mark.parametrize("path", [HOME, "tests/api/test_popup.py"])
def test_transactions_reads_neither_their_home_nor_tests(path: str) -> None:
    assert lines_found(RULE, BREAKS["a session commits"], path) == []
