"""`edgeos dev`: database, API and worker of one machine, reloaded on change, ended together."""

import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import typer
from pydantic import ValidationError
from watchfiles import PythonFilter, watch

from app.alembic.provision import provision
from app.cli.development import (
    development_database,
    embedded_folder,
    uses_embedded_database,
    with_secret,
)
from app.cli.session import EXPECTED, with_platform
from app.core import embedded
from app.core.config import BACKEND_FOLDER, Environment, Settings
from app.core.embedded_guard import end_with_parent
from app.services.seed import seed

SECONDS_TO_STOP = 25
"""For the API to finish its requests and the worker its jobs, for which it takes 20 at most."""

SECONDS_TO_COME_UP = 120

RELOADED_TOO = (".html", ".txt", ".sql", ".json")
"""What the application reads at its start beside Python."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotRun(Exception):
    """What stands in the way, in one line."""


@dataclass
class Child:
    """One process of ours, in a session of its own: a Ctrl-C reaches only its parent."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    inherited: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def ended(self) -> bool:
        """Whether it ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def start(self) -> None:
        """Start it, to end with this process however that ends."""
        with _uninterrupted():
            self.process = subprocess.Popen(  # noqa: S603 - the commands are our own
                self.command,
                cwd=BACKEND_FOLDER,
                env=self.environment,
                pass_fds=self.inherited,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - no other thread holds a lock
            )

    def ask_to_stop(self) -> None:
        """Send the signal that lets it finish what it is doing."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def wait_until_gone(self) -> None:
        """Wait for it, and end it and all it started when it takes too long."""
        if self.process is None:
            return
        try:
            self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            print(f"{self.name} does not stop; ending it.", file=sys.stderr)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


def dev() -> None:
    """Run the whole platform for development, with reload; Ctrl-C stops all of it."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for number in ENDING:
        signal.signal(number, _interrupt)
    try:
        _run(_read_settings())
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
    except (CannotRun, *EXPECTED) as reason:
        print(f"Cannot run: {reason}", file=sys.stderr)
        raise typer.Exit(1) from None


def _run(settings: Settings) -> None:
    _refuse_a_second_start(settings)
    with _listening(settings) as listener:
        database = embedded_folder(settings) if uses_embedded_database(settings) else None
        if database:
            print(f"Starting PostgreSQL in {database} ...", flush=True)
        with development_database(settings) as connected:
            everything = with_secret(connected)
            provision(everything)
            for line in with_platform(seed):
                print(line)
            _serve(everything, listener, database)


def _serve(settings: Settings, listener: socket.socket, database: Path | None) -> None:
    # What serves requests has no use for the administrator's password.
    modest = environment_of(settings) | {"POSTGRES_PASSWORD": ""}
    announced, announce = os.pipe()
    inherited = (listener.fileno(), announce)
    serve = [sys.executable, "-m", "app.cli.dev_server", *map(str, inherited)]
    children = [
        Child("API", serve, modest, inherited),
        Child("Worker", [_program(), "worker"], modest),
    ]
    with _running(children):
        _wait_until_live(announced, children)
        print(banner(settings), flush=True)
        for changes in _changes():
            _refuse_to_go_on_without(database)
            _restart_or_report(children, changes)


@contextmanager
def _running(children: list[Child]) -> Generator[None]:
    try:
        for child in children:
            child.start()
        yield
    finally:
        for number in ENDING:  # a second Ctrl-C must not leave anything behind
            signal.signal(number, signal.SIG_IGN)
        _stop(children)


def _stop(children: list[Child]) -> None:
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.wait_until_gone()


def _changes() -> Generator[list[str]]:
    """Give the names of files that changed, and twice a second none."""
    for changes in watch(
        BACKEND_FOLDER / "app",
        watch_filter=PythonFilter(extra_extensions=RELOADED_TOO),
        rust_timeout=500,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        yield sorted({Path(path).name for _, path in changes})


def _restart_or_report(children: list[Child], changes: list[str]) -> None:
    """Restart all children when a file changed; say it when one ended by itself."""
    if changes:
        print(f"Changed: {', '.join(changes[:5])}. Reloading ...", file=sys.stderr)
        _stop(children)
        for child in children:
            child.start()
    for child in children:
        if child.ended:
            print(f"{child.name} ended; it starts again at the next change.", file=sys.stderr)
            child.wait_until_gone()


def _refuse_to_go_on_without(database: Path | None) -> None:
    if database and embedded.find(database) is None:
        raise CannotRun(f"PostgreSQL ended by itself; it says why in {database / 'postgres.log'}")


def _wait_until_live(announced: int, children: list[Child]) -> None:
    deadline = time.monotonic() + SECONDS_TO_COME_UP
    while not select.select([announced], [], [], 0.2)[0]:
        for child in children:
            if child.ended:
                raise CannotRun(f"{child.name} ended at once; its messages are above")
        if time.monotonic() > deadline:
            raise CannotRun(f"The API does not answer after {SECONDS_TO_COME_UP} seconds")


def _program() -> str:
    """Return the `edgeos` of the environment this one runs in."""
    return str(Path(sys.executable).with_name("edgeos"))


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment in which other processes read these same settings."""
    pages = f"{_public_url(settings)}/docs"
    told = settings.model_fields_set
    return os.environ | {
        "POSTGRES_SERVER": settings.postgres_server,
        "POSTGRES_PORT": str(settings.postgres_port),
        "POSTGRES_USER": settings.postgres_user,
        "POSTGRES_PASSWORD": settings.postgres_password.get_secret_value(),
        "POSTGRES_DB": settings.postgres_db,
        "POSTGRES_SSL_MODE": settings.postgres_ssl_mode,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "VAR_DIR": str(settings.var_dir.absolute()),
        "PORT": str(settings.port),
        "PUBLIC_URL": _public_url(settings),
        "PORTAL_URL": settings.portal_url if "portal_url" in told else pages,
        "BACKOFFICE_URL": settings.backoffice_url if "backoffice_url" in told else pages,
    }


def banner(settings: Settings) -> str:
    """Return what a newcomer needs next."""
    mail = f"sent through {settings.smtp_host}"
    if not settings.smtp_host:
        mail = f"{settings.mail_path.absolute()} (one .eml file per message)"
    database = f"{settings.postgres_server}:{settings.postgres_port}/{settings.postgres_db}"
    lines = {
        "API docs": f"{_public_url(settings)}/docs",
        "Operator": f"{settings.superadmin} (asks for a code, which comes by e-mail)",
        "Mail": mail,
        "Database": f"{database} (bash backend/scripts/edgeos.sh db dsn app)",
    }
    rows = [f"  {name:<10}{value}" for name, value in lines.items()]
    return "\n".join(["", "EdgeOS is running; Ctrl-C stops everything.", *rows, ""])


def _public_url(settings: Settings) -> str:
    if "public_url" in settings.model_fields_set:
        return settings.public_url.rstrip("/")
    return f"http://localhost:{settings.port}"


def _read_settings() -> Settings:
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise CannotRun("; ".join(wrong)) from error
    if settings.environment is Environment.PRODUCTION:
        raise CannotRun("`edgeos dev` is for development, and ENVIRONMENT is production")
    return settings


def _refuse_a_second_start(settings: Settings) -> None:
    folder = embedded_folder(settings)
    if uses_embedded_database(settings) and embedded.find(folder):
        raise CannotRun(
            f"it already runs on {folder}; to run it twice, give the second a VAR_DIR and PORT"
            " of its own"
        )


@contextmanager
def _listening(settings: Settings) -> Generator[socket.socket]:
    """Take the port for as long as we run, so that a reload refuses nobody."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise CannotRun(
                f"port {settings.port} cannot be used ({error.strerror}); stop what runs there,"
                f" or choose another: PORT={settings.port % 65535 + 1} bash backend/scripts/dev.sh"
            ) from error
        listener.listen(1024)
        listener.set_inheritable(True)
        yield listener


@contextmanager
def _uninterrupted() -> Generator[None]:
    """Hold a signal back while a process is being made, lest it come to be nobody's."""
    held_back: list[int] = []
    for number in ENDING:
        signal.signal(number, lambda number, _frame: held_back.append(number))
    try:
        yield
    finally:
        for number in ENDING:
            signal.signal(number, _interrupt)
    if held_back:
        raise KeyboardInterrupt


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
