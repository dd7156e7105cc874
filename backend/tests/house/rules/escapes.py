"""Ways around the type checker and the linter: none without its reason beside it."""

import ast
import re
from collections.abc import Iterator

from tests.house.source import Finding, Rule, Source

ESCAPE = re.compile(
    r"#\s*(?P<kind>type:\s*ignore|ty:\s*ignore|noqa|pragma:\s*no\s*(?:cover|branch)|nosec|fmt:\s*off)"
    r"(?P<codes>\[[^\]]*\]|:\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)?"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)

CODELESS = re.compile(r"pragma|nosec|fmt", re.IGNORECASE)
"""Escapes that name no code."""

FEWEST_LETTERS = 5
"""A reason is at least a word."""


def _escapes(source: Source) -> Iterator[Finding]:
    for comment in source.comments:
        found = ESCAPE.search(comment.text)
        if found is None:
            continue
        kind = " ".join(found["kind"].split())
        reason = ESCAPE.sub("", found["rest"]) if ESCAPE.search(found["rest"]) else found["rest"]
        if nested := ESCAPE.search(found["rest"]):
            reason = nested["rest"]
        if not found["codes"] and not CODELESS.match(kind):
            yield source.finding(IGNORES.name, comment.line, f"{kind} says not what it ignores")
        if len(re.sub(r"[^A-Za-z]", "", reason)) < FEWEST_LETTERS:
            yield source.finding(IGNORES.name, comment.line, f"{kind} gives no reason")


def _any(source: Source) -> Iterator[Finding]:
    message = "Any switches the type checker off: object, a Protocol or a TypeVar says more"
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and node.module in {"typing", "typing_extensions"}:
            if any(alias.name == "Any" for alias in node.names):
                yield source.finding(ANY.name, node.lineno, message)
        elif isinstance(node, ast.Attribute) and source.dotted(node) == "typing.Any":
            yield source.finding(ANY.name, node.lineno, message)


IGNORES = Rule("unexplained-ignore", ("app/", "tests/", "benchmarks/"), _escapes)
ANY = Rule("any", ("app/", "tests/", "benchmarks/"), _any)
