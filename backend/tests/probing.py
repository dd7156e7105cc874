"""Questions that every resource is asked: what others see of it, and what junk does to it."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import uuid4

import httpx

from tests.factories import Json
from tests.worlds import Headers, TenantWorld

NUL = "nul \x00 in it"
ESCAPE = "escape \x1b[31m in it"
DELETE = "delete \x7f in it"

CONTROL_CHARACTERS = (NUL, ESCAPE, DELETE)
"""What no text may hold."""

NOT_FLAGS: Sequence[object] = (1, "true", "perhaps", [])
"""What is neither true nor false."""

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


Refusal: TypeAlias = tuple[int, str]
BadValue: TypeAlias = tuple[str, object]


async def refusals(
    client: httpx.AsyncClient,
    world: TenantWorld,
    good: Json,
    path: str,
    bad: Sequence[BadValue],
) -> list[tuple[BadValue, str, Refusal, set[str]]]:
    """Send each bad value in an otherwise good POST, and in a PATCH of the row at ``path``.

    Tells how each was refused, and which keys of the body were blamed.
    """
    collection = path.split("/", 1)[0]
    told = []
    for name, value in bad:
        answers = {
            "POST": await client.post(
                f"/api/v1/{collection}", headers=world.headers, json={**good, name: value}
            ),
            "PATCH": await client.patch(
                f"/api/v1/{path}", headers=world.headers, json={name: value}
            ),
        }
        told += [
            ((name, value), method, kind_of(answer), {p.split("/")[2] for p in pointers(answer)})
            for method, answer in answers.items()
        ]
    return told


def refused_at(bad: Sequence[BadValue]) -> list[tuple[BadValue, str, Refusal, set[str]]]:
    """Return what ``refusals`` tells when each value is refused for what it is."""
    return [
        ((name, value), method, (422, "invalid-request"), {name})
        for name, value in bad
        for method in ("POST", "PATCH")
    ]


async def answers_to_ids(
    client: httpx.AsyncClient, world: TenantWorld, collection: str
) -> set[tuple[Refusal, str]]:
    """Ask for rows by ids that are none; return how that is refused, and where."""
    told = set()
    for method in ("GET", "PATCH", "DELETE"):
        for text in NOT_UUIDS:
            answer = await client.request(
                method,
                f"/api/v1/{collection}/{text}",
                headers=world.headers,
                json={} if method == "PATCH" else None,
            )
            told |= {(kind_of(answer), pointer) for pointer in pointers(answer)}
    return told


UNAUTHENTICATED = (401, "unauthenticated")
FORBIDDEN = (403, "forbidden")
ANSWERED = (200, "")

STAFF_ONLY: Mapping[str, Sequence[Refusal]] = {
    "list": (UNAUTHENTICATED, FORBIDDEN, ANSWERED),
    "create": (UNAUTHENTICATED, FORBIDDEN, FORBIDDEN),
    "read": (UNAUTHENTICATED, FORBIDDEN, ANSWERED),
    "update": (UNAUTHENTICATED, FORBIDDEN, FORBIDDEN),
    "delete": (UNAUTHENTICATED, FORBIDDEN, FORBIDDEN),
}
"""What a visitor, a human and a viewer are answered where staff read and admins write."""


async def answers_by_caller(
    client: httpx.AsyncClient, world: TenantWorld, path: str, body: Json
) -> dict[str, tuple[Refusal, ...]]:
    """Let a visitor, a human and a viewer do everything with the row at ``path``."""
    collection = path.split("/", 1)[0]
    callers = (world.public_headers, world.human_headers, world.viewer_headers)
    acts: dict[str, tuple[str, str, Json | None]] = {
        "list": ("GET", collection, None),
        "create": ("POST", collection, body),
        "read": ("GET", path, None),
        "update": ("PATCH", path, {}),
        "delete": ("DELETE", path, None),
    }
    told = {}
    for act, (method, where, sent) in acts.items():
        answers = [
            await client.request(method, f"/api/v1/{where}", headers=headers, json=sent)
            for headers in callers
        ]
        told[act] = tuple(
            ANSWERED if answer.status_code == ANSWERED[0] else kind_of(answer) for answer in answers
        )
    return told
