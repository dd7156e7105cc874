"""Coverage falls short where it falls short."""

from pathlib import Path

from coverage import CoverageData

from tests.house.covered import measured, rule_files, shortfalls
from tests.house.source import BACKEND


def _data(folder: Path, lines: dict[str, list[tuple[int, int]]]) -> Path:
    """Write down a run that took these branches of these files."""
    path = folder / ".coverage"
    data = CoverageData(basename=str(path))
    data.add_arcs(lines)
    data.write()
    return path


def test_measured_knows_the_half_of_a_branch(tmp_path: Path) -> None:
    source = tmp_path / "rule.py"
    source.write_text("def f(x):\n    if x:\n        return 1\n    return 2\n")
    half = _data(tmp_path, {str(source): [(-1, 1), (1, -1), (-1, 2), (2, 3), (3, -1)]})

    (percent,) = measured(half, [str(source)]).values()

    assert 60 < percent < 80


def test_measured_counts_a_file_that_nobody_ran_as_nothing(tmp_path: Path) -> None:
    (name,) = rule_files()[:1]
    data = _data(tmp_path, {str(BACKEND / "app/core/errors.py"): [(-1, 1)]})

    assert measured(data, [name]) == {name: 0.0}


def test_shortfalls_name_the_whole_and_each_rule(tmp_path: Path) -> None:
    data = _data(tmp_path, {str(BACKEND / "app/core/errors.py"): [(-1, 1)]})

    found = shortfalls(data)

    assert found[0].startswith("everything is covered to ")
    assert len(found) == 1 + len(rule_files())
    assert "app/api/popup/lifecycle.py is a rule covered to 0.0 %, not whole" in found
