"""Nothing inside ``async def`` waits without awaiting."""

import pytest

from tests.house.planting import lines_found
from tests.house.rules.blocking import RULE

BREAKS = {
    "sleeping": "import time\nasync def f():\n    time.sleep(1)",
    "sleeping under another name": "from time import sleep as s\nasync def f():\n    s(1)",
    "a file": "x = 1\nasync def f():\n    open('a')",
    "a path": "x = 1\nasync def f(path):\n    path.read_text()",
    "a process": "import subprocess\nasync def f():\n    subprocess.run(['ls'])",
    "a request": "import requests\nasync def f():\n    requests.get('x')",
    "a client of httpx": "import httpx\nasync def f():\n    httpx.get('x')",
    "a client of boto3": "import boto3\nasync def f():\n    boto3.client('s3')",
    "a call of boto3": "x = 1\nasync def f(self):\n    self.s3.put_object(Key='k')",
    "psycopg": "import psycopg\nasync def f():\n    psycopg.connect('x')",
    "inside an expression": "import time\nasync def f():\n    return [time.sleep(1) for _ in 'ab']",
}

KEEPS = {
    "a plain function": "import time\ndef f():\n    time.sleep(1)",
    "a thread": "import asyncio, time\nasync def f():\n    await asyncio.to_thread(time.sleep, 1)",
    "an asynchronous sleep": "import asyncio\nasync def f():\n    await asyncio.sleep(1)",
    "an asynchronous driver": "async def f():\n    await psycopg.AsyncConnection.connect('x')",
    "a function inside that is a thread's": """
        import asyncio, time
        async def f():
            def work():
                time.sleep(1)
            await asyncio.to_thread(work)
        """,
    "a method named like a function": "async def f(door):\n    door.open()",
}


@pytest.mark.parametrize("text", BREAKS.values(), ids=BREAKS)
def test_blocking_call_finds_what_stops_the_loop(text: str) -> None:
    assert lines_found(RULE, text) == [3]


@pytest.mark.parametrize("text", KEEPS.values(), ids=KEEPS)
def test_blocking_call_lets_the_rest_be(text: str) -> None:
    assert lines_found(RULE, text) == []


def test_blocking_call_finds_it_behind_functions_of_the_same_file() -> None:
    text = """
        import time
        def wait():
            time.sleep(1)
        def longer():
            wait()
        async def f():
            longer()
        class Mailer:
            def _write(self):
                open("x")
            async def send(self):
                self._write()
        """

    assert lines_found(RULE, text) == [7, 12]
