"""What a connection sends in one message, and what it remembers of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from psycopg.pq import PipelineStatus, TransactionStatus
from psycopg.types.json import Json

from app.core import wire as wire_module
from app.core.config import Settings
from app.core.wire import Statement, Value, Wire


@pytest.fixture
async def wire(settings: Settings) -> AsyncIterator[Wire]:
    connection = await Wire.connect(settings.admin_dsn, autocommit=True)
    yield connection
    await connection.close()


async def told(wire: Wire, *statements: Statement) -> list[list[tuple[Value, ...]]]:
    """Return the rows of every statement that has any."""
    return [wire.rows(answer) for answer in await wire.exchange(statements)]


async def prepared_on(wire: Wire) -> list[str]:
    """Return what the server has prepared for this connection, and by whom."""
    cursor = await wire.execute("SELECT name FROM pg_prepared_statements ORDER BY prepare_time")
    return [str(name) for (name,) in await cursor.fetchall()]


async def test_each_statement_gets_its_own_answer_in_order(wire: Wire) -> None:
    found = await told(
        wire,
        ("BEGIN", {}),
        ("SELECT %(a)s::int, %(b)s::int, %(a)s::int", {"a": 1, "b": 2}),
        ("SELECT generate_series(1, %(most)s::int)", {"most": 3}),
        ("COMMIT", {}),
    )

    assert found == [[], [(1, 2, 1)], [(1,), (2,), (3,)], []]
    assert wire.info.transaction_status is TransactionStatus.IDLE


async def test_values_travel_as_the_driver_writes_and_reads_them(wire: Wire) -> None:
    values: dict[str, Value] = {
        "id": UUID(int=7),
        "at": datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        "text": "50 % of 'it' \\ $1 ünï",
        "json": Json({"a": [1, None]}),
        "many": [1, 2],
        "huge": 2**62,
        "none": None,
    }
    text = "SELECT " + ", ".join(f"%({name})s" for name in values) + ", '100 %%', 'x' LIKE 'x%%'"

    ((found,),) = await told(wire, (text, values))
    cursor = await wire.execute(text, values)

    assert found == await cursor.fetchone()
    assert found[-2:] == ("100 %", True)


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_nothing_after_a_refused_statement_is_carried_out(wire: Wire, place: int) -> None:
    await wire.execute("CREATE TEMP TABLE kept (number int CHECK (number > 0))")
    sent: list[Statement] = [("INSERT INTO kept VALUES (%(n)s::int)", {"n": n}) for n in (1, 2, 3)]
    sent[place] = (sent[place][0], {"n": -1})

    with pytest.raises(psycopg.errors.CheckViolation):
        await wire.exchange([("BEGIN", {}), *sent, ("COMMIT", {})])

    assert wire.info.transaction_status is TransactionStatus.INERROR
    assert wire.pgconn.pipeline_status == PipelineStatus.OFF
    await wire.rollback()
    assert await told(wire, ("SELECT count(*) FROM kept", {})) == [[(0,)]]


async def test_a_statement_that_cannot_be_prepared_is_refused_and_not_remembered(
    wire: Wire,
) -> None:
    for _ in range(2):
        with pytest.raises(psycopg.errors.UndefinedTable):
            await wire.exchange([("SELECT 1", {}), ("SELECT * FROM nowhere", {})])

    assert await told(wire, ("SELECT 1", {})) == [[(1,)]]
    assert len(await prepared_on(wire)) == 1


async def test_what_is_sent_again_is_prepared_once_even_after_a_rollback(wire: Wire) -> None:
    for number in (1, 2, 3):
        assert await told(wire, ("BEGIN", {}), ("SELECT %(n)s::int", {"n": number})) == [
            [],
            [(number,)],
        ]
        await wire.execute("SELECT 1", prepare=True)
        await wire.rollback()

    # Two of ours and one of the driver's own.
    assert len(await prepared_on(wire)) == 3


async def test_values_of_another_type_are_another_statement(wire: Wire) -> None:
    for value in (1, 2**40, "x", None):
        await told(wire, ("SELECT %(v)s", {"v": value}))

    # A number's type follows its size; text and null are both of no type yet.
    assert len(await prepared_on(wire)) == 3


async def test_too_many_statements_push_out_the_one_not_used_for_longest(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_module, "MOST_PREPARED", 2)
    for text in ("SELECT 1", "SELECT 2", "SELECT 1", "SELECT 3", "SELECT 1"):
        assert await told(wire, (text, {})) == [[(int(text[-1]),)]]

    cursor = await wire.execute("SELECT statement FROM pg_prepared_statements")
    assert sorted(str(text) for (text,) in await cursor.fetchall()) == ["SELECT 1", "SELECT 3"]


async def test_what_is_given_up_goes_with_the_next_message_that_succeeds(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_module, "MOST_PREPARED", 1)
    await told(wire, ("SELECT 1", {}), ("SELECT 2", {}), ("SELECT 2", {}))
    with pytest.raises(psycopg.errors.DivisionByZero):
        await told(wire, ("SELECT 1 / 0", {}))

    await told(wire, ("SELECT 3", {}))
    await told(wire, ("SELECT 3", {}))

    assert len(await prepared_on(wire)) == 1


async def test_a_table_that_changed_is_refused_once_and_then_read_anew(wire: Wire) -> None:
    await wire.execute("CREATE TEMP TABLE changing AS SELECT 1 AS a")
    for _ in range(2):
        assert await told(wire, ("SELECT * FROM changing", {})) == [[(1,)]]
        await wire.execute("SELECT * FROM changing", prepare=True)
    await wire.exchange([("ALTER TABLE changing ADD COLUMN b int DEFAULT 2", {})])

    with pytest.raises(psycopg.errors.FeatureNotSupported):
        await told(wire, ("BEGIN", {}), ("SELECT * FROM changing", {}))
    await wire.rollback()

    assert await told(wire, ("SELECT * FROM changing", {})) == [[(1, 2)]]
    cursor = await wire.execute("SELECT * FROM changing", prepare=True)
    assert await cursor.fetchall() == [(1, 2)]


async def test_after_a_failure_nothing_is_left_on_the_server_that_nobody_knows(
    wire: Wire,
) -> None:
    for _ in range(3):
        await told(wire, ("SELECT 1", {}), ("SELECT 2", {}))
        with pytest.raises(psycopg.errors.DivisionByZero):
            await told(wire, ("BEGIN", {}), ("SELECT 1 / %(n)s::int", {"n": 0}))
        await wire.rollback()
        assert await prepared_on(wire) == []

    assert await told(wire, ("SELECT 1", {}), ("SELECT 2", {})) == [[(1,)], [(2,)]]


async def test_nothing_is_prepared_behind_a_pooler(settings: Settings) -> None:
    connection = await Wire.connect(settings.admin_dsn, autocommit=True, prepare_threshold=None)
    for _ in range(3):
        found = await told(connection, ("BEGIN", {}), ("SELECT %(n)s::int", {"n": 1}))
        assert found == [[], [(1,)]]
        await connection.rollback()
        with pytest.raises(psycopg.errors.DivisionByZero):
            await told(connection, ("BEGIN", {}), ("SELECT 1 / 0", {}))
        await connection.rollback()

    assert await prepared_on(connection) == []
    await connection.close()


async def test_a_value_that_cannot_be_written_down_leaves_the_connection_as_it_was(
    wire: Wire,
) -> None:
    with pytest.raises(psycopg.ProgrammingError):
        await wire.exchange([("BEGIN", {}), ("SELECT %(v)s", {"v": object()})])
    with pytest.raises(KeyError):
        await wire.exchange([("BEGIN", {}), ("SELECT %(v)s", {})])

    assert wire.info.transaction_status is TransactionStatus.IDLE
    assert await told(wire, ("SELECT 1", {})) == [[(1,)]]


async def test_who_stops_waiting_leaves_a_connection_that_can_be_used(wire: Wire) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await wire.exchange([("BEGIN", {}), ("SELECT pg_sleep(60)", {}), ("COMMIT", {})])

    assert wire.pgconn.pipeline_status == PipelineStatus.OFF
    await wire.rollback()
    assert await told(wire, ("SELECT 1", {})) == [[(1,)]]


async def test_a_connection_that_is_gone_says_so(wire: Wire) -> None:
    with pytest.raises(psycopg.OperationalError):
        await wire.exchange([("SELECT pg_terminate_backend(pg_backend_pid())", {})])
    with pytest.raises(psycopg.OperationalError):
        await wire.exchange([("SELECT 1", {})])


async def test_more_than_the_sockets_hold_goes_through(wire: Wire) -> None:
    large = "x" * 4_000_000
    found = await told(wire, *[("SELECT length(%(t)s), %(t)s", {"t": large})] * 3)

    assert [(rows[0][0], rows[0][1] == large) for rows in found] == [(4_000_000, True)] * 3
