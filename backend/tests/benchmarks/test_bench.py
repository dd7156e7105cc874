"""`edgeos bench` from its start to its end, in its smallest size."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import benchmark
from app.cli.program import cli
from benchmarks.__main__ import main
from benchmarks.figures import COMPARISONS
from benchmarks.plan import Plan


def smallest(output: Path) -> Plan:
    return Plan(
        output=str(output),
        rounds=1,
        seconds=0.2,
        warm_up_seconds=0.1,
        connections=4,
        tenants=2,
        products=60,
    )


def test_a_run_measures_everybody_and_keeps_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "deep" / "figures.json"
    monkeypatch.setattr(sys, "argv", ["bench", smallest(output).text()])

    code = main()

    printed = capsys.readouterr()
    assert code == 0, printed.err
    said = printed.out.splitlines()
    assert [each.name for each in COMPARISONS if not any(each.name in line for line in said)] == []
    document = json.loads(output.read_text())
    assert set(document) == {"began_at", "plan", "machine", "rounds", "results"}
    assert [set(turn) for turn in document["rounds"][0].values()] == [
        {"ours", "usual", "signed", "entered", "explicit"}
    ] * 3
    assert list(document["rounds"][0]) == ["list", "point", "insert"]
    seen = [figures for turn in document["rounds"][0].values() for figures in turn.values()]
    asked = [figures for figures in seen if "answers" in figures]
    # So short a turn may pass without an answer where the machine has much else to do.
    assert sum(figures["answers"] for figures in asked) > 0
    assert [figures["per_second"] for figures in asked] == [
        round(figures["answers"] / figures["seconds"], 1) for figures in asked
    ]
    assert all(figures["per_second"] > 0 for figures in seen if figures not in asked)
    assert [result["name"] for result in document["results"]] == [c.name for c in COMPARISONS]
    assert all(len(result["ratios"]) == 1 for result in document["results"])
    assert {"processors", "python", "postgres", "packages"} - set(document["machine"]) == set()


def test_a_run_of_a_checkout_gets_what_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", run)
    options = ["--seconds=0.2", "--tenants=7", "--postgres=16", f"--json={tmp_path / 'x.json'}"]

    result = CliRunner().invoke(cli, ["bench", *options])

    assert result.exit_code == 3
    assert asked[0][1:3] == ["-m", "benchmarks"]
    assert json.loads(asked[0][3]) == {
        "output": str(tmp_path / "x.json"),
        "rounds": 7,
        "seconds": 0.2,
        "warm_up_seconds": 0.2,
        "connections": 32,
        "tenants": 7,
        "postgres": 16,
    }


def test_help_names_every_option() -> None:
    result = CliRunner().invoke(cli, ["bench", "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})

    options = ["--seconds", "--rounds", "--connections", "--tenants", "--json", "--postgres"]
    assert [option for option in options if option not in result.output] == []


@pytest.mark.parametrize("option", ["--postgres=17", "--rounds=0", "--seconds=0"])
def test_what_cannot_be_measured_is_refused(option: str) -> None:
    assert CliRunner().invoke(cli, ["bench", option]).exit_code == 2


def test_an_installation_without_the_source_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark, "BACKEND_FOLDER", tmp_path)

    result = CliRunner().invoke(cli, ["bench"])

    assert result.exit_code == 1
    assert "from a checkout" in result.output + capsys.readouterr().err
