"""What every test can ask for: a database of its own, settings for it, and a world in it."""

import os
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from psycopg.pq.abc import PGresult

from app.core.config import Settings
from app.core.wire import Statement, Wire
from tests.database import Database, TestRun, forget_the_environment
from tests.servers import Server, provide_server

pytest_plugins = ["tests.worlds", "tests.house.recording"]

RUN = pytest.StashKey[TestRun]()

FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SET LOCAL", "SELECT TENANCY.ENTER")
"""What opens and closes every transaction, in the message or pipeline of another statement."""


class WorkerNode(Protocol):
    """What xdist hands over when it starts a worker."""

    config: pytest.Config
    workerinput: dict[str, str]


def pytest_configure(config: pytest.Config) -> None:
    """Take the server from the process that started this worker, if one did."""
    forget_the_environment()
    given: dict[str, str] = getattr(config, "workerinput", {})
    if "admin_dsn" in given:
        server = Server(given["admin_dsn"], given["origin"])
        config.stash[RUN] = TestRun(server, given["run"])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerNode) -> None:
    """Give each worker of xdist the one server; it belongs to the process that outlives them."""
    run = run_of(node.config)
    node.workerinput |= {
        "admin_dsn": run.server.admin_dsn,
        "origin": run.server.origin,
        "run": run.name,
    }


def pytest_unconfigure(config: pytest.Config) -> None:
    """Drop what the run made, and stop the server if the run started it."""
    run = config.stash.get(RUN, None)
    if run is None or hasattr(config, "workerinput"):
        return
    del config.stash[RUN]
    run.end()
    run.server.stop()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say which PostgreSQL the tests ran on."""
    if run := config.stash.get(RUN, None):
        terminalreporter.write_line(f"database: {run.server.origin}")


def run_of(config: pytest.Config) -> TestRun:
    """Return this run, starting its server when it is first asked for."""
    if RUN not in config.stash:
        config.stash[RUN] = TestRun.begin(provide_server())
    return config.stash[RUN]


@pytest.fixture(scope="session")
def test_run(pytestconfig: pytest.Config) -> TestRun:
    """The server of this run and what was made on it."""
    return run_of(pytestconfig)


@pytest.fixture
def hardened() -> bool:
    """Whether the database has the superuser's hardening; parametrise a test to vary it."""
    return os.environ.get("TEST_HARDENED", "0") == "1"


@pytest.fixture
def database(test_run: TestRun, hardened: bool) -> Generator[Database]:
    """A migrated database that is this test's alone."""
    with test_run.database(hardened=hardened) as own:
        yield own


@pytest.fixture
def empty_database(test_run: TestRun) -> Generator[Database]:
    """A database without anything in it."""
    with test_run.empty_database() as own:
        yield own


@pytest.fixture
def settings(database: Database, hardened: bool, tmp_path: Path) -> Settings:
    """Settings for this test's database, with a folder of its own for files and mail."""
    return database.settings(var_dir=tmp_path / "var", hardened=hardened)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement sent to the database from here on, the frame of a transaction left out."""
    sent: list[str] = []
    execute, exchange = psycopg.AsyncCursor.execute, Wire.exchange

    def note(text: str) -> None:
        if not text.upper().startswith(FRAME):
            sent.append(text)

    async def noted_execute(cursor, query, *args, **options):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN202  # hands on whatever it is given
        note(query.decode() if isinstance(query, bytes) else str(query))
        return await execute(cursor, query, *args, **options)

    async def noted_exchange(wire: Wire, together: Sequence[Statement]) -> list[PGresult]:
        for text, _ in together:
            note(text)
        return await exchange(wire, together)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", noted_execute)
    monkeypatch.setattr(Wire, "exchange", noted_exchange)
    return sent
