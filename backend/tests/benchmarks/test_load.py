"""The load generator believes no answer: a wrong one ends the run."""

import json
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import uuid4

import pytest

from benchmarks.answers import check_what_was_written
from benchmarks.load import Job, Load, Request, WrongAnswer

RIGHT = str(uuid4())


@contextmanager
def answering(status: int, body: object) -> Generator[int]:
    """Serve one answer to everybody, and provide the port."""
    text = json.dumps(body).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            with suppress(ConnectionError):  # who got a wrong answer hangs up
                self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def job(port: int, **expected: object) -> Job:
    request = Request(
        head="GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\n", body="", status=200, expected=expected
    )
    return Job(
        port=port, connections=2, warm_up_seconds=0.05, seconds=0.2, requests=[request], look_at=1
    )


def test_right_answers_are_counted_and_compared() -> None:
    with answering(200, {"id": RIGHT}) as port:
        outcome = Load(job(port, id=RIGHT)).run()

    assert outcome.answers > 0
    assert outcome.looks == outcome.answers == len(outcome.milliseconds)
    assert outcome.all_answers >= outcome.answers


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"id": "another"}, {"id": RIGHT}),
        ({"results": [], "paging": {"total": 1}}, {"rows": 1, "total": 1}),
        ({"results": [1], "paging": {"total": 1}}, {"rows": 1, "total": 2}),
        ([1], {"rows": 1}),
    ],
)
def test_another_answer_ends_the_run(body: object, expected: dict[str, object]) -> None:
    with answering(200, body) as port, pytest.raises(WrongAnswer, match="GET /x"):
        Load(job(port, **expected)).run()


def test_another_status_ends_the_run() -> None:
    with answering(404, {}) as port, pytest.raises(WrongAnswer, match="404"):
        Load(job(port)).run()


@pytest.mark.parametrize("written", [9, 11])
def test_a_row_too_few_or_too_many_ends_the_run(written: int) -> None:
    with pytest.raises(WrongAnswer, match=f"10 products were answered for, {written} are there"):
        check_what_was_written(created=10, written=written)
