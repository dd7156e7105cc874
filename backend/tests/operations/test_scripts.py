"""The scripts, the lock and the container files: true on any machine, from any folder."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.cli.serving import SECONDS_TO_FINISH_REQUESTS
from app.core.config import BACKEND_FOLDER
from app.jobs.worker import GRACE_SECONDS

ROOT = BACKEND_FOLDER.parent
SCRIPTS = sorted((BACKEND_FOLDER / "scripts").glob("*.sh"))


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def compose() -> dict[str, dict[str, dict[str, object]]]:
    document: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(
        (ROOT / "compose.yaml").read_text()
    )
    return document


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_is_bash_that_stops_at_an_error(script: Path) -> None:
    text = script.read_text()

    assert run("bash", "-n", str(script), cwd=ROOT).stderr == ""
    if script.name != "environment.sh":  # it is sourced by the others
        assert text.startswith("#!/usr/bin/env bash\n")
        assert "\nset -euo pipefail\n" in text


def test_script_works_from_another_folder(tmp_path: Path) -> None:
    nowhere = tmp_path / "a folder"
    nowhere.mkdir()
    test = "tests/operations/test_scripts.py::test_lock_names_no_host"

    result = run(
        "bash", str(BACKEND_FOLDER / "scripts/test.sh"), test, "--no-cov", "-q", cwd=nowhere
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 passed" in result.stdout
    assert list(nowhere.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "uncovered", "outcome"),
    [
        pytest.param([], 1, 1, id="everything, somewhere it did not go"),
        pytest.param([], 0, 0, id="everything, and everywhere"),
        pytest.param(["tests/unit"], 1, 0, id="a part, of which nothing is asked"),
    ],
)
def test_test_asks_a_whole_run_whether_it_went_everywhere(
    tmp_path: Path, arguments: list[str], uncovered: int, outcome: int
) -> None:
    """The script alone, with programs that stand for those it calls."""
    shutil.copytree(BACKEND_FOLDER / "scripts", tmp_path / "scripts")
    programs = tmp_path / ".venv/bin"
    programs.mkdir(parents=True)
    python = f'case "$*" in *tests.house.covered) exit {uncovered} ;; esac'
    for name, script in {"edgeos": "", "python": python, "pytest": ""}.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
        (tmp_path / f".venv/installed{Path(name).suffix}").touch()

    result = run("bash", "scripts/test.sh", *arguments, cwd=tmp_path)

    assert result.returncode == outcome, result.stderr


def test_lock_names_no_host() -> None:
    lock = (BACKEND_FOLDER / "requirements.lock").read_text()

    assert re.findall(r"https?://|--(?:extra-)?index|--find-links|file:", lock) == []


def test_lock_pins_every_requirement_with_a_hash() -> None:
    entries = re.split(r"\n(?=\S)", (BACKEND_FOLDER / "requirements.lock").read_text())
    pinned = [entry for entry in entries if not entry.startswith("#")]

    assert len(pinned) > 100
    assert [
        e for e in pinned if not re.match(r"[\w.-]+(\[.+\])?==\S+.*--hash=", e, re.DOTALL)
    ] == []


def test_lock_has_all_that_the_project_asks_for() -> None:
    project = tomllib.loads((BACKEND_FOLDER / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    lock = (BACKEND_FOLDER / "requirements.lock").read_text()
    pins = dict(re.findall(r"^([\w.-]+)(?:\[.+\])?==([^\s;]+)", lock, re.MULTILINE))

    wanted = [Requirement(line) for line in asked]

    assert [
        str(each)
        for each in wanted
        if pins.get(canonicalize_name(each.name), "0") not in each.specifier
    ] == []


def test_continuous_integration_runs_the_two_scripts() -> None:
    commands = [
        line
        for line in (ROOT / ".ci/run").read_text().splitlines()
        if line and not line.startswith(("#", "set ", "cd "))
    ]

    assert commands == ["bash backend/scripts/lint.sh", "bash backend/scripts/test.sh"]


def test_make_lists_its_targets_each_a_line_that_calls_a_script() -> None:
    targets = re.findall(r"^(\w+): +## .+\n\t(.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    commands = {name: line for name, line in targets if name != "help"}
    house = {"dev", "test", "check", "fix", "migration", "resource", "seed", "audit", "bench"}
    assert house - set(commands) == set()
    assert [
        line for line in commands.values() if not line.startswith(("@bash ", "@$(EDGEOS)"))
    ] == []


def test_compose_publishes_on_this_machine_alone() -> None:
    published = [
        str(port)
        for service in compose()["services"].values()
        for port in service.get("ports", [])  # type: ignore[attr-defined]  # YAML has no types
    ]

    assert len(published) == 5
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_compose_gives_the_administrators_password_to_migrations_alone() -> None:
    services = compose()["services"]
    passwords = {
        name: service["environment"].get("POSTGRES_PASSWORD")  # type: ignore[attr-defined]  # YAML has no types
        for name, service in services.items()
        if "build" in service
    }

    assert passwords.pop("migrate") == services["db"]["environment"]["POSTGRES_PASSWORD"]  # type: ignore[index]  # nor here
    assert passwords == {"backend": "", "worker": ""}


def test_compose_checks_the_health_of_whatever_stays() -> None:
    image_checks_itself = "HEALTHCHECK" in (BACKEND_FOLDER / "Dockerfile").read_text()
    unchecked = [
        name
        for name, service in compose()["services"].items()
        if "healthcheck" not in service and not ("build" in service and image_checks_itself)
    ]

    assert unchecked == []


def test_compose_starts_redis_only_when_asked() -> None:
    optional = {
        name: service["profiles"]
        for name, service in compose()["services"].items()
        if "profiles" in service
    }

    assert optional == {"redis": ["redis"]}


def test_compose_names_the_encoding_which_the_c_locale_does_not() -> None:
    options = compose()["services"]["db"]["environment"]["POSTGRES_INITDB_ARGS"]  # type: ignore[index]  # YAML has no types

    assert options == (
        "--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
    )


def test_compose_waits_for_what_has_begun() -> None:
    longest = max(SECONDS_TO_FINISH_REQUESTS, GRACE_SECONDS)
    periods = [
        service["stop_grace_period"]
        for service in compose()["services"].values()
        if "build" in service
    ]

    assert periods == [f"{longest + 5}s"] * 3


def test_image_runs_as_an_unprivileged_user() -> None:
    stages = (BACKEND_FOLDER / "Dockerfile").read_text().split("\nFROM ")[1:]

    users = {
        stage.splitlines()[0].split(" AS ")[1]: re.findall(r"^USER (.+)$", stage, re.MULTILINE)
        for stage in stages
    }
    assert users == {"build": [], "base": [], "development": ["nobody"], "production": ["edgeos"]}
