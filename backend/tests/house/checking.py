"""Applies the rules of the house to the repository and sets the allowed exceptions aside."""

from collections.abc import Iterable, Sequence

from tests.house.allowed import ALLOWED, Allowance
from tests.house.rules import RULES
from tests.house.source import Finding, Rule, Source, sources


def judge(files: Iterable[Source], rules: Sequence[Rule] = RULES) -> list[Finding]:
    """Return everything the rules find, exceptions included."""
    return sorted(
        {
            finding
            for source in files
            for rule in rules
            if rule.applies_to(source)
            for finding in rule.judge(source)
        }
    )


def without(findings: Sequence[Finding], allowed: Sequence[Allowance]) -> list[Finding]:
    """Return what is not allowed, and a finding for each exception that excuses nothing."""
    left = [f for f in findings if not any(a.covers(f) for a in allowed)]
    for allowance in allowed:
        if not any(allowance.covers(finding) for finding in findings):
            message = f"nothing here breaks {allowance.rule}: take the exception away"
            left.append(Finding(allowance.path, 0, "unused-exception", message, allowance.where))
    return sorted(left)


def findings() -> list[Finding]:
    """Judge the whole repository."""
    return without(judge(sources()), ALLOWED)
