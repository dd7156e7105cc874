"""What a figure was measured on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psycopg

from benchmarks.world import World

PACKAGES = (
    "fastapi",
    "httptools",
    "psycopg",
    "pydantic",
    "sqlalchemy",
    "sqlmodel",
    "starlette",
    "uvicorn",
    "uvloop",
)


def facts(here: World) -> dict[str, object]:
    """Return what is known about the machine and the programs on it."""
    with psycopg.connect(here.settings.admin_dsn) as admin:
        server = admin.info.parameter_status("server_version")
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "load_average_before": [round(figure, 2) for figure in os.getloadavg()],
        "python": platform.python_version(),
        "postgres": server,
        "packages": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
