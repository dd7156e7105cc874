"""A copy of the repository to try things on, with a database of its own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.database import Database
from tests.house.checking import judge
from tests.house.source import BACKEND, REPOSITORY, Finding, sources
from tests.walkthrough import environment, unmeasured

LEFT_OUT = shutil.ignore_patterns(".*_cache", "var")

OF_THE_BACKEND = (
    "app",
    "tests",
    "scripts",
    "alembic.ini",
    "pyproject.toml",
    "requirements.lock",
    ".importlinter",
)
OF_THE_REPOSITORY = ("docs", "CONTRIBUTING.md", "README.md", "Makefile", ".env.example")

SECONDS_TO_RUN = 1200


@dataclass(frozen=True)
class Scratch:
    """A checkout that nobody misses; its commands run this machine's programs on its own code."""

    root: Path
    database: Database

    @classmethod
    def make(cls, root: Path, database: Database) -> "Scratch":
        """Copy the repository and put the installed programs where its scripts look for them."""
        for folder, names in ((BACKEND, OF_THE_BACKEND), (REPOSITORY, OF_THE_REPOSITORY)):
            for name in names:
                source, target = folder / name, root / folder.relative_to(REPOSITORY) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if source.is_dir():
                    shutil.copytree(source, target, ignore=LEFT_OUT)
                elif source.exists():
                    shutil.copy2(source, target)
        made = cls(root, database)
        made._install()
        return made

    @property
    def backend(self) -> Path:
        return self.root / "backend"

    def _install(self) -> None:
        installed, bin_folder = self.backend / ".venv", self.backend / ".venv" / "bin"
        bin_folder.mkdir(parents=True)
        for program in Path(sys.executable).parent.iterdir():
            if program.is_file() and os.access(program, os.X_OK):
                own = bin_folder / program.name
                own.write_text(
                    f'#!/bin/sh\nPYTHONPATH="{self.backend}" exec "{program}" "$@"\n',
                    encoding="utf-8",
                )
                own.chmod(0o755)
        shutil.copy2(self.backend / "requirements.lock", installed / "installed.lock")
        shutil.copy2(self.backend / "pyproject.toml", installed / "installed.toml")

    def run(self, script: str) -> str:
        """Run commands in the root of the copy, stopping at the first that fails."""
        settings = self.database.settings(var_dir=self.root / "var")
        done = subprocess.run(
            ["bash", "-c", f"set -euo pipefail\n{script}"],
            env=unmeasured(environment(settings, TEST_DATABASE_URL=self.database.server.admin_dsn)),
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_TO_RUN,
        )
        assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
        return done.stdout + done.stderr

    def findings(self, of: str) -> list[Finding]:
        """Return what the house rules find in the copy's files whose paths hold a word."""
        return judge(source for source in sources(self.backend) if of in source.path)
