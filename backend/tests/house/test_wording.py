"""Comments promise nothing, tell no history and cite nothing that is not here."""

import pytest

from tests.house.planting import lines_found
from tests.house.rules.wording import RULE

FAULTS = {
    "a promise": "# TODO: finish",
    "a complaint": "# FIXME later",
    "history": "# Previously this was a list.",
    "history in a docstring": '"""Formerly called checkout."""',
    "a ticket": "# See #123 for why.",
    "an issue": "# Fixes issue 42.",
    "a document that is not here": "# As nowhere-to-be-found.md says.",
    "a folder of somebody's machine": "# Copied from /work/notes.",
    "a folder of somebody's machine, lower down": '"""See ``/tmp/brief`` for it."""',
}

FINE = {
    "a reason": "# The earlier line wins when two are equal.",
    "a number": "# RFC 9457, section 3; CVE-2025-8713; UTF-8.",
    "a colour": 'colour = "#123456"',
    "a text in code": 'message = "TODO: previously #123"',
    "a document that is here": "# CONTRIBUTING.md tells how.",
    "what a key is used to do": "# The key used to sign.",
    "a route": '"""Answers ``/api/v1/work`` and ``/network``."""',
}


@pytest.mark.parametrize("text", FAULTS.values(), ids=FAULTS)
def test_wording_finds_what_a_comment_may_not_say(text: str) -> None:
    assert lines_found(RULE, text) == [1]


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_wording_lets_reasons_be(text: str) -> None:
    assert lines_found(RULE, text) == []


def test_wording_names_the_line_within_a_docstring() -> None:
    assert lines_found(RULE, '"""One.\n\nTODO two.\n"""') == [3]


@pytest.mark.parametrize("path", ["scripts/dev.sh", "tests/test_rls.py", "benchmarks/list.py"])
def test_wording_reads_scripts_and_tests_too(path: str) -> None:
    assert lines_found(RULE, "# TODO", path) == [1]
