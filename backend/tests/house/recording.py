"""Holds what the API answered during the run to what its routes declare.

A plugin of pytest. Every problem that any application of the run answers with is written
down, by each worker in a file of its own; when the run ends, what a route does not declare
makes the run fail.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.house.listed import GENERIC
from tests.house.operations import operations

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, order=True)
class Answered:
    """A problem that an operation answered with; ``kind`` is its slug, or its status."""

    operation: str
    kind: str

    def __str__(self) -> str:
        return f"{self.operation} answers {self.kind}, which its route does not declare"


class Recorder:
    """Writes down, once each, the problems that applications answer with."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / f"{os.getpid()}.jsonl"
        self._seen: set[Answered] = set()

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return the application, observed."""

        async def observed(scope: Scope, receive: Receive, send: Send) -> None:
            heard = _Heard(send)
            try:
                await app(scope, receive, heard.send)
            finally:
                route = scope.get("route")
                if heard.is_problem and isinstance(route, APIRoute):
                    self._note(Answered(route.name, heard.kind()))

        return observed

    def _note(self, answered: Answered) -> None:
        if answered in self._seen:
            return
        self._seen.add(answered)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(answered)) + "\n")


class _Heard:
    """Listens to one answer as it leaves."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._body = b""
        self._status = 0
        self.is_problem = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = {name.lower(): value for name, value in message["headers"]}
            self.is_problem = headers.get(b"content-type", b"") == MEDIA_TYPE.encode()
        elif self.is_problem:
            self._body += message.get("body", b"")
        await self._send(message)

    def kind(self) -> str:
        """Return the slug of the problem's type; ``about:blank`` with its status has none."""
        kind = json.loads(self._body or b"{}").get("type", "about:blank")
        return f"about:blank {self._status}" if kind == "about:blank" else kind.rpartition("/")[2]


def recorded(folder: Path) -> set[Answered]:
    """Return what all processes of the run wrote down."""
    return {
        Answered(**json.loads(line))
        for file in folder.glob("*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    }


def undeclared(
    answered: Iterable[Answered], declared: Mapping[str, frozenset[str]]
) -> list[Answered]:
    """Return what was answered that is neither declared nor any operation's to answer.

    Operations that are not the application's belong to tests of what is below it.
    """
    return sorted(
        one
        for one in answered
        if one.operation in declared
        and one.kind not in declared[one.operation]
        and one.kind not in GENERIC
    )


FOLDER = pytest.StashKey[Path]()
PATCH = pytest.StashKey[pytest.MonkeyPatch]()


class WorkerNode(Protocol):
    """What xdist hands over when it starts a worker."""

    config: pytest.Config
    workerinput: dict[str, str]


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Observe every application that is called from now on."""
    given: dict[str, str] = getattr(config, "workerinput", {})
    folder = Path(given.get("problems") or tempfile.mkdtemp(prefix="edgeos-problems-"))
    recorder = Recorder(folder)
    plain = FastAPI.__call__

    async def observed(app: FastAPI, scope: Scope, receive: Receive, send: Send) -> None:
        await recorder.around(plain.__get__(app))(scope, receive, send)

    config.stash[FOLDER] = folder
    config.stash[PATCH] = pytest.MonkeyPatch()
    config.stash[PATCH].setattr(FastAPI, "__call__", observed)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerNode) -> None:
    """Let each worker of xdist write into the one folder."""
    node.workerinput["problems"] = str(node.config.stash[FOLDER])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that has passed but for an answer nobody declared."""
    if not _is_worker(session.config) and _found(session.config):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name what was not declared."""
    if found := _found(config):
        terminalreporter.section("problems answered but not declared", red=True)
        for answered in found:
            terminalreporter.write_line(str(answered))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the framework and the disk as they were."""
    config.stash[PATCH].undo()
    if not _is_worker(config):
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


def _found(config: pytest.Config) -> list[Answered]:
    answered = recorded(config.stash[FOLDER])
    if not answered:
        return []
    return undeclared(answered, {o.name: o.problems for o in operations()})
