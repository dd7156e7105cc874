"""Files, functions and endpoints have a size."""

import pytest

from tests.house.planting import lines_found
from tests.house.rules.sizes import FILES, FUNCTIONS


def _function(lines: int, head: str = "def f():") -> str:
    return "\n".join([head, *["    x = 1"] * (lines - 1)])


def _endpoint(lines: int, decorator: str = '@router.get("/{id}")') -> str:
    return f"{decorator}\n{_function(lines, 'async def read():')}"


@pytest.mark.parametrize(("lines", "found"), [(400, []), (401, [401])])
def test_file_size_finds_the_line_too_many(lines: int, found: list[int]) -> None:
    assert lines_found(FILES, "x = 1\n" * lines) == found


@pytest.mark.parametrize("path", ["tests/api/test_a.py", "scripts/a.sh", "app/alembic/sql/a.sql"])
def test_file_size_reads_tests_scripts_and_sql(path: str) -> None:
    assert lines_found(FILES, "x = 1\n" * 401, path) == [401]


@pytest.mark.parametrize(("lines", "found"), [(50, []), (51, [1])])
def test_function_size_finds_the_line_too_many(lines: int, found: list[int]) -> None:
    assert lines_found(FUNCTIONS, _function(lines)) == found


@pytest.mark.parametrize(("lines", "found"), [(15, []), (16, [2])])
def test_function_size_holds_endpoints_to_less(lines: int, found: list[int]) -> None:
    assert lines_found(FUNCTIONS, _endpoint(lines)) == found


@pytest.mark.parametrize(
    "decorator", ["@router.get", "@cache", '@thing.get("x")', "@pytest.fixture()"]
)
def test_function_size_takes_no_other_decorator_for_an_endpoint(decorator: str) -> None:
    assert lines_found(FUNCTIONS, _endpoint(16, decorator)) == []


def test_function_size_does_not_count_what_documents() -> None:
    docstring = '    """' + "\n".join(["One."] * 30) + '\n    """\n'
    text = "def f():\n" + docstring + "    x = 1\n" * 49

    assert lines_found(FUNCTIONS, text) == []


def test_function_size_leaves_tests_alone() -> None:
    assert lines_found(FUNCTIONS, _function(80), "tests/api/test_a.py") == []
