"""The process between the application and its server, here with programs that stand for it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import asdict
from pathlib import Path

import pytest

from app.core import embedded_guard
from app.core.config import BACKEND_FOLDER
from app.core.embedded_guard import Orders

NOTES_HOW_IT_ENDS = """
import signal, sys, time

def end(number, _frame):
    print(signal.Signals(number).name, flush=True)
    if signal.Signals(number).name not in sys.argv[1:]:
        sys.exit(7)

for number in (signal.SIGINT, signal.SIGQUIT):
    signal.signal(number, end)
print("ready", flush=True)
while True:
    time.sleep(60)
"""
"""A server that says which signals it got, and ends at the first that is not in ``argv``."""

IMPATIENT = """
import sys
from app.core import embedded_guard

embedded_guard.SECONDS_TO_CLOSE = 0.3
sys.exit(embedded_guard.main())
"""

SAYS_WHAT_ENDS_IT = """
import ctypes, signal
from app.core.embedded_guard import end_with_parent

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
end_with_parent()
number = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(number))
defaults = [signal.getsignal(each) is signal.SIG_DFL for each in (signal.SIGINT, signal.SIGHUP)]
print(number.value, *defaults)
"""

Guard = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def guard(tmp_path: Path) -> Generator[Guard]:
    """Start a guard whose server has begun; whatever is left is ended afterwards."""
    started: list[subprocess.Popen[str]] = []
    lock = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)

    def begin(
        *deaf_to: str, checkpoint: bool = True, remove: tuple[Path, ...] = ()
    ) -> subprocess.Popen[str]:
        orders = Orders(
            command=[sys.executable, "-c", NOTES_HOW_IT_ENDS, *deaf_to],
            user=None,
            group=None,
            lock=lock,
            checkpoint_on_stop=checkpoint,
            remove_afterwards=[str(folder) for folder in remove],
        )
        program = ["-c", IMPATIENT] if deaf_to else [embedded_guard.__file__]
        process = subprocess.Popen(
            [sys.executable, *program, json.dumps(asdict(orders))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=BACKEND_FOLDER,
            pass_fds=(lock,),
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    yield begin
    os.close(lock)
    for process in started:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[list[str], int]:
    """Return the signals that the server got, and what the guard ended with."""
    signals, _ = process.communicate(timeout=20)  # it closes the pipe first
    return signals.split(), process.returncode


def test_server_is_told_to_finish_where_the_pipe_ends(guard: Guard) -> None:
    assert ended(guard()) == (["SIGINT"], 7)


def test_server_whose_data_is_thrown_away_writes_no_checkpoint(guard: Guard) -> None:
    assert ended(guard(checkpoint=False)) == (["SIGQUIT"], 7)


def test_server_is_told_to_finish_where_the_guard_is(guard: Guard) -> None:
    process = guard()
    assert process.stdin

    process.send_signal(signal.SIGTERM)

    assert process.wait(20) == 7
    assert not process.stdin.closed


@pytest.mark.parametrize("ignored", [signal.SIGINT, signal.SIGHUP])
def test_what_is_typed_at_the_terminal_does_not_reach_the_server(
    guard: Guard, ignored: signal.Signals
) -> None:
    process = guard()

    process.send_signal(ignored)

    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    assert ended(process) == (["SIGINT"], 7)


def test_server_that_does_not_finish_is_ended_harder_each_time(guard: Guard) -> None:
    assert ended(guard("SIGINT")) == (["SIGINT", "SIGQUIT"], 7)
    assert ended(guard("SIGINT", "SIGQUIT")) == (["SIGINT", "SIGQUIT"], -signal.SIGKILL % 256)


def test_folders_go_after_the_server(guard: Guard, tmp_path: Path) -> None:
    sockets, kept = tmp_path / "sockets", tmp_path / "kept"
    for folder in (sockets, kept):
        folder.mkdir()
        (folder / "file").touch()

    assert ended(guard(remove=(sockets, tmp_path / "never was"))) == (["SIGINT"], 7)

    assert not sockets.exists()
    assert (kept / "file").exists()


def test_guard_ends_with_a_server_that_ends_by_itself(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        orders = Orders(
            [sys.executable, "-c", "raise SystemExit(3)"], None, None, lock.fileno(), True, []
        )
        process = subprocess.Popen(
            [sys.executable, embedded_guard.__file__, json.dumps(asdict(orders))],
            stdin=subprocess.PIPE,
            pass_fds=(lock.fileno(),),
        )

        assert process.wait(20) == 3
        process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have nothing like it")
def test_server_ends_with_a_guard_that_is_killed_outright() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", SAYS_WHAT_ENDS_IT],
        cwd=BACKEND_FOLDER,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert printed.split() == [str(int(signal.SIGINT)), "True", "True"]
