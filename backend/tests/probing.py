"""Questions that every resource is asked: what others see of it, and what junk does to it."""

from collections.abc import Mapping
from uuid import uuid4

import httpx

from tests.factories import Json
from tests.worlds import Headers

NUL = "nul \x00 in it"
ESCAPE = "escape \x1b[31m in it"
DELETE = "delete \x7f in it"

CONTROL_CHARACTERS = (NUL, ESCAPE, DELETE)
"""What no text may hold."""

UNICODE = "Zażółć gęślą jaźń 🎪 שלום e\u0301"
"""What any text may hold, and gets back unchanged."""

NOT_UUIDS = ("1", "null", "0189-not-a-uuid", "' OR 1=1 --", "%00")


async def indistinguishable(
    client: httpx.AsyncClient,
    headers: Headers,
    method: str,
    path: str,
    theirs: object,
    body: Json | None = None,
) -> httpx.Response:
    """Ask about another's row and about none; return the answer if nothing tells them apart.

    ``{id}`` in the path, or as a value of the body, stands for the row.
    """
    answers = [
        await client.request(
            method,
            f"/api/v1/{path.format(id=asked)}",
            headers=headers,
            json=None if body is None else _with_id(body, str(asked)),
        )
        for asked in (theirs, uuid4())
    ]
    foreign, unknown = answers
    assert foreign.status_code == unknown.status_code
    assert foreign.content == unknown.content
    assert _told(foreign.headers) == _told(unknown.headers)
    return foreign


def _with_id(body: Json, asked: str) -> Json:
    def fill(value: object) -> object:
        if isinstance(value, list):
            return [fill(item) for item in value]
        return asked if value == "{id}" else value

    return {name: fill(value) for name, value in body.items()}


def _told(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "x-request-id"}


def kind_of(response: httpx.Response) -> tuple[int, str]:
    """Return a refusal's status and the last part of its type."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    return response.status_code, str(response.json()["type"]).rsplit("/", 1)[-1]


def pointers(response: httpx.Response) -> list[str]:
    """Return where a request has the wrong shape."""
    return [error["pointer"] for error in response.json()["errors"]]
