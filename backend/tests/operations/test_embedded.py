"""The embedded server: it starts, it keeps its data, it ends with its application."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import psutil
import psycopg
import pytest

from app.core import embedded
from app.core.config import BACKEND_FOLDER

# What a shell runs in the background inherits that SIGINT is ignored; a service does not.
STARTS_AND_WAITS = """
import signal, sys, time
from pathlib import Path
from app.core import embedded

signal.signal(signal.SIGINT, signal.default_int_handler)
embedded.start(Path(sys.argv[1]), durable=False)
print("started", flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "postgres"


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("made") / "postgres"
    with embedded.start(made) as server, connect(server) as admin:
        admin.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    return made


@pytest.fixture
def kept(made_once: Path, folder: Path) -> Path:
    """A complete folder whose database has a table, copied for this test alone."""
    shutil.copytree(made_once, folder, symlinks=True)
    for path in (made_once, *made_once.rglob("*")):
        owner = path.lstat()
        copy = folder / path.relative_to(made_once)
        if copy.exists():
            os.chown(copy, owner.st_uid, owner.st_gid)
    return folder


@pytest.fixture
def application(folder: Path) -> Generator[subprocess.Popen[str]]:
    """Another process that started a server on the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", STARTS_AND_WAITS, str(folder)],
        cwd=BACKEND_FOLDER,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    with process.stdout:
        assert process.stdout.readline() == "started\n"
        yield process
        process.kill()
        process.wait()
        wait_until(lambda: servers_on(folder) == [])


def connect(address: embedded.ServerAddress) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(address.dsn, autocommit=True)


def through_the_socket(
    address: embedded.ServerAddress,
) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(address.socket_dir),
        port=address.port,
        user=address.user,
        password=address.password,
        dbname="postgres",
    )


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def servers_on(folder: Path) -> list[str]:
    """Return the commands of the guard and the server of a folder that are still running."""
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [
        " ".join(command)
        for command in commands
        if STARTS_AND_WAITS not in command and str(folder / "cluster") in " ".join(command)
    ]


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_start_makes_a_server_that_asks_for_its_password(folder: Path) -> None:
    with embedded.start(folder, durable=False) as server:
        with connect(server) as admin:
            who = admin.execute("SELECT current_user, inet_server_port()").fetchone()
        with through_the_socket(server) as admin:
            through_socket = admin.execute("SELECT inet_server_port()").fetchone()
        guess = server.dsn.replace(server.password, "guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(guess)

    assert who == ("postgres", server.port)
    assert through_socket == (None,)
    assert (folder / "superuser-password").stat().st_mode & 0o077 == 0


def test_stop_leaves_nothing_running_and_keeps_the_data(folder: Path) -> None:
    with embedded.start(folder) as server, connect(server) as admin:
        admin.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    left = servers_on(folder)

    with embedded.start(folder) as again, connect(again) as admin:
        answer = admin.execute("SELECT answer FROM kept").fetchone()

    assert left == []
    assert answer == (42,)


def test_remove_on_stop_leaves_no_folder(folder: Path) -> None:
    server = embedded.start(folder, durable=False, remove_on_stop=True)

    server.stop()

    assert not folder.exists()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_server_ends_with_its_application(
    application: subprocess.Popen[str], folder: Path, ending: signal.Signals
) -> None:
    application.send_signal(ending)
    application.wait(10)

    wait_until(lambda: servers_on(folder) == [])
    wait_until(lambda: embedded.find(folder) is None)


def test_start_refuses_a_folder_in_use_and_find_gives_its_address(
    application: subprocess.Popen[str], folder: Path
) -> None:
    with pytest.raises(embedded.DataFolderInUse, match=rf"by process {application.pid}"):
        embedded.start(folder)

    running = embedded.find(folder)
    assert running
    with connect(running) as admin:
        assert admin.execute("SELECT 1").fetchone() == (1,)


def test_start_makes_anew_what_an_interrupted_start_left(folder: Path) -> None:
    making = folder / "making"
    making.mkdir(parents=True)
    (making / "PG_VERSION").write_text("18\n")

    with embedded.start(folder, durable=False) as server, connect(server) as admin:
        assert admin.execute("SELECT 1").fetchone() == (1,)

    assert not making.exists()


@pytest.mark.parametrize("part", ["PG_VERSION", "global/pg_control", "postgresql.conf"])
def test_start_refuses_an_incomplete_database_and_touches_nothing(kept: Path, part: str) -> None:
    (kept / "cluster" / part).unlink()
    before = snapshot(kept)

    with pytest.raises(embedded.DataFolderUnusable, match=rf"{part} is missing.*mv .*old"):
        embedded.start(kept)

    assert snapshot(kept) == before


def test_start_refuses_a_folder_of_something_else_and_touches_nothing(folder: Path) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text("18\n")
    (folder / "base").mkdir()

    with pytest.raises(embedded.DataFolderUnusable, match=r"no database of ours but PG_VERSION"):
        embedded.start(folder)

    assert snapshot(folder) == {"PG_VERSION": b"18\n"}


def test_start_refuses_the_database_of_another_version(kept: Path) -> None:
    with pytest.raises(embedded.DataFolderUnusable, match="made by PostgreSQL 18, this is 16"):
        embedded.start(kept, version=16)

    with embedded.start(kept, durable=False) as server, connect(server) as admin:
        assert admin.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_start_refuses_a_port_in_use(kept: Path) -> None:
    with socket.create_server((embedded.HOST, 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(embedded.ServerUnavailable, match=f"Port {port} cannot be used"):
            embedded.start(kept, port=port)


def test_start_says_why_postgres_gave_up(kept: Path) -> None:
    with (kept / "cluster" / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")

    with pytest.raises(embedded.ServerDidNotStart, match=r"postgresql.conf.*contains errors"):
        embedded.start(kept)

    assert servers_on(kept) == []


def test_start_refuses_programs_that_are_not_there(folder: Path) -> None:
    with pytest.raises(embedded.ServerUnavailable, match="There is no PostgreSQL in"):
        embedded.start(folder, bin_dir=folder / "bin")

    with pytest.raises(embedded.ServerUnavailable, match=r"no embedded PostgreSQL 14"):
        embedded.start(folder, version=14)


def test_start_works_below_closed_and_deep_folders(tmp_path: Path) -> None:
    """A root's folder is closed to the server's user; a long path is too long for a socket."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with embedded.start(closed / ("deep" * 30) / "postgres", durable=False) as server:
        with through_the_socket(server) as admin:
            assert admin.execute("SELECT 1").fetchone() == (1,)
        assert not server.socket_dir.is_relative_to(tmp_path)

    assert not server.socket_dir.exists()
    assert closed.stat().st_mode & 0o066 == 0
