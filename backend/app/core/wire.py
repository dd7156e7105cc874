"""Sends statements to Postgres in one message and reads their answers together.

The driver's own pipeline goes to the socket after each statement it is given. For a point
read that cost more than everything else the application did for it, so that what begins a
transaction, asks in it and ends it is queued here, sent once and waited for once.
``docs/decisions/0025-one-message.md`` has the figures.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import psycopg
from psycopg._preparing import PrepareManager
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import tuple_row
from sqlalchemy.pool import PoolProxiedConnection

Value: TypeAlias = object
Row: TypeAlias = tuple[Value, ...]
Params: TypeAlias = Mapping[str, Value]
Statement: TypeAlias = tuple[str, Params]
"""SQL with ``%(name)s`` where a value belongs, and the values."""

MOST_PREPARED = 100
"""Statements prepared on one connection; of more, the one not used for longest is given up."""

_PLACEHOLDER = re.compile(r"%(?:%|\((\w+)\)s)")


@dataclass(frozen=True, slots=True)
class _Native:
    """A statement as Postgres takes it: ``$1`` for each name, in this order."""

    text: bytes
    names: tuple[str, ...]
    formats: tuple[PyFormat, ...]


@lru_cache(maxsize=2048)
def _native(text: str) -> _Native:
    """Number the ``%(name)s`` of a statement; ``%%`` is a percent sign."""
    numbers: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        if found[1] is None:
            return "%"
        return f"${numbers.setdefault(found[1], len(numbers) + 1)}"

    numbered_text = _PLACEHOLDER.sub(numbered, text)
    names = tuple(numbers)
    return _Native(numbered_text.encode(), names, (PyFormat.AUTO,) * len(names))


@dataclass(slots=True)
class _Sending:
    """One statement on its way, with its values written down."""

    native: _Native
    values: Sequence[Buffer | None]
    types: tuple[int, ...]
    formats: Sequence[Format]
    name: bytes | None
    """Of the prepared statement; None when it goes unprepared."""
    is_new: bool = False
    """Whether it has to be prepared first."""


class _Prepared(PrepareManager):
    """Keeps what is prepared when a transaction is rolled back that no statement failed in.

    The driver forgets everything then, and lets the server forget it too, since a statement
    may have been prepared on a table that is gone. Nothing here makes tables in a transaction
    that serves somebody, and every refusal rolls one back. Where a statement failed, it may be
    because a migration changed its tables, and everything is prepared anew.
    """

    has_failed = False
    """Whether a statement has, in the transaction that is being rolled back."""

    def clear(self) -> bool:
        """Forget everything, if there is reason to; return whether there was."""
        if not self.has_failed:
            return False
        super().clear()
        self._to_flush.clear()
        self._to_flush.append(None)  # all, those of a Wire too, which the driver knows nothing of
        return True


class Wire(psycopg.AsyncConnection[Row]):
    """A connection that sends several statements in one message, prepared once.

    Not to be asked for an ``exchange`` inside a pipeline of the driver's own.
    """

    _prepared: _Prepared  # ty: ignore[incompatible-mutable-override]  # always made here

    def __init__(self, pgconn: PGconn) -> None:
        """Take over what libpq has connected; the driver calls this."""
        super().__init__(pgconn, tuple_row)
        self._prepared = _Prepared()
        self._values = Transformer(self)
        self._names: OrderedDict[tuple[bytes, tuple[int, ...]], bytes] = OrderedDict()
        self._given_up: list[bytes] = []
        self._number = 0

    async def rollback(self) -> None:
        """Roll back what is open, and forget what is prepared if a statement failed."""
        is_in_error = self.info.transaction_status is TransactionStatus.INERROR
        self._prepared.has_failed = is_in_error and self.prepare_threshold is not None
        try:
            if self._prepared.has_failed:
                self._names.clear()
                self._given_up.clear()
            await super().rollback()
        finally:
            self._prepared.has_failed = False

    async def exchange(self, statements: Sequence[Statement]) -> list[PGresult]:
        """Send the statements in one message and return the answer of each.

        Raises:
            psycopg.Error: the first refusal; nothing after it was carried out.
        """
        async with self.lock:
            sendings = [self._sending(text, params) for text, params in statements]
            return await self.wait(self._exchange(sendings))

    def rows(self, result: PGresult) -> list[Row]:
        """Return the rows of one answer, as the driver reads them."""
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)

    def _sending(self, text: str, params: Params) -> _Sending:
        native, transformer = _native(text), self._values
        values: Sequence[Buffer | None] = ()
        types: tuple[int, ...] = ()
        formats: Sequence[Format] = ()
        if native.names:
            values = transformer.dump_sequence(
                [params[name] for name in native.names], native.formats
            )
            types, formats = transformer.types or (), transformer.formats or ()
        if self.prepare_threshold is None:
            return _Sending(native, values, types, formats, None)
        key = (native.text, types)
        if (name := self._names.get(key)) is not None:
            self._names.move_to_end(key)
            return _Sending(native, values, types, formats, name)
        self._number += 1
        return _Sending(native, values, types, formats, b"edgeos_%d" % self._number, is_new=True)

    def _exchange(self, sendings: list[_Sending]) -> PQGen[list[PGresult]]:
        """Queue everything, send it, and collect one answer after the other.

        All answers are read before the connection leaves the pipeline, so that the next
        statement finds none of them.
        """
        connection = self.pgconn
        given_up, self._given_up = self._given_up, []
        connection.enter_pipeline_mode()
        try:
            for each in sendings:
                self._queue(each)
            for name in given_up:
                connection.send_query_params(b"DEALLOCATE " + name, None)
            connection.pipeline_sync()
            yield from send(connection)
            answers: list[PGresult] = []
            refused: PGresult | None = None
            for each in sendings:
                if each.is_new:
                    (prepared,) = yield from fetch_many(connection)
                    refused = refused or _refusal(prepared)
                    self._keep(each, prepared)
                (answer,) = yield from fetch_many(connection)
                refused = refused or _refusal(answer)
                answers.append(answer)
            for name in given_up:
                (answer,) = yield from fetch_many(connection)
                if answer.status == ExecStatus.PIPELINE_ABORTED:
                    self._given_up.append(name)
            yield from fetch_many(connection)  # that of the sync
        finally:
            if connection.status == ConnStatus.OK:
                connection.exit_pipeline_mode()
        if refused is not None:
            raise error_from_result(refused, self.info.encoding)
        return answers

    def _queue(self, sending: _Sending) -> None:
        connection, text = self.pgconn, sending.native.text
        if sending.name is None:
            connection.send_query_params(text, sending.values, sending.types, sending.formats)
            return
        if sending.is_new:
            connection.send_prepare(sending.name, text, sending.types)
        connection.send_query_prepared(sending.name, sending.values, sending.formats)

    def _keep(self, sending: _Sending, prepared: PGresult) -> None:
        """Remember a statement that Postgres has prepared, and give up the oldest of too many."""
        if sending.name is None or prepared.status != ExecStatus.COMMAND_OK:
            return
        key = (sending.native.text, sending.types)
        if key in self._names:  # sent twice in this message, and prepared twice
            self._given_up.append(self._names[key])
        self._names[key] = sending.name
        if len(self._names) > MOST_PREPARED:
            self._given_up.append(self._names.popitem(last=False)[1])


def _refusal(answer: PGresult) -> PGresult | None:
    """Return an answer that is an error; those of what came after one are not."""
    return answer if answer.status == ExecStatus.FATAL_ERROR else None


def wire_of(connection: PoolProxiedConnection) -> Wire:
    """Return the driver's connection within one of the pool."""
    driver = connection.driver_connection
    assert isinstance(driver, Wire)  # noqa: S101  # narrows the type
    return driver
