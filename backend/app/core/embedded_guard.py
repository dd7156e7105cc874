"""The process between the application and its embedded PostgreSQL; run as a script.

It starts the server, and stops it when its standard input ends. The application holds
the other end of that pipe and nothing else does, so the server ends with the application
however that ends: by Ctrl-C, by SIGTERM, by SIGKILL. It runs in a session of its own, so
that a Ctrl-C typed at the terminal does not reach the server before its clients are gone.

Only the standard library is used, and nothing of the application: it starts in
milliseconds and keeps little memory.
"""

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from types import FrameType

SECONDS_TO_CLOSE = 30
"""What a fast shutdown may take: its checkpoint writes up to ``max_wal_size`` of pages."""

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Orders:
    """What to run, as whom, and what to leave behind; it travels as JSON in ``argv[1]``."""

    command: list[str]
    user: int | None
    group: int | None
    lock: int
    checkpoint_on_stop: bool
    remove_afterwards: list[str]


def main() -> int:
    """Run the server until it ends or the pipe does, and return its exit code."""
    orders = Orders(**json.loads(sys.argv[1]))
    wakeup, wakeup_writer = os.pipe()
    os.set_blocking(wakeup_writer, False)
    signal.set_wakeup_fd(wakeup_writer)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, _wake_up)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)

    server = _start(orders)
    _wait_for_the_end(server, wakeup)
    _stop(server, with_checkpoint=orders.checkpoint_on_stop)
    for folder in orders.remove_afterwards:
        shutil.rmtree(folder, ignore_errors=True)
    return server.returncode


def _start(orders: Orders) -> subprocess.Popen[bytes]:
    """Start the server with the lock: the folder stays locked for as long as it lives."""
    return subprocess.Popen(  # noqa: S603 - the command is our own
        orders.command,
        stdin=subprocess.DEVNULL,
        pass_fds=(orders.lock,),
        user=orders.user,
        group=orders.group,
        extra_groups=None if orders.user is None else [],
        preexec_fn=end_with_parent,  # noqa: PLW1509 - this process has one thread
    )


def end_with_parent() -> None:
    """Ask Linux to stop this process should its parent be killed outright.

    Runs in the child, between fork and exec. Other systems have nothing like it.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _wait_for_the_end(server: subprocess.Popen[bytes], wakeup: int) -> None:
    while server.poll() is None:
        ready, _, _ = select.select([sys.stdin, wakeup], [], [])
        if sys.stdin in ready:
            return
        if signal.SIGTERM in os.read(wakeup, 64):
            return


def _stop(server: subprocess.Popen[bytes], *, with_checkpoint: bool) -> None:
    """Stop politely first; data that is thrown away needs no checkpoint."""
    polite = [signal.SIGINT] if with_checkpoint else []
    for number in (*polite, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(number)
        try:
            server.wait(SECONDS_TO_CLOSE)
        except subprocess.TimeoutExpired:
            continue


def _wake_up(_number: int, _frame: FrameType | None) -> None:
    """Let the wake-up pipe carry the signal's number to the loop."""


if __name__ == "__main__":
    sys.exit(main())
