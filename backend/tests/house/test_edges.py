"""Only the edges catch everything, and only the settings read the environment."""

import pytest

from tests.house.planting import lines_found
from tests.house.rules.edges import CATCHES, READS

CATCHALLS = {
    "Exception": "try:\n    f()\nexcept Exception:\n    pass",
    "BaseException": "try:\n    f()\nexcept BaseException as error:\n    raise",
    "nothing named": "try:\n    f()\nexcept:\n    pass",
    "among others": "try:\n    f()\nexcept (ValueError, Exception):\n    pass",
    "a group": "try:\n    f()\nexcept* Exception:\n    pass",
    "suppressed": "import contextlib\n\nwith contextlib.suppress(Exception):\n    f()",
}


@pytest.mark.parametrize("text", CATCHALLS.values(), ids=CATCHALLS)
def test_broad_except_finds_what_catches_everything(text: str) -> None:
    assert lines_found(CATCHES, text) == [3]


@pytest.mark.parametrize("caught", ["ValueError", "(KeyError, OSError)", "errors.Exception_"])
def test_broad_except_lets_named_ones_be(caught: str) -> None:
    assert lines_found(CATCHES, f"try:\n    f()\nexcept {caught}:\n    pass") == []


ENVIRONMENT = {
    "an item": "import os\nx = os.environ['A']",
    "a default": "import os\nx = os.getenv('A')",
    "by its own name": "from os import environ\nx = environ.get('A')",
    "under another name": "import os as system\nx = system.environ",
}


@pytest.mark.parametrize("text", ENVIRONMENT.values(), ids=ENVIRONMENT)
def test_environment_finds_a_setting_read_by_hand(text: str) -> None:
    assert lines_found(READS, text) == [2]


@pytest.mark.parametrize("text", ["import os\nos.path.join('a')", "environ = {}\nenviron['A']"])
def test_environment_lets_the_rest_be(text: str) -> None:
    assert lines_found(READS, text) == []
