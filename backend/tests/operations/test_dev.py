"""`dev.sh` from its start to its end: what it says, what it serves, what it leaves behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest
import typer

from app.cli.dev import ENDING, dev, environment_of
from app.core.config import BACKEND_FOLDER, Settings

SECONDS_TO_COME_UP = 120
RUNNING = "EdgeOS is running"


@dataclass(frozen=True)
class Development:
    """One `dev.sh`, in a session of its own as a terminal would give it."""

    process: subprocess.Popen[str]
    port: int
    output: Path

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_running(self) -> None:
        wait_until(lambda: RUNNING in self.said() or self.process.poll() is not None)
        assert RUNNING in self.said(), self.said()

    def get(self, path: str) -> object:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as response:
            return json.load(response)

    def descendants(self) -> set[int]:
        process = psutil.Process(self.process.pid)
        return {process.pid, *(child.pid for child in process.children(recursive=True))}

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(60)


Starter = Callable[..., Development]


@pytest.fixture
def start(tmp_path: Path) -> Generator[Starter]:
    """Start development with the given environment; whatever is left is ended afterwards."""
    started: list[Development] = []

    def begin(
        *, command: list[str] | None = None, cwd: Path = tmp_path, **environment: str
    ) -> Development:
        output = tmp_path / f"output-{len(started)}"
        port = int(environment.setdefault("PORT", str(free_port())))
        environment.setdefault("VAR_DIR", str(tmp_path / "var"))
        with output.open("w") as log:
            process = subprocess.Popen(
                command or ["bash", str(BACKEND_FOLDER / "scripts/dev.sh")],
                cwd=cwd,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        started.append(Development(process, port, output))
        return started[-1]

    yield begin
    for development in started:
        development.end()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_TO_COME_UP
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


def lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def signals() -> Generator[None]:
    """Give the test's process its own signal handlers back."""
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
def test_dev_serves_until_ctrl_c_and_finds_its_data_again(
    start: Starter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    first = start(SUPERADMIN="olga@example.com")
    first.wait_until_running()
    processes = first.descendants()

    assert len(processes) >= 5
    assert first.get("/api/v1/health/live") == {"status": "ok"}
    assert first.get("/api/v1/health/ready") == {"status": "ok"}
    assert f"http://localhost:{first.port}/docs" in first.said()
    assert "Made olga@example.com an operator." in first.said()
    assert f"{tmp_path}/var/mail" in first.said()
    assert (tmp_path / "var/dev-secret").stat().st_mode & 0o077 == 0

    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    with pytest.raises(typer.Exit):
        dev()
    assert "already runs on" in capfd.readouterr().err

    os.killpg(first.process.pid, signal.SIGINT)
    assert first.process.wait(60) == 0
    wait_until(lambda: not any(lives(pid) for pid in processes))
    with pytest.raises(URLError):
        first.get("/api/v1/health/live")

    second = start(SUPERADMIN="olga@example.com", PORT=str(first.port))
    second.wait_until_running()
    processes = second.descendants()
    assert "Made" not in second.said()

    second.process.kill()
    wait_until(lambda: not any(lives(pid) for pid in processes))


def test_dev_reloads_what_changed_and_survives_a_mistake(start: Starter, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(BACKEND_FOLDER / "app", copy / "app", ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(BACKEND_FOLDER / "alembic.ini", copy)
    main = copy / "app/main.py"
    original = main.read_text()
    run = "from app.cli import main; main()"
    development = start(command=[sys.executable, "-c", run, "dev"], cwd=copy)
    development.wait_until_running()

    main.write_text("this is not Python\n")
    wait_until(lambda: "API ended; it starts again at the next change." in development.said())
    main.write_text(original.replace('VERSION = "', 'VERSION = "9.'))

    document = development.get("/api/v1/openapi.json")
    assert isinstance(document, dict)
    assert document["info"]["version"].startswith("9.")

    development.process.send_signal(signal.SIGTERM)
    assert development.process.wait(60) == 0


def test_dev_refuses_a_port_in_use(start: Starter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        development = start(PORT=str(taken.getsockname()[1]))

        assert development.process.wait(60) == 1

    assert f"port {development.port} cannot be used" in development.said().splitlines()[-1]


@pytest.mark.usefixtures("signals")
def test_dev_refuses_a_folder_that_holds_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    theirs = tmp_path / "var/postgres/PG_VERSION"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("15\n")
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("PORT", str(free_port()))

    with pytest.raises(typer.Exit) as ending:
        dev()

    assert ending.value.exit_code == 1
    assert "Nothing was touched" in capfd.readouterr().err
    assert [path.name for path in theirs.parent.iterdir()] == ["PG_VERSION"]


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        pytest.param({"ENVIRONMENT": "production"}, "for development", id="production"),
        pytest.param(
            {"POSTGRES_SERVER": "127.0.0.1", "POSTGRES_PORT": "1"},
            "PostgreSQL at 127.0.0.1:1 (POSTGRES_SERVER) does not answer",
            id="server that is not there",
        ),
        pytest.param({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL: ", id="setting that is wrong"),
    ],
)
def test_dev_says_in_a_line_what_is_wrong(
    environment: dict[str, str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    secrets = ("SECRET_KEY", "CONTEXT_SIGNING_KEY", "DATA_ENCRYPTION_KEY")
    passwords = ("APP_DB_PASSWORD", "PLATFORM_DB_PASSWORD")
    given = {name: f"{name}0123456789abcdefghijklmnopqrstuv" for name in secrets + passwords}
    given |= {"VAR_DIR": str(tmp_path), "PORT": str(free_port())}
    for name, value in (given | environment).items():
        monkeypatch.setenv(name, value)

    with pytest.raises(typer.Exit) as ending:
        dev()

    assert ending.value.exit_code == 1
    assert [reason in line for line in capfd.readouterr().err.splitlines()] == [True]


def test_links_lead_to_the_port_that_was_asked_for(settings: Settings) -> None:
    elsewhere = settings.model_copy(update={"port": 8010})
    with_portal = elsewhere.model_copy(update={"portal_url": "https://portal.example"})

    names = ("PUBLIC_URL", "PORTAL_URL", "BACKOFFICE_URL")
    docs = "http://localhost:8010/docs"
    assert [environment_of(elsewhere)[name] for name in names] == [docs[:-5], docs, docs]
    assert environment_of(with_portal)["PORTAL_URL"] == "https://portal.example"
