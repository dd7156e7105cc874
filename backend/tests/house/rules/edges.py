"""What belongs to the edges alone: catching everything, and reading the environment."""

import ast
from collections.abc import Iterator

from tests.house.source import Finding, Rule, Source

BROAD = frozenset({"Exception", "BaseException"})

ENVIRONMENT = ("os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv")


def _caught(handler: ast.ExceptHandler) -> Iterator[ast.expr]:
    if isinstance(handler.type, ast.Tuple):
        yield from handler.type.elts
    elif handler.type is not None:
        yield handler.type


def _broad_catches(source: Source) -> Iterator[Finding]:
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler):
            names = {source.dotted(expression) for expression in _caught(node)}
            if node.type is None or names & BROAD:
                message = "catches everything: name what can happen here"
                yield source.finding(CATCHES.name, node.lineno, message)
        elif (
            isinstance(node, ast.Call)
            and source.dotted(node.func) == "contextlib.suppress"
            and {source.dotted(argument) for argument in node.args} & BROAD
        ):
            yield source.finding(CATCHES.name, node.lineno, "suppresses everything")


def _environment(source: Source) -> Iterator[Finding]:
    for node in source.nodes:
        if isinstance(node, ast.Attribute | ast.Name) and source.dotted(node) in ENVIRONMENT:
            message = "settings are read in app/core/config.py, once"
            yield source.finding(READS.name, node.lineno, message)


CATCHES = Rule("broad-except", ("app/", "tests/", "benchmarks/"), _broad_catches)
READS = Rule("environment", ("app/",), _environment)
