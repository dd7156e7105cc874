"""Runs a page of the documentation against a live platform: API, worker and mail folder."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from app.core.config import Settings

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = str(Path(sys.executable).with_name("edgeos"))
SECONDS_TO_START = 60
SECONDS_TO_RUN = 180


def blocks(page: str) -> str:
    """Return the page's bash blocks as one script; blocks of no language are only shown."""
    text = (REPOSITORY / page).read_text()
    return "\n".join(re.findall(r"^```bash\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """Return an environment in which other processes read these same settings."""
    secrets = {
        "POSTGRES_PASSWORD": settings.postgres_password,
        "APP_DB_PASSWORD": settings.app_db_password,
        "PLATFORM_DB_PASSWORD": settings.platform_db_password,
        "MIGRATOR_DB_PASSWORD": settings.migrator_db_password,
        "SECRET_KEY": settings.secret_key,
    }
    return {
        **os.environ,
        "ENVIRONMENT": settings.environment,
        "POSTGRES_SERVER": settings.postgres_server,
        "POSTGRES_PORT": str(settings.postgres_port),
        "POSTGRES_USER": settings.postgres_user,
        "POSTGRES_DB": settings.postgres_db,
        "POSTGRES_SSL_MODE": settings.postgres_ssl_mode,
        "VAR_DIR": str(settings.var_dir),
        "STORAGE_BACKEND": "local",
        "SUPERADMIN": settings.superadmin,
        **{name: value.get_secret_value() for name, value in secrets.items()},
        **more,
    }


def unmeasured(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment whose processes are not measured for coverage.

    What runs a copy of the code tells nothing about the code, and measuring it costs minutes.
    """
    return {name: value for name, value in environment.items() if "COVERAGE" not in name}


@contextmanager
def live_platform(settings: Settings) -> Generator[dict[str, str]]:
    """Serve the API and run the worker; yield what a page's commands need to know."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    here = environment(settings, PORT=port, PUBLIC_URL=f"http://127.0.0.1:{port}")
    log = settings.var_dir / "platform.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([PROGRAM, "seed"], env=here, check=True, timeout=SECONDS_TO_START)
    with log.open("w") as output:
        running = [
            subprocess.Popen([PROGRAM, command], env=here, stdout=output, stderr=output)
            for command in ("serve", "worker")
        ]
        try:
            api = f"http://127.0.0.1:{port}/api/v1"
            _wait_for(f"{api}/health/ready", log)
            yield {"API": api, "MAIL": str(settings.mail_path), "PYTHON": sys.executable}
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(timeout=30)


def run_page(page: str, settings: Settings, folder: Path) -> str:
    """Run a page's commands in a folder of their own and return what they printed."""
    with live_platform(settings) as told:
        script = f"set -euo pipefail\n{blocks(page)}"
        done = subprocess.run(
            ["bash", "-c", script],
            env={**os.environ, **told},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_TO_RUN,
        )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def _wait_for(url: str, log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        try:
            with urlopen(url, timeout=5) as answer:  # noqa: S310  # our own address
                if answer.status == 200:
                    return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"The API did not come up:\n{log.read_text()[-4000:]}")
