"""Reads pages of the documentation: their blocks, their commands, their links."""

import re
from dataclasses import dataclass
from pathlib import Path

from typer.main import get_group

from app.cli.program import cli
from tests.house.source import REPOSITORY

FENCE = re.compile(
    r"^(?P<fence>```+)(?P<language>\S*)[^\n]*\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL
)

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")

SKIPPED = frozenset({".venv", ".git", ".tools", "node_modules", "var"})


@dataclass(frozen=True)
class Block:
    """One block of code. One with no language is only shown."""

    language: str
    text: str
    line: int


def pages(repository: Path = REPOSITORY) -> list[Path]:
    """Return every page of the repository."""
    found = repository.rglob("*.md")
    return sorted(p for p in found if not SKIPPED & set(p.relative_to(repository).parts))


def blocks(page: Path) -> list[Block]:
    """Return a page's blocks, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found["language"], found["text"], text.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(text)
    ]


def commands(page: Path) -> str:
    """Return a page's ``bash`` blocks as one script."""
    return "\n".join(block.text for block in blocks(page) if block.language == "bash")


def links(page: Path) -> list[str]:
    """Return the files that a page links to, as it writes them."""
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = [found["target"].partition("#")[0] for found in LINK.finditer(prose)]
    return [target for target in targets if target and "://" not in target]


def unknown_commands(page: Path, repository: Path = REPOSITORY) -> list[str]:
    """Return the commands a page names that the repository does not have.

    Blocks that are only shown are read too: a newcomer types those as well.
    """
    shell = [block.text for block in blocks(page) if block.language in {"", "bash", "console"}]
    lines = [line.strip() for text in shell for line in text.splitlines()]
    return [line for line in lines if not _is_known(line, repository)]


def _is_known(line: str, repository: Path) -> bool:
    words = line.removeprefix("$ ").split()
    while words and ("=" in words[0] or words[0] in {"uv", "run", "exec", "&&"}):
        words = words[1:]
    if len(words) < 2:
        return True
    program, first = words[0], words[1]
    if program == "make" and not first.startswith("-"):
        return first in _targets(repository)
    if program == "bash" and first.endswith(".sh"):
        is_there = (repository / first).is_file() or (repository / "backend" / first).is_file()
        return is_there and _names_a_command(words[1:])
    return program != "edgeos" or _names_a_command(words)


def _names_a_command(words: list[str]) -> bool:
    """Tell whether what follows ``edgeos`` is one of its commands."""
    if words[0].rpartition("/")[2] not in {"edgeos", "edgeos.sh"} or len(words) == 1:
        return True
    return words[1].startswith("-") or words[1] in edgeos_commands()


def edgeos_commands() -> set[str]:
    """Return the names of the command line's commands and groups."""
    return set(get_group(cli).commands)


def _targets(repository: Path) -> set[str]:
    text = (repository / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))
