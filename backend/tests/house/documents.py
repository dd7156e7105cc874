"""Reads pages of the documentation: their blocks, their commands, their links."""

import re
from dataclasses import dataclass
from pathlib import Path

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
