"""Which PostgreSQL the tests run on: a given one, a container, or the embedded server."""

import os
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.core import embedded

DOCKER_SOCKETS = (
    "/var/run/docker.sock",
    "~/.docker/run/docker.sock",
    "~/.docker/desktop/docker.sock",
    f"/run/user/{os.getuid()}/docker.sock",
)

INSTALLED = {15: Path("/usr/lib/postgresql/15/bin")}
"""Versions that are not in the wheel, and where Debian puts them."""

SECONDS_TO_ANSWER = 5

DEFAULT_VERSION = 18


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL, by its superuser's connection string."""

    admin_dsn: str
    origin: str
    stop: Callable[[], None] = field(default=lambda: None, repr=False)

    def dsn(self, database: str) -> str:
        """Return the superuser's connection string to one of the server's databases."""
        return make_conninfo(self.admin_dsn, dbname=database)


def wanted_version() -> int:
    """Return ``TEST_POSTGRES_VERSION``, or the newest version."""
    return int(os.environ.get("TEST_POSTGRES_VERSION", DEFAULT_VERSION))


def provide_server() -> Server:
    """Return the server of this run, the first of: given by URL, container, embedded."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        return Server(libpq_conninfo(url), "TEST_DATABASE_URL")
    version = wanted_version()
    if not docker_answers():
        return start_embedded(version)
    from tests.docker_server import (  # noqa: PLC0415 - half a second, for Docker's sake alone
        DockerUnusable,
        start_container,
    )

    try:
        return start_container(version)
    except DockerUnusable as reason:
        fallback = start_embedded(version)
        return Server(fallback.admin_dsn, f"{fallback.origin} ({reason})", fallback.stop)


def start_embedded(version: int) -> Server:
    """Start a throw-away server; its folder goes with it, even when this process is killed."""
    folder = Path(tempfile.mkdtemp(prefix="edgeos-tests-"))
    folder.chmod(0o755)  # the server of a root's run is somebody else's process
    server = embedded.start(
        folder,
        version=version,
        bin_dir=INSTALLED.get(version),
        durable=False,
        remove_on_stop=True,
    )
    return Server(server.dsn, f"embedded PostgreSQL {version}", server.stop)


def client_programs() -> Path:
    """Return the folder of ``pg_dump`` and its like, of the server's own version.

    What newer ones dump sets what an older server has never heard of.
    """
    version = wanted_version()
    if version in INSTALLED:
        return INSTALLED[version]
    return embedded.bundled_programs(version if version in embedded.BUNDLED else DEFAULT_VERSION)


def can_start(version: int) -> bool:
    """Tell whether this machine has the programs of a version."""
    return version in embedded.BUNDLED or INSTALLED.get(version, Path("/nowhere")).exists()


def docker_answers() -> bool:
    """Ask whatever is where Docker's engine would be, without loading its library."""
    for address in docker_addresses():
        scheme, _, place = address.partition("://")
        if scheme not in {"unix", "tcp"} or os.environ.get("DOCKER_TLS_VERIFY"):
            return True  # over ssh or TLS only the library can ask
        try:
            with connect_to(scheme, place) as engine:
                engine.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
                if engine.recv(16).startswith(b"HTTP/1."):
                    return True
        except OSError:
            continue
    return False


def docker_addresses() -> list[str]:
    """Return where Docker is said to be, or may be."""
    if given := os.environ.get("DOCKER_HOST"):
        return [given]
    paths = [Path(path).expanduser() for path in DOCKER_SOCKETS]
    return [f"unix://{path}" for path in paths if path.is_socket()]


def connect_to(scheme: str, place: str) -> socket.socket:
    """Open a connection that gives up after a few seconds of silence."""
    if scheme == "tcp":
        host, _, port = place.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), SECONDS_TO_ANSWER)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(SECONDS_TO_ANSWER)
    try:
        connection.connect(place)
    except OSError:
        connection.close()
        raise
    return connection


def libpq_conninfo(url: str) -> str:
    """Accept SQLAlchemy's way of writing a URL too: libpq knows no ``+driver``."""
    scheme, separator, rest = url.partition("://")
    plain = f"{scheme.partition('+')[0]}{separator}{rest}"
    return make_conninfo("", **conninfo_to_dict(plain))
