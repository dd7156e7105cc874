"""No test is called by something that the next process draws anew."""

import pytest

from tests.house.planting import lines_found
from tests.house.rules.chance import RULE

PLACE = "tests/api/popup/test_popups.py"

DRAWN = {
    "an id": "import uuid\n\n@pytest.mark.parametrize('x', [str(uuid.uuid4())])\ndef f(x): 0",
    "by its own name": "from uuid import uuid4\n\n@cases('x', [{'id': uuid4()}])\ndef f(x): 0",
    "a number": "import random\n\n@cases('x', [random.random()])\nasync def f(x): 0",
    "the time": "from datetime import datetime\n\n@cases('x', [datetime.now()])\ndef f(x): 0",
}


@pytest.mark.parametrize("text", DRAWN.values(), ids=DRAWN)
def test_chance_finds_what_differs_in_each_process(text: str) -> None:
    assert lines_found(RULE, text, PLACE) == [3]


@pytest.mark.parametrize(
    "text",
    [
        "from uuid import UUID\n\n@parametrize('x', [UUID(int=7)])\ndef f(x): 0",
        "from uuid import uuid4\n\n@parametrize('x', [1])\ndef f(x):\n    return uuid4()",
        "@parametrize('make', [uuid4])\ndef f(make): 0",
    ],
)
def test_chance_lets_constants_and_the_test_itself_be(text: str) -> None:
    assert lines_found(RULE, text, PLACE) == []
