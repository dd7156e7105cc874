"""What surrounds every request: its id, its log line, a limit on its body, a last resort."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.logging import log_request
from app.core.problems import respond, unexpected

REQUEST_ID = "X-Request-Id"
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
"""Answers are a person's own data: nothing in between may keep, frame or guess at them."""


class RequestEdge:
    """The outermost layer: nothing the application raises gets past it unanswered."""

    def __init__(self, app: ASGIApp, *, largest_body: int, largest_upload: int) -> None:
        """Wrap an application; the limits are in bytes."""
        self._app = app
        self._largest_body = largest_body
        self._largest_upload = largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and write one line about it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(REQUEST_ID, "")
        request_id = given if _SANE_ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        answer = _Answer(send, request_id)
        limit = self._limit(scope)
        try:
            length = headers.get("content-length", "")
            if length.isdecimal() and int(length) > limit:
                await _too_large(limit)(scope, receive, answer.send)
            else:
                await self._app(scope, _Limited(receive, limit).receive, answer.send)
        except Exception as error:  # noqa: BLE001  # the edge: answered, logged, not swallowed
            response = unexpected(error)
            # An answer that has begun stays without an end: the server then cuts the connection,
            # and whoever reads it knows that it is not whole.
            if answer.status is None:
                await response(scope, receive, answer.send)
        finally:
            _write_line(scope, answer.status, time.perf_counter() - started)

    def _limit(self, scope: Scope) -> int:
        is_upload = scope["method"] == "PUT" and "/uploads/" in scope["path"]
        return self._largest_upload if is_upload else self._largest_body


class _Answer:
    """Adds the headers every answer has and remembers the status."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID] = self._request_id
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


class _Limited:
    """Counts a body that came without a length and stops reading at the limit."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            raise HTTPException(413, f"The body may have {self._limit} bytes")
        return message


def _too_large(limit: int) -> ASGIApp:
    return respond(
        {
            "type": "about:blank",
            "title": "Content Too Large",
            "status": 413,
            "detail": f"The body may have {limit} bytes",
        }
    )


def _write_line(scope: Scope, status: int | None, seconds: float) -> None:
    principal = scope.get("principal")
    route = scope.get("route")
    log_request(
        {
            "method": scope["method"],
            "route": getattr(route, "path", None) or "unmatched",
            "status": status,
            "milliseconds": round(seconds * 1000, 2),
            "tenant": str(getattr(principal, "tenant_id", None) or "") or None,
            "actor": getattr(principal, "actor", None),
        }
    )
