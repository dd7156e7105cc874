"""`edgeos bench`: hands a run to the benchmark, which is no part of the application."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.session import fail
from app.core.config import BACKEND_FOLDER, get_settings

VERSIONS = (16, 18)
"""Of PostgreSQL: those that come with the embedded server."""

LONGEST_WARM_UP_SECONDS = 0.5


def bench(
    *,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long each measurement takes.")] = 2.0,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is taken.")] = 7,
    connections: Annotated[int, typer.Option(min=1, help="Requests under way at once.")] = 32,
    tenants: Annotated[int, typer.Option(min=1, help="Organisations asked about.")] = 20,
    json_path: Annotated[
        Path | None,
        typer.Option("--json", help="Where raw figures go; else bench/ in VAR_DIR."),
    ] = None,
    postgres: Annotated[int, typer.Option(help="16 or 18: the embedded server's version.")] = 18,
) -> None:
    """Measure against the usual recipe and against bare SQL, on a server and data of its own."""
    if postgres not in VERSIONS:
        raise typer.BadParameter(f"choose one of {VERSIONS}", param_hint="--postgres")
    if not (BACKEND_FOLDER / "benchmarks").is_dir():
        fail("The benchmark comes with the source: run it from a checkout")
    plan = {
        "output": str((json_path or _default_path()).absolute()),
        "rounds": rounds,
        "seconds": seconds,
        "warm_up_seconds": min(seconds, LONGEST_WARM_UP_SECONDS),
        "connections": connections,
        "tenants": tenants,
        "postgres": postgres,
    }
    run = subprocess.run(  # noqa: S603 - our own module, with numbers we checked
        [sys.executable, "-m", "benchmarks", json.dumps(plan)], cwd=BACKEND_FOLDER, check=False
    )
    raise typer.Exit(run.returncode)


def _default_path() -> Path:
    instant = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return get_settings().var_dir / "bench" / f"{instant}.json"
