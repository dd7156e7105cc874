"""Nobody gets around the checkers without saying why."""

import pytest

from tests.house.planting import lines_found
from tests.house.rules.escapes import ANY, IGNORES

UNEXPLAINED = {
    "a bare type: ignore": "x = f()  # type: ignore",
    "a code without a reason": "x = f()  # type: ignore[arg-type]",
    "a bare noqa": "x = f()  # noqa",
    "a noqa without a reason": "x = f()  # noqa: S101",
    "several codes without a reason": "x = f()  # noqa: S101, BLE001",
    "a ty: ignore without a reason": "x = f()  # ty: ignore[invalid-assignment]",
    "coverage without a reason": "if x:  # pragma: no cover\n    pass",
    "one escape as the other's reason": "x = f()  # type: ignore[misc]  # noqa: S101",
    "a reason that says nothing": "x = f()  # noqa: S101 - ok",
}

EXPLAINED = {
    "type: ignore": "x = f()  # type: ignore[arg-type]  # handed on as given",
    "noqa": "x = f()  # noqa: S101  # narrows the type",
    "noqa after a dash": "x = f()  # noqa: S104 - compared, not bound",
    "both, with a reason": "x = f()  # type: ignore[misc]  # noqa: ARG002  # the driver's own",
    "coverage": "if x:  # pragma: no cover - needs another system\n    pass",
    "a text": 'x = "# noqa"',
    "prose": "# An ignored type is explained.",
}


@pytest.mark.parametrize("text", UNEXPLAINED.values(), ids=UNEXPLAINED)
def test_unexplained_ignore_finds_a_missing_reason(text: str) -> None:
    assert set(lines_found(IGNORES, text)) == {1}


@pytest.mark.parametrize("text", EXPLAINED.values(), ids=EXPLAINED)
def test_unexplained_ignore_lets_reasons_be(text: str) -> None:
    assert lines_found(IGNORES, text) == []


ANYS = {
    "imported": "from typing import Any",
    "imported among others": "from typing import Annotated, Any, ClassVar",
    "by its full name": "import typing; x: typing.Any = 1",
}


@pytest.mark.parametrize("text", ANYS.values(), ids=ANYS)
def test_any_finds_an_untyped_value(text: str) -> None:
    assert lines_found(ANY, text) == [1]


def test_any_lets_names_that_contain_it_be() -> None:
    assert lines_found(ANY, "from typing import AnyStr\nx = any([])") == []
