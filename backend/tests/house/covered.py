"""``python -m tests.house.covered``: whether the run went everywhere it has to go.

Every line and branch of the rules, and 95 in 100 of everything. Asked after a run of the
whole suite; part of it covers part.
"""

import sys
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from coverage import Coverage
from coverage.exceptions import NoDataError

from tests.house.rules.placement import rule_modules
from tests.house.source import BACKEND

WHOLE = 95.0
RULES = 100.0


def rule_files() -> list[str]:
    """Return the paths of the rules."""
    return sorted(str(BACKEND / Path(*m.split(".")).with_suffix(".py")) for m in rule_modules())


def measured(data_file: Path, files: list[str]) -> Mapping[str, float]:
    """Return how much of each file was covered, in percent; one that nobody ran is 0."""
    coverage = Coverage(data_file=str(data_file), config_file=str(BACKEND / "pyproject.toml"))
    coverage.load()
    found = {}
    for name in files:
        try:
            found[name] = coverage.report(include=[name], file=StringIO())
        except NoDataError:
            found[name] = 0.0
    return found


def shortfalls(data_file: Path) -> list[str]:
    """Return what is covered less than it has to be, in words."""
    coverage = Coverage(data_file=str(data_file), config_file=str(BACKEND / "pyproject.toml"))
    coverage.load()
    whole = coverage.report(file=StringIO())
    short = [f"everything is covered to {whole:.1f} %, not {WHOLE:.0f}"] if whole < WHOLE else []
    return short + [
        f"{Path(name).relative_to(BACKEND)} is a rule covered to {percent:.1f} %, not whole"
        for name, percent in measured(data_file, rule_files()).items()
        if percent < RULES
    ]


def main() -> int:
    """Print what falls short; the number of lines decides the outcome."""
    found = shortfalls(BACKEND / ".coverage")
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
