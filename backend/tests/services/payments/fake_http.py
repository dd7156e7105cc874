"""A provider's server of our own: real sockets on this machine, and every way to fail."""

import json
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import urlsplit

from pydantic import JsonValue


class Trouble(StrEnum):
    """How the next requests go wrong."""

    NONE = "none"
    BROKEN = "broken"
    """500, and nothing is done."""

    SILENT = "silent"
    """No answer while anybody waits."""

    LOST = "lost"
    """It is done, and the answer never arrives."""

    GARBLED = "garbled"
    """200 with something that is no JSON."""

    EMPTY = "empty"
    """200 with an object that says nothing."""

    BUSY = "busy"
    """429."""


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    body: JsonValue


class Fake(Protocol):
    """A provider's rules."""

    def answer(self, asked: Asked) -> Answer: ...


@dataclass
class Listening:
    """A server that runs, what it was asked, and how it fails."""

    url: str = ""
    trouble: Trouble = Trouble.NONE
    asked: list[Asked] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    """Answers one request at a time, so that a fake needs no locks."""

    daemon_threads = False

    def __init__(self, fake: Fake) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake
        self.listening = Listening(url=f"http://127.0.0.1:{self.server_address[1]}")
        self.stopping = threading.Event()
        self.turn = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Say nothing."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, url.path, url.query, headers, body)
        with self.server.turn:
            self.server.listening.asked.append(asked)
            self._answer(asked, self.server.listening.trouble)

    def _answer(self, asked: Asked, trouble: Trouble) -> None:
        if trouble in BAD_ANSWERS:
            self._send(*BAD_ANSWERS[trouble])
            return
        if trouble is Trouble.SILENT:
            self.close_connection = True
            self.server.stopping.wait(10)
            return
        answer = self.server.fake.answer(asked)
        if trouble is Trouble.LOST:
            self.close_connection = True
            return
        self._send(answer.status, json.dumps(answer.body).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ERROR = b'{"error": {"message": "trouble", "type": "api_error"}}'
BAD_ANSWERS = {
    Trouble.BROKEN: (500, ERROR),
    Trouble.BUSY: (429, ERROR),
    Trouble.GARBLED: (200, b"<html>maintenance</html>"),
    Trouble.EMPTY: (200, b"{}"),
}


@contextmanager
def serving(fake: Fake) -> Generator[Listening]:
    """Run a provider on a free port of this machine."""
    server = _Server(fake)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.listening
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def now() -> int:
    """Seconds since 1970, as providers count."""
    return int(time.time())
