"""Shows a rule a piece of source, as if it stood in the repository."""

from textwrap import dedent

from tests.house.source import Rule, Source


def lines_found(rule: Rule, text: str, path: str = "app/services/checkout.py") -> list[int]:
    """Return the lines a rule finds fault with; none where it does not read such a file."""
    source = Source(path, dedent(text).lstrip("\n"))
    if not rule.applies_to(source):
        return []
    return sorted(finding.line for finding in rule.judge(source))
