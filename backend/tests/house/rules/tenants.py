"""What would let one tenant's rows reach another: tenants set by hand, joins without theirs."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

from tests.house.source import BACKEND, Finding, Rule, Source

WRITERS = frozenset(
    {
        "values",
        "create",
        "create_json",
        "update",
        "update_json",
        "model_construct",
        "model_validate",
        "model_copy",
    }
)
"""Calls that put values into a row."""


@cache
def table_classes(app: Path = BACKEND / "app") -> frozenset[str]:
    """Return the names of all mapped classes: those declared with ``table=True``."""
    found = set()
    for path in app.glob("api/**/models.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                keywords = {keyword.arg: keyword.value for keyword in node.keywords}
                value = keywords.get("table")
                if isinstance(value, ast.Constant) and value.value is True:
                    found.add(node.name)
    return frozenset(found)


def _sets_the_tenant(call: ast.Call) -> bool:
    if any(keyword.arg == "tenant_id" for keyword in call.keywords):
        return True
    values = [*call.args, *(k.value for k in call.keywords if k.arg in {None, "update"})]
    keys = (key for v in values for d in ast.walk(v) if isinstance(d, ast.Dict) for key in d.keys)
    return any(isinstance(key, ast.Constant) and key.value == "tenant_id" for key in keys)


def _tenants_by_hand(source: Source) -> Iterator[Finding]:
    message = "the session stamps the tenant; nobody sets it by hand"
    for node in source.nodes:
        if isinstance(node, ast.Call):
            name = source.dotted(node.func).rpartition(".")[2]
            is_setattr = name == "setattr" and any(
                isinstance(a, ast.Constant) and a.value == "tenant_id" for a in node.args
            )
            writes = name in WRITERS or name in table_classes()
            if is_setattr or (writes and _sets_the_tenant(node)):
                yield source.finding(BY_HAND.name, node.lineno, message)
        elif _is_attribute_set(node):
            yield source.finding(BY_HAND.name, node.lineno, message)


def _is_attribute_set(node: ast.AST) -> TypeGuard[ast.Attribute]:
    if not isinstance(node, ast.Attribute) or node.attr != "tenant_id":
        return False
    return isinstance(node.ctx, ast.Store)


def _joined_loads(source: Source) -> Iterator[Finding]:
    message = "a joined load carries no tenant predicate of its own: use selectinload"
    for node in source.nodes:
        if isinstance(node, ast.Call):
            if source.dotted(node.func).rpartition(".")[2] == "joinedload":
                yield source.finding(JOINED.name, node.lineno, message)
            if any(_is_joined(keyword) for keyword in node.keywords):
                yield source.finding(JOINED.name, node.lineno, message)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "lazy" and _means_joined(value):
                    yield source.finding(JOINED.name, node.lineno, message)


def _is_joined(keyword: ast.keyword) -> bool:
    return keyword.arg == "lazy" and _means_joined(keyword.value)


def _means_joined(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and (value.value == "joined" or value.value is False)


_SESSION_SETTING = re.compile(
    r"""\bSET \s+ (?!LOCAL\b) (?:SESSION\s+)? (?:app\.|ROLE\b)
      | \bset_config \s* \( [^()]* , \s* (?:false|'f'|0) \s* \)""",
    re.IGNORECASE | re.VERBOSE,
)


def _session_settings(source: Source) -> Iterator[Finding]:
    """Find settings that outlive their transaction and so reach the connection's next user."""
    texts = source.strings if source.is_python else list(enumerate(source.lines, 1))
    for line, text in texts:
        if not source.is_python and text.strip().startswith(("--", "#")):
            continue
        if found := _SESSION_SETTING.search(text):
            message = f"{' '.join(found[0].split())!r} outlives the transaction: SET LOCAL"
            yield source.finding(SETTINGS.name, line, message)


BY_HAND = Rule("tenant-by-hand", ("app/",), _tenants_by_hand)
JOINED = Rule("joined-load", ("app/",), _joined_loads)
SETTINGS = Rule("session-setting", ("app/", "scripts/", "benchmarks/"), _session_settings)
