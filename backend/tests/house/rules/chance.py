"""Tests are called the same wherever they are collected, or two processes cannot share them."""

import ast
from collections.abc import Iterator

from tests.house.source import Finding, Rule, Source

RANDOM = frozenset(
    {
        "uuid.uuid1",
        "uuid.uuid4",
        "app.api.shared.types.new_id",
        "datetime.datetime.now",
        "datetime.date.today",
        "app.core.security.utc_now",
        "time.time",
    }
)
"""Other at each call, and other in each process that imports the file."""

RANDOM_PACKAGES = ("random.", "secrets.")


def _decorators(source: Source) -> Iterator[ast.expr]:
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from node.decorator_list


def _chance(source: Source) -> Iterator[Finding]:
    for decorator in _decorators(source):
        for node in ast.walk(decorator):
            if not isinstance(node, ast.Call):
                continue
            name = source.dotted(node.func)
            if name in RANDOM or name.startswith(RANDOM_PACKAGES):
                message = (
                    f"{name} differs in each process that collects this test: write a constant"
                )
                yield source.finding(RULE.name, node.lineno, message)


RULE = Rule("chance-in-parameters", ("tests/",), _chance)
