"""One request is one transaction: nobody ends it but the place that began it."""

import ast
from collections.abc import Iterator

from tests.house.source import Finding, Rule, Source

HOME = "app/core/tenant_db.py"
"""``unit_of_work`` and the session it ends."""

ENDINGS = frozenset({"commit", "rollback"})
STATEMENTS = ("COMMIT", "ROLLBACK", "END TRANSACTION", "ABORT")


def _endings(source: Source) -> Iterator[Finding]:
    if source.path == HOME:
        return
    for node in source.nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ENDINGS
        ):
            yield source.finding(
                RULE.name, node.lineno, f"{node.func.attr}() belongs to unit_of_work alone"
            )
    for line, text in source.strings:
        statement = text.strip().rstrip(";").upper()
        if statement in STATEMENTS:
            yield source.finding(RULE.name, line, f"{statement} belongs to unit_of_work alone")


RULE = Rule("transactions", ("app/",), _endings)
