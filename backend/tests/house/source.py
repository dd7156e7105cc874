"""A file of this repository as the house rules read it, and what they find there."""

import ast
import io
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

BACKEND = Path(__file__).resolve().parents[2]
REPOSITORY = BACKEND.parent

FOLDERS = ("app", "tests", "benchmarks", "scripts")
"""What of ``backend/`` the rules read."""

SUFFIXES = frozenset({".py", ".sql", ".sh"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True)
class Finding:
    """Something a rule does not allow. ``where`` is the dotted name of what surrounds it."""

    path: str
    line: int
    rule: str
    message: str
    where: str = ""

    def __str__(self) -> str:
        inside = f" in {self.where}" if self.where else ""
        return f"{self.path}:{self.line}: {self.rule}{inside}: {self.message}"


@dataclass(frozen=True)
class Comment:
    """One comment, from its sign to the end of its line."""

    line: int
    text: str


@dataclass(frozen=True)
class Source:
    """One file; ``path`` is written from ``backend/``."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text if self.is_python else "")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def functions(self) -> list[tuple[str, Function]]:
        """Every function with its dotted name, outer ones first."""
        return [(name, node) for name, node in self._scopes if isinstance(node, Function)]

    @cached_property
    def docstrings(self) -> set[int]:
        """The identities of the constants that are docstrings."""
        owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        found = set()
        for node in self.nodes:
            if isinstance(node, owners) and node.body and ast.get_docstring(node, clean=False):
                statement = node.body[0]
                assert isinstance(statement, ast.Expr)
                found.add(id(statement.value))
        return found

    @cached_property
    def comments(self) -> list[Comment]:
        if not self.is_python:
            sign = "#" if self.path.endswith(".sh") else "--"
            stripped = [(n, line.strip()) for n, line in enumerate(self.lines, 1)]
            return [Comment(n, line) for n, line in stripped if line.startswith(sign)]
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [Comment(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]

    @cached_property
    def strings(self) -> list[tuple[int, str]]:
        """Every text in the code that is not a docstring; a hole of an f-string is ``{}``."""
        formatted = [node for node in self.nodes if isinstance(node, ast.JoinedStr)]
        other = self.docstrings | {id(part) for node in formatted for part in node.values}
        found = [
            (node.lineno, node.value)
            for node in self.nodes
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in other
        ]
        for node in formatted:
            parts = (str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
            found.append((node.lineno, "".join(parts)))
        return found

    @cached_property
    def _scopes(self) -> list[tuple[str, ast.AST]]:
        return list(_scopes(self.tree, ""))

    @cached_property
    def imported(self) -> dict[str, str]:
        """What each name that an import binds stands for, in full."""
        names: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    names[bound] = alias.name if alias.asname else bound
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return names

    def dotted(self, node: ast.AST) -> str:
        """Return the full name an expression stands for: ``t.sleep`` after ``import time as t``.

        Of an expression that is not a plain name, what is left of it: ``(x).commit`` is
        ``.commit``.
        """
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            parts.append(self.imported.get(node.id, node.id))
        else:
            parts.append("")
        return ".".join(reversed(parts))

    def where(self, line: int) -> str:
        """Return the dotted name of the innermost function or class around a line."""
        best = ""
        for name, node in self._scopes:
            start, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
            if start <= line <= end:
                best = name
        return best

    def finding(self, rule: str, line: int, message: str) -> Finding:
        return Finding(self.path, line, rule, message, self.where(line))


def _scopes(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{prefix}.{child.name}" if prefix else child.name
            yield name, child
            yield from _scopes(child, name)
        else:
            yield from _scopes(child, prefix)


@dataclass(frozen=True)
class Rule:
    """One rule of the house: what it is called, which files it reads, how it judges one."""

    name: str
    reads: tuple[str, ...]
    judge: Callable[[Source], Iterable[Finding]]

    def applies_to(self, source: Source) -> bool:
        return source.path.startswith(self.reads)


def sources(backend: Path = BACKEND) -> list[Source]:
    """Read every file the rules are about, in order."""
    paths = (path for folder in FOLDERS for path in sorted((backend / folder).rglob("*")))
    return [
        Source(path.relative_to(backend).as_posix(), path.read_text(encoding="utf-8"))
        for path in paths
        if path.suffix in SUFFIXES
    ]
