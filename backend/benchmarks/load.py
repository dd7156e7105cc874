"""A load generator: some connections kept alive, each with one request under way.

It is a process of its own (``python -m benchmarks.load <job file>``), speaks HTTP/1.1 over plain
sockets and looks at every answer's status and length, so that it costs little beside what
it measures. Now and then it reads an answer whole and compares it.
"""

import json
import random
import selectors
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

READ_BYTES = 1 << 18
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "

ANSWERS_PER_LOOK = 50


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, and what has to come back."""

    head: str
    body: str
    status: int
    expected: dict[str, object]
    """Members of the answer, and their values."""


@dataclass(frozen=True, slots=True)
class Job:
    """How long to send which requests, over how many connections."""

    port: int
    connections: int
    warm_up_seconds: float
    seconds: float
    requests: list[Request]
    look_at: int = ANSWERS_PER_LOOK
    """One answer in so many is parsed and compared with what it should say."""


@dataclass(slots=True)
class Outcome:
    """What was seen: answers within the measured time, and how long each took."""

    answers: int = 0
    seconds: float = 0.0
    looks: int = 0
    all_answers: int = 0
    """Those before and after that time too."""
    milliseconds: list[float] = field(default_factory=list)


class WrongAnswer(RuntimeError):
    """An answer was not what the request asks for: the figures would mean nothing."""


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    request: Request
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    length: int = -1
    """Of the whole answer; -1 until its head is there."""


class Load:
    """Sends one job's requests until its time is over."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._outcome = Outcome()
        self._number = 0

    def run(self) -> Outcome:
        """Return what was seen after the warm-up; waits for the answers still under way."""
        with ExitStack() as stack:
            selector = stack.enter_context(selectors.DefaultSelector())
            for _ in range(self._job.connections):
                connection = self._connect()
                stack.enter_context(connection.socket)
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                self._send(connection)
            self._keep_asking(selector)
        self._outcome.seconds = self._job.seconds
        return self._outcome

    def _keep_asking(self, selector: selectors.BaseSelector) -> None:
        begin = time.perf_counter() + self._job.warm_up_seconds
        end = begin + self._job.seconds
        while selector.get_map():
            for key, _ in selector.select():
                connection = key.data
                if not self._receive(connection):
                    continue
                self._account(connection, begin, end)
                if time.perf_counter() < end:
                    self._send(connection)
                else:
                    selector.unregister(connection.socket)

    def _connect(self) -> _Connection:
        own = socket.create_connection(("127.0.0.1", self._job.port), timeout=30)
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Connection(own, self._job.requests[0])

    def _send(self, connection: _Connection) -> None:
        request = connection.request = random.choice(self._job.requests)
        connection.received.clear()
        connection.length = -1
        self._number += 1
        body = request.body.replace("{number}", str(self._number))
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        connection.sent_at = time.perf_counter()
        connection.socket.sendall(f"{request.head}{length}\r\n{body}".encode())

    def _receive(self, connection: _Connection) -> bool:
        """Read what is there; tell whether the answer is complete."""
        chunk = connection.socket.recv(READ_BYTES)
        if not chunk:
            raise WrongAnswer("The server closed a connection")
        received = connection.received
        received += chunk
        if connection.length < 0:
            head = received.find(HEAD_END)
            if head < 0:
                return False
            begin = received.index(LENGTH) + len(LENGTH)
            length = int(received[begin : received.index(b"\r", begin)])
            connection.length = head + len(HEAD_END) + length
        return len(received) >= connection.length

    def _account(self, connection: _Connection, begin: float, end: float) -> None:
        request, received = connection.request, connection.received
        if int(received[9:12]) != request.status:
            raise WrongAnswer(f"{request.head.splitlines()[0]}: {bytes(received[:600])!r}")
        outcome, now = self._outcome, time.perf_counter()
        outcome.all_answers += 1
        if not begin <= now < end:
            return
        outcome.answers += 1
        outcome.milliseconds.append((now - connection.sent_at) * 1000)
        if outcome.answers % self._job.look_at == 0:
            outcome.looks += 1
            _compare(request, bytes(received))


def _compare(request: Request, received: bytes) -> None:
    answer = json.loads(received.partition(HEAD_END)[2])
    if not isinstance(answer, dict):
        raise WrongAnswer(f"{request.head.splitlines()[0]}: {received[:600]!r}")
    seen = {
        "id": answer.get("id"),
        "popup_id": answer.get("popup_id"),
        "rows": len(answer.get("results", [])),
        "total": answer.get("paging", {}).get("total"),
    }
    wrong = {name: seen[name] for name, value in request.expected.items() if seen[name] != value}
    if wrong:
        raise WrongAnswer(f"{request.head.splitlines()[0]}: {wrong} instead of {request.expected}")


def main() -> None:
    """Read a job from a file, run it, print what was seen as JSON."""
    job = json.loads(Path(sys.argv[1]).read_text())
    requests = [Request(**request) for request in job.pop("requests")]
    outcome = Load(Job(**job, requests=requests)).run()
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
