"""Imports stand at the top, files where the contracts know them, rules ask no clock."""

import pytest

from tests.house.planting import lines_found
from tests.house.rules.placement import GATEWAYS, LATE, PLACES, PURE, rule_modules


def test_late_import_finds_an_import_inside_a_function() -> None:
    assert lines_found(LATE, "def f():\n    import json\n    from a import b") == [2, 3]


def test_late_import_lets_the_top_be() -> None:
    text = (
        "import json\nif True:\n    import a\ntry:\n    import b\nexcept ImportError:\n    b = None"
    )

    assert lines_found(LATE, text) == []


MISPLACED = {
    "a file nobody knows": ("app/api/coupon/misc.py", "x = 1"),
    "another resource's crud": ("app/api/coupon/router.py", "from app.api.popup.crud import c"),
    "another resource's router": ("app/api/coupon/crud.py", "from app.api.popup.router import r"),
}

PLACED = {
    "its own crud": ("app/api/coupon/router.py", "from app.api.coupon.crud import coupon_crud"),
    "the shared crud": ("app/api/coupon/crud.py", "from app.api.shared.crud import BaseCRUD"),
    "another's rules": ("app/api/product/crud.py", "from app.api.popup.lifecycle import move"),
    "another's models": ("app/api/product/crud.py", "from app.api.popup.models import Popup"),
    "a service": ("app/services/checkout.py", "from app.api.popup.crud import popup_crud"),
    "rules the contracts hold": ("app/api/popup/lifecycle.py", "x = 1"),
    "what is shared": ("app/api/shared/anything.py", "x = 1"),
}


@pytest.mark.parametrize(("path", "text"), MISPLACED.values(), ids=MISPLACED)
def test_place_finds_what_stands_in_the_wrong_room(path: str, text: str) -> None:
    assert lines_found(PLACES, text, path) == [1]


@pytest.mark.parametrize(("path", "text"), PLACED.values(), ids=PLACED)
def test_place_lets_the_rest_be(path: str, text: str) -> None:
    assert lines_found(PLACES, text, path) == []


@pytest.mark.parametrize(
    "line",
    ["import boto3", "from botocore.config import Config", "import httpx, json", "import stripe"],
)
def test_gateway_finds_a_way_out_that_no_contract_holds(line: str) -> None:
    assert lines_found(GATEWAYS, line, "app/services/parcels/planted.py") == [1]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app/services/storage/s3.py", "import boto3"),
        ("app/services/storage/__init__.py", "import httpx"),
        ("app/services/checkout.py", "from app.services.storage import Storage"),
        ("tests/services/test_mailers.py", "import httpx"),
    ],
)
def test_gateway_lets_known_ones_and_inner_ways_be(path: str, line: str) -> None:
    assert lines_found(GATEWAYS, line, path) == []


IMPURE = {
    "the time": "from datetime import UTC, datetime\nx = datetime.now(UTC)",
    "the day": "import datetime\nx = datetime.date.today()",
    "a clock": "import time\nx = time.monotonic()",
    "chance": "import random\nx = random.random()",
    "an id": "from uuid import uuid4\nx = uuid4()",
    "an id of ours": "from app.api.shared.types import new_id\nx = new_id()",
}


@pytest.mark.parametrize("text", IMPURE.values(), ids=IMPURE)
def test_impure_rule_finds_what_a_rule_should_be_handed(text: str) -> None:
    assert lines_found(PURE, text, "app/api/popup/lifecycle.py") == [2]


@pytest.mark.parametrize("text", IMPURE.values(), ids=IMPURE)
def test_impure_rule_reads_rules_alone(text: str) -> None:
    assert lines_found(PURE, text, "app/api/popup/crud.py") == []


def test_impure_rule_lets_arithmetic_be() -> None:
    text = "from datetime import timedelta\ndef f(now):\n    return now + timedelta(1)"

    assert lines_found(PURE, text, "app/api/popup/lifecycle.py") == []


def test_rule_modules_are_those_of_the_contract() -> None:
    assert {"app.api.popup.lifecycle", "app.api.form_field.form"} <= rule_modules()
