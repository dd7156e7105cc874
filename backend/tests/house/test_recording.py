"""A problem that a route answers without declaring it makes the run fail."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import httpx
import pytest
from fastapi import FastAPI

from app.core.errors import DomainError, NotFound
from app.core.problems import install_problem_handlers, problems
from tests.house.listed import GENERIC
from tests.house.recording import Answered, Recorder, recorded, undeclared
from tests.house.source import BACKEND


class NotToday(DomainError):
    """Not today."""


def _application() -> FastAPI:
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/declared", responses=problems(NotToday))
    async def declared() -> None:
        raise NotToday

    @app.get("/silent")
    async def silent() -> None:
        raise NotFound

    return app


async def _call(app: FastAPI, folder: Path, *paths: str) -> None:
    transport = httpx.ASGITransport(app=Recorder(folder).around(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for path in paths:
            await client.get(path)


async def test_recorder_writes_down_which_operation_answered_what(tmp_path: Path) -> None:
    await _call(_application(), tmp_path, "/declared", "/silent", "/silent", "/nowhere")

    assert recorded(tmp_path) == {
        Answered("declared", "not-today"),
        Answered("silent", "not-found"),
    }


async def test_recorder_counts_each_process_in(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_text('{"operation": "other", "kind": "about:blank 405"}\n')

    await _call(_application(), tmp_path, "/silent")

    assert recorded(tmp_path) == {
        Answered("other", "about:blank 405"),
        Answered("silent", "not-found"),
    }


def test_undeclared_leaves_out_what_is_declared_generic_or_not_ours() -> None:
    declared = {"read": frozenset({"not-today"})}
    answered = [
        Answered("read", "not-today"),
        Answered("read", "not-found"),
        Answered("read", "about:blank 405"),
        Answered("elsewhere", "not-found"),
    ]

    assert undeclared(answered, declared) == [Answered("read", "not-found")]


def test_every_generic_problem_says_why_it_is_any_operations() -> None:
    assert [kind for kind, reason in GENERIC.items() if len(reason.split()) < 4] == []


RUN = """
    import httpx
    import pytest

    from app.api.shared.dependencies import get_database
    from app.core.errors import NotFound
    from app.main import create_app
    from tests.house.operations import ANY_SETTINGS


    def refuse() -> None:
        raise NotFound


    @pytest.mark.parametrize("path", ["health/live", {path}])
    async def test_answers(path: str) -> None:
        app = create_app(ANY_SETTINGS)
        app.dependency_overrides[get_database] = refuse
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await client.get(f"/api/v1/{{path}}")
"""


def _run(folder: Path, path: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run tests of which one asks a path whose refusal its route does not declare."""
    (folder / "test_planted.py").write_text(dedent(RUN.format(path=repr(path))))
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.house.recording", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(BACKEND)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_fails_on_an_answer_nobody_declared(tmp_path: Path) -> None:
    run = _run(tmp_path, "health/ready", "-n", "1")

    assert "2 passed" in run.stdout, run.stdout
    assert "check_readiness answers not-found, which its route does not declare" in run.stdout
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
