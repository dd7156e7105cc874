"""How long a file, a function and an endpoint may be before they are two."""

import ast
from collections.abc import Iterator

from tests.house.source import Finding, Function, Rule, Source

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
LONGEST_ENDPOINT = 15

VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "api_route"})


def _length(function: Function) -> int:
    """Count a function's lines from ``def`` to its end, its docstring left out."""
    end = function.end_lineno or function.lineno
    lines = end - function.lineno + 1
    if ast.get_docstring(function, clean=False):
        first = function.body[0]
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def is_endpoint(source: Source, function: Function) -> bool:
    """Tell whether a function is decorated with a router's verb."""
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call):
            continue
        owner, _, verb = source.dotted(decorator.func).rpartition(".")
        if verb in VERBS and owner.rpartition(".")[2].endswith("router"):
            return True
    return False


def _files(source: Source) -> Iterator[Finding]:
    count = len(source.lines)
    if count > LONGEST_FILE:
        message = f"{count} lines; a file has {LONGEST_FILE} at most"
        yield Finding(source.path, count, FILES.name, message)


def _functions(source: Source) -> Iterator[Finding]:
    for name, function in source.functions:
        limit, kind = LONGEST_FUNCTION, "a function"
        if is_endpoint(source, function):
            limit, kind = LONGEST_ENDPOINT, "an endpoint"
        length = _length(function)
        if length > limit:
            message = f"{length} lines; {kind} has {limit} at most"
            yield Finding(source.path, function.lineno, FUNCTIONS.name, message, name)


FILES = Rule("file-size", ("app/", "tests/", "benchmarks/", "scripts/"), _files)
FUNCTIONS = Rule("function-size", ("app/", "benchmarks/"), _functions)
