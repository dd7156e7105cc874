"""Coverage tells greenlets apart, and lets go of no thread's own in a dangerous moment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import BACKEND

PROGRAM = """\
import json, sys, threading, weakref
import greenlet

def switch(to, *arguments):
    return to.switch(*arguments)

def awaits(outer):
    switch(outer)
    return "resumed"

def work():
    own = greenlet.getcurrent()
    another = greenlet.greenlet(awaits)
    switch(another, own)
    found.append([weakref.getweakrefcount(own), weakref.getweakrefcount(another)])
    switch(another)
    return found

found = []
if sys.argv[1] == "a thread":
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
else:
    work()
print(json.dumps(found))
"""


@pytest.mark.parametrize(
    ("where", "remembered"),
    [
        pytest.param("a thread", [0, 1], id="thread that ends"),
        pytest.param("here", [1, 1], id="thread that measures to the end"),
    ],
)
def test_greenlets_are_remembered_apart_and_no_thread_is_that_ends(
    tmp_path: Path, where: str, remembered: list[int]
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    measure = ["-m", "coverage", "run", f"--rcfile={BACKEND / 'pyproject.toml'}"]
    options = [f"--source={tmp_path}", f"--data-file={tmp_path / 'data'}"]
    unmeasured = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}

    printed = subprocess.run(
        [sys.executable, *measure, *options, str(program), where],
        env=unmeasured,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout

    assert json.loads(printed) == [remembered]
