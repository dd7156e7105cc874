"""The two applications that are measured, each one worker in a process of its own."""

import json
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection
from pathlib import Path

from app.core.config import BACKEND_FOLDER
from benchmarks.load import Outcome
from benchmarks.plan import Plan
from benchmarks.traffic import PATH, Operation, requests_of, write_job
from benchmarks.world import BenchTenant, World

SECONDS_TO_ANSWER = 60


class Contender(StrEnum):
    """Who answers the requests."""

    OURS = "ours"
    USUAL = "usual"


class RunFailed(RuntimeError):
    """A process of the benchmark failed; the message carries its last words."""


@dataclass(frozen=True, slots=True)
class Served:
    """An application that answers on a port of this machine."""

    contender: Contender
    port: int

    def wait_until_it_answers(self, here: World) -> None:
        """Ask once, for as long as a process needs to start.

        Raises:
            RunFailed: it ended instead.
        """
        try:
            self.get(f"{PATH}?limit=1", here.read_from[0])
        except OSError as error:
            last_words = _log(self.contender, here).read_text()[-2000:]
            raise RunFailed(f"{self.contender} did not start: {last_words}") from error

    def get(self, path: str, tenant: BenchTenant) -> object:
        """Return the JSON of one answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_TO_ANSWER)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {tenant.token}"})
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise RunFailed(f"{self.contender} answered {path}: {response.status} {text!r}")
        return json.loads(text)

    def measure(self, operation: Operation, plan: Plan, here: World) -> Outcome:
        """Send an operation's requests for a while, from another process."""
        job = here.folder / "job.json"
        write_job(job, plan, self.port, requests_of(operation, here))
        load = subprocess.run(
            [sys.executable, "-m", "benchmarks.load", str(job)],
            cwd=BACKEND_FOLDER,
            capture_output=True,
            text=True,
            check=False,
        )
        if load.returncode != 0:
            raise RunFailed(f"{self.contender}, {operation}: {load.stderr.strip()[-2000:]}")
        return Outcome(**json.loads(load.stdout))


@contextmanager
def served(contender: Contender, here: World) -> Generator[Served]:
    """Serve a contender for as long as the block runs; its log goes to a file.

    Its socket listens before it does, so the first answer comes as soon as there is one.
    """
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    with listening as listener, _log(contender, here).open("w") as output:
        port: int = listener.getsockname()[1]
        arguments = [contender, str(here.settings_file), str(listener.fileno())]
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.serving", *arguments],
            cwd=BACKEND_FOLDER,
            stdout=output,
            stderr=output,
            pass_fds=(listener.fileno(),),
        )
    try:
        yield Served(contender, port)
    finally:
        process.terminate()
        process.wait()


def _log(contender: Contender, here: World) -> Path:
    return here.folder / f"{contender}.log"
