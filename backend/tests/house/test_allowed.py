"""Exceptions to the house rules are few, explained and needed."""

from tests.house.allowed import ALLOWED, Allowance
from tests.house.checking import findings, without
from tests.house.rules import RULES
from tests.house.source import Finding

FOUND = Finding("app/core/db.py", 7, "transactions", "rollback() ...", "_send")


def _allow(**changes: str) -> Allowance:
    known = {"rule": "transactions", "path": "app/core/db.py", "where": "_send", "reason": "why"}
    return Allowance(**{**known, **changes})


def test_an_allowance_excuses_the_rule_in_its_place() -> None:
    assert without([FOUND], [_allow()]) == []


def test_an_allowance_excuses_no_other_rule_file_or_function() -> None:
    others = [_allow(rule="any"), _allow(path="app/main.py"), _allow(where="other")]

    left = without([FOUND], others)

    assert [f.rule for f in left] == ["unused-exception"] * 2 + ["transactions", "unused-exception"]


def test_an_allowance_that_excuses_nothing_is_a_finding() -> None:
    left = without([], [_allow()])

    assert [(f.rule, f.path) for f in left] == [("unused-exception", "app/core/db.py")]


def test_every_allowance_names_a_rule_and_says_why() -> None:
    names = {rule.name for rule in RULES}

    assert {a.rule for a in ALLOWED} <= names
    assert [a for a in ALLOWED if len(a.reason.split()) < 4] == []


def test_the_repository_keeps_the_rules() -> None:
    assert [str(finding) for finding in findings()] == []
