"""``make resource`` writes resources that pass everything; CONTRIBUTING tells it as it is."""

import doctest
from pathlib import Path

import pytest

from app.cli import scaffold
from app.cli.listing import CannotScaffold
from app.cli.scaffold import Names, write_resource
from tests.database import Database
from tests.house.documents import commands
from tests.house.scratch import Scratch


def test_contributing_makes_a_resource_that_passes_everything(
    database: Database, tmp_path: Path
) -> None:
    """The page's own commands, on a copy of the repository and a database of this test."""
    scratch = Scratch.make(tmp_path / "copy", database)

    printed = scratch.run(commands(scratch.root / "CONTRIBUTING.md"))

    assert "passed" in printed
    assert scratch.findings("waiver") == []
    (migration,) = scratch.backend.glob("app/alembic/versions/*_add_waivers.py")
    assert "op.protect_tenant_table('waivers')" in migration.read_text(encoding="utf-8")
    scratch.run(
        """
        cd backend
        export PATH="$PWD/.venv/bin:$PATH"
        written="app/api tests/api/waiver app/models.py tests/factories.py tests/isolation"
        ruff check $written
        ruff format --check $written
        lint-imports --no-cache --contract layers --contract cycles --contract routers
        """
    )


def test_names_come_from_one_word() -> None:
    values = Names.of("form_entry").values()

    assert values == {
        "resource": "form_entry",
        "plural": "form_entries",
        "noun": "FormEntry",
        "table": "form_entries",
        "path": "form-entries",
        "kebab": "form-entry",
        "constant": "FORM_ENTRY",
        "permission": "FORM_ENTRIES",
        "words": "form entry",
        "words_plural": "form entries",
        "title_plural": "Form entries",
        "article": "a",
    }


@pytest.mark.parametrize(
    "name", ["", "Waiver", "form-field", "1st", "class", "_x", "x_", "a" * 31, "x/../y", "sheep\n"]
)
def test_names_refuse_what_is_no_name(name: str) -> None:
    with pytest.raises(CannotScaffold):
        Names.of(name)


def test_names_take_an_irregular_plural_and_refuse_none() -> None:
    assert Names.of("person", "people").plural == "people"
    with pytest.raises(CannotScaffold, match="--plural"):
        Names.of("sheep", "sheep")


def test_examples_of_plurals_hold() -> None:
    assert doctest.testmod(scaffold).failed == 0


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("app/models.py", "There is no"),
        ("tests/factories.py", "There is no"),
    ],
)
def test_write_resource_writes_nothing_where_a_listing_is_missing(
    database: Database, tmp_path: Path, missing: str, reason: str
) -> None:
    scratch = Scratch.make(tmp_path / "copy", database)
    (scratch.backend / missing).unlink()

    with pytest.raises(CannotScaffold, match=reason):
        write_resource(scratch.backend, Names.of("waiver"))

    assert not (scratch.backend / "app/api/waiver").exists()


def test_write_resource_spares_a_resource_that_is_there(database: Database, tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path / "copy", database)
    model = scratch.backend / "app/api/human/models.py"
    before = model.read_text(encoding="utf-8")

    with pytest.raises(CannotScaffold, match="already"):
        write_resource(scratch.backend, Names.of("human"))

    assert model.read_text(encoding="utf-8") == before
