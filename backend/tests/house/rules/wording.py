"""Comments say why; none tells history, names a ticket or cites what is not here."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.house.source import REPOSITORY, Finding, Rule, Source

PROMISES = re.compile(r"\b(TODO|FIXME|XXX|HACK|TBD)\b")

HISTORY = re.compile(
    r"""\b(previously|formerly|refactored|used\ to\ (?:be|have|do)|deprecated\ since|
           for\ backwards?\ compatibility|legacy|as\ discussed|was\ (?:renamed|moved)\ from)\b""",
    re.IGNORECASE | re.VERBOSE,
)

TICKETS = re.compile(
    r"(?<![\w&/#])\#\d+\b|\b(?:issue|ticket|pull request|PR|MR)\s+\#?\d+\b", re.IGNORECASE
)

CITED = re.compile(r"(?<![\w/.-])((?:[\w.-]+/)*[\w-]+\.md)\b")

ELSEWHERE = re.compile(r"(?<![\w.])/(?:work|tmp/brief)\b")
"""Folders of the machine this was written on."""


@cache
def documents() -> frozenset[str]:
    """Return the names and paths of the documents that are in the repository."""
    skipped = {".venv", ".git", "node_modules", ".tools"}
    found = set()
    for path in REPOSITORY.rglob("*.md"):
        relative = path.relative_to(REPOSITORY)
        if not skipped & set(relative.parts):
            found |= {relative.as_posix(), relative.name}
    return frozenset(found)


def _prose(source: Source) -> Iterator[tuple[int, str]]:
    """Yield each comment and each line of each docstring."""
    for comment in source.comments:
        yield comment.line, comment.text
    for node in source.nodes:
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
            continue
        if isinstance(node.value.value, str):
            for offset, line in enumerate(node.value.value.splitlines()):
                yield node.lineno + offset, line


def _wording(source: Source) -> Iterator[Finding]:
    for line, text in _prose(source):
        if found := PROMISES.search(text):
            yield source.finding(RULE.name, line, f"{found[0]}: do it, or write a decision")
        if found := HISTORY.search(text):
            yield source.finding(RULE.name, line, f"{found[0]!r}: the repository keeps history")
        if found := TICKETS.search(text):
            yield source.finding(RULE.name, line, f"{found[0]!r}: say why, here")
        if found := ELSEWHERE.search(text):
            yield source.finding(RULE.name, line, f"{found[0]!r} is not in the repository")
        for cited in CITED.findall(text):
            if cited not in documents():
                yield source.finding(RULE.name, line, f"{cited} is not in the repository")


RULE = Rule("wording", ("app/", "tests/", "benchmarks/", "scripts/"), _wording)
