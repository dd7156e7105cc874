"""A process that dies at any statement it sends, and a database that must not show it."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import httpx
import psycopg
import pytest
from psycopg.pq.abc import PGresult

from app.core.wire import Statement, Wire
from tests.database import Database

MOST_STATEMENTS = 150

Sending: TypeAlias = Callable[[], Awaitable[httpx.Response]]


class Crash(RuntimeError):
    """The process dies here."""


@dataclass
class Fuse:
    """Counts what is sent to the database, and lets the process die at one of them."""

    nth: int
    sent: int = 0
    burnt_by: str = ""
    has_kept: bool = False

    def burn(self, statement: object) -> None:
        """Die, if it is the statement's turn."""
        self.sent += 1
        if self.sent == self.nth:
            self.burnt_by = str(statement)
            raise Crash


@contextmanager
def crash_at(monkeypatch: pytest.MonkeyPatch, nth: int) -> Generator[Fuse]:
    """Let the process die before it sends the n-th statement, or once its work is kept.

    A COMMIT is a statement; whoever gets past it dies before anybody hears of it.
    """
    fuse = Fuse(nth)
    execute, commit = psycopg.AsyncCursor.execute, psycopg.AsyncConnection.commit
    exchange = Wire.exchange

    async def dying_execute(cursor, query, *args, **options):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN202  # hands on whatever it is given
        fuse.burn(query)
        return await execute(cursor, query, *args, **options)

    async def dying_exchange(wire: Wire, together: Sequence[Statement]) -> list[PGresult]:
        for text, _ in together:
            fuse.burn(text)
        answers = await exchange(wire, together)
        if together[-1][0] == "COMMIT":
            fuse.has_kept = True
            raise Crash
        return answers

    async def dying_commit(connection: psycopg.AsyncConnection[object]) -> None:
        fuse.burn("COMMIT")
        await commit(connection)
        fuse.has_kept = True
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.AsyncCursor, "execute", dying_execute)
        patch.setattr(Wire, "exchange", dying_exchange)
        patch.setattr(psycopg.AsyncConnection, "commit", dying_commit)
        yield fuse


def answered(work: Callable[[], Awaitable[object]]) -> Sending:
    """Return a job's work as a request: who dies in it answers as a server that failed does."""

    async def send() -> httpx.Response:
        try:
            await work()
        except Crash:
            return httpx.Response(httpx.codes.INTERNAL_SERVER_ERROR)
        return httpx.Response(httpx.codes.OK)

    return send


async def crash_everywhere(
    monkeypatch: pytest.MonkeyPatch, database: Database, send: Sending, *, writes: int
) -> httpx.Response:
    """Let a request die at each of its statements in turn, and at last after its COMMIT.

    Up to the COMMIT every table is as it was. What was kept without anybody hearing of it
    is not done again by who asks again. ``writes`` is the least number of statements that
    the request is known to need.

    Returns the answer to who asked again.
    """
    before = database.contents()
    for nth in range(1, MOST_STATEMENTS):
        with crash_at(monkeypatch, nth) as fuse:
            answer = await send()
        assert answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR, answer.text
        if fuse.has_kept:
            break
        assert fuse.burnt_by
        assert database.contents() == before, (nth, fuse.burnt_by)
    assert fuse.has_kept
    assert nth > writes
    after = database.contents()
    assert after != before
    again = await send()
    assert not again.is_server_error, again.text
    assert database.contents() == after
    return again
