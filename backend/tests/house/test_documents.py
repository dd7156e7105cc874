"""The pages are true: their blocks run, their commands exist, their links lead somewhere.

A block marked ``bash`` or ``python`` runs; one without a language is only shown.
"""

import re
from pathlib import Path

import pytest
from typer.main import get_group

from app.cli.program import cli
from tests.database import Database
from tests.house.documents import blocks, commands, links, pages, unknown_commands
from tests.house.rules.wording import ELSEWHERE, PROMISES
from tests.house.scratch import Scratch
from tests.house.source import BACKEND, REPOSITORY

RUN_ELSEWHERE = {
    "CONTRIBUTING.md": "tests/house/test_scaffold.py",
    "docs/an-event.md": "tests/operations/test_docs.py",
    "docs/first-hour.md": "tests/operations/test_docs.py",
}
"""Pages whose ``bash`` blocks need more than a copy of the repository, and what runs them."""

PAGES = {page.relative_to(REPOSITORY).as_posix(): page for page in pages()}

SCRIPTED = [name for name in PAGES if commands(PAGES[name]) and name not in RUN_ELSEWHERE]

IN_PYTHON = [
    name for name in PAGES if any(block.language == "python" for block in blocks(PAGES[name]))
]


@pytest.mark.parametrize("name", SCRIPTED)
def test_pages_commands_run(database: Database, tmp_path: Path, name: str) -> None:
    Scratch.make(tmp_path / "copy", database).run(commands(PAGES[name]))


@pytest.mark.parametrize("name", IN_PYTHON)
def test_pages_python_runs(name: str) -> None:
    names: dict[str, object] = {"__name__": name}
    for block in blocks(PAGES[name]):
        if block.language == "python":
            padding = "\n" * block.line  # so that a traceback names the page's own line
            exec(compile(padding + block.text, PAGES[name], "exec"), names)  # noqa: S102  # our own page


@pytest.mark.parametrize(("name", "test"), RUN_ELSEWHERE.items())
def test_pages_that_run_elsewhere_do(name: str, test: str) -> None:
    assert PAGES[name].name in (BACKEND / test).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_pages_name_commands_that_exist(name: str) -> None:
    assert unknown_commands(PAGES[name]) == []


@pytest.mark.parametrize("name", PAGES)
def test_pages_promise_nothing_and_know_no_machine(name: str) -> None:
    lines = PAGES[name].read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if PROMISES.search(line) or ELSEWHERE.search(line)] == []


@pytest.mark.parametrize("name", PAGES)
def test_pages_link_to_what_is_there(name: str) -> None:
    page = PAGES[name]

    assert [target for target in links(page) if not (page.parent / target).exists()] == []


def test_unknown_commands_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```bash\nmake tea\nmake check\nbash backend/scripts/none.sh\n```\n"
        "```\nuv run edgeos audit --json\n$ edgeos brew\nPORT=1 bash backend/scripts/dev.sh\n"
        "bash backend/scripts/edgeos.sh brew\nls\n```\n```python\nmake = 1\n```\n"
    )

    assert unknown_commands(page) == [
        "make tea",
        "bash backend/scripts/none.sh",
        "$ edgeos brew",
        "bash backend/scripts/edgeos.sh brew",
    ]


def test_blocks_are_read_with_their_language_and_place(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Text\n\n```bash\none\n```\n\n````md\n```python\nnot = 1\n```\n````\n```\nx\n```\n"
    )

    assert [(block.language, block.line) for block in blocks(page)] == [
        ("bash", 3),
        ("md", 7),
        ("", 12),
    ]
    assert commands(page) == "one\n"


def test_links_are_those_to_files(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[a](b.md#c) [d](https://e.example) [f](#g)\n```\n[h](i.md)\n```\n")

    assert links(page) == ["b.md"]


DECISIONS = REPOSITORY / "docs" / "decisions"

SECTIONS = ["Decision", "Instead of", "It costs", "Held by"]


def _decisions() -> list[Path]:
    return sorted(DECISIONS.glob("[0-9]*.md"))


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(page.name[:4]) for page in _decisions()]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("page", _decisions(), ids=lambda page: page.stem)
def test_decisions_follow_the_template_and_stand_in_the_index(page: Path) -> None:
    title, *rest = page.read_text(encoding="utf-8").splitlines()

    sentence = title.partition(". ")[2]
    assert title.startswith(f"# {page.name[:4]}. ")
    assert [line[3:] for line in rest if line.startswith("## ")] == SECTIONS
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    assert f"| [{page.name[:4]}]({page.name}) | {sentence} |" in index


@pytest.mark.parametrize("page", _decisions(), ids=lambda page: page.stem)
def test_decisions_name_checks_that_exist(page: Path) -> None:
    held = page.read_text(encoding="utf-8").partition("## Held by")[2]

    paths = re.findall(r"`((?:backend|docs|\.ci)/[\w./-]+)`", held)
    assert paths or "no machine" in held.lower()
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []


def test_every_command_says_what_it_does() -> None:
    commands_and_groups = get_group(cli).commands

    mute = [name for name, command in commands_and_groups.items() if not command.help]

    assert mute == []
