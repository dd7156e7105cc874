"""The databases that tests run on: each its own, and gone afterwards."""

import socket
from collections.abc import Generator
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from app.core.config import Settings
from tests.database import Database, TestRun
from tests.servers import Server, docker_answers, libpq_conninfo, provide_server


def databases(server: Server) -> set[str]:
    with psycopg.connect(server.admin_dsn) as admin:
        return {name for (name,) in admin.execute("SELECT datname FROM pg_database")}


def test_empty_database_is_dropped_although_somebody_is_connected(test_run: TestRun) -> None:
    with test_run.empty_database() as own:
        visitor = psycopg.connect(own.admin_dsn)
        assert own.name in databases(test_run.server)

    assert own.name not in databases(test_run.server)
    with pytest.raises(psycopg.OperationalError):
        visitor.execute("SELECT 1")
    visitor.close()


def test_empty_database_orders_text_by_code_point(empty_database: Database) -> None:
    with psycopg.connect(empty_database.admin_dsn) as admin:
        ordered = admin.execute(
            "SELECT string_agg(word, ' ' ORDER BY word), lower('ÄÖ')"
            " FROM unnest(ARRAY['b', 'a', 'B', 'ä']) AS word"
        ).fetchone()

    assert ordered == ("B a b ä", "äö")


def test_given_url_is_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql+psycopg://admin:p%40ss@db.example:6543/postgres"
    monkeypatch.setenv("TEST_DATABASE_URL", url)

    server = provide_server()

    assert server.origin == "TEST_DATABASE_URL"
    assert server.admin_dsn == libpq_conninfo(url)
    assert "password=p@ss" in server.dsn("other")


@pytest.fixture
def engine(tmp_path: Path) -> Generator[socket.socket]:
    """A socket where Docker's engine would listen."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "docker.sock"))
        listener.listen()
        yield listener


def answer_once(listener: socket.socket, answer: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        assert connection.recv(1024).startswith(b"GET /_ping ")
        connection.sendall(answer)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nOK", True, id="an engine"),
        pytest.param(b"", False, id="something that hangs up"),
    ],
)
def test_docker_answers_where_an_engine_does(
    engine: socket.socket, monkeypatch: pytest.MonkeyPatch, answer: bytes, expected: bool
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{engine.getsockname()}")
    thread = Thread(target=answer_once, args=(engine, answer))
    thread.start()

    found = docker_answers()

    thread.join()
    assert found is expected


def test_docker_does_not_answer_where_it_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    dead = docker_answers()
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    refused = docker_answers()
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setattr("tests.servers.DOCKER_SOCKETS", (str(tmp_path / "docker.sock"),))
    absent = docker_answers()

    assert (dead, refused, absent) == (False, False, False)


@pytest.mark.parametrize("hardened", [False, True])
def test_database_is_migrated_and_clean(database: Database) -> None:
    with psycopg.connect(database.migrator_dsn) as migrator:
        migrator.execute("SET ROLE app_owner")
        findings = migrator.execute("SELECT * FROM tenancy.audit").fetchall()

    assert findings == []


def test_database_is_closed_to_everybody_like_its_template(database: Database) -> None:
    with psycopg.connect(database.app_dsn) as app:
        rights = app.execute(
            "SELECT has_database_privilege(current_database(), 'CONNECT'),"
            " has_database_privilege(current_database(), 'TEMPORARY')"
        ).fetchone()

    assert rights == (True, False)


def test_settings_point_to_the_tests_own_database(settings: Settings, database: Database) -> None:
    with psycopg.connect(settings.app_dsn) as app:
        name = app.execute("SELECT current_database()").fetchone()

    assert name == (database.name,)
    assert settings.var_dir.parent.exists()
