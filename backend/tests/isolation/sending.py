"""Builds requests from the table of calls and the OpenAPI document, and sends them."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from uuid import UUID, uuid4

import httpx
from pydantic import SecretStr

from app.api.ticket.code import RANDOM_BYTES, read_code, ticket_code
from app.api.ticket.errors import TicketCodeUnreadable
from app.core.openapi import Document
from app.main import create_app
from tests.database import GivenSettings
from tests.isolation.arena import Arena
from tests.isolation.calls import CALLS, Call
from tests.isolation.makers import Harvest, placeholders
from tests.worlds import Headers

METHODS = ("get", "put", "post", "patch", "delete")
VOLATILE = frozenset({"x-request-id", "date"})
"""Headers that differ between any two answers."""


@dataclass(frozen=True)
class Operation:
    """One operation of the document with its line in the table."""

    name: str
    method: str
    path: str
    described: Document
    call: Call

    def __str__(self) -> str:
        return self.name

    @property
    def parameters(self) -> list[Document]:
        """What it takes in its path, query and headers."""
        found = self.described.get("parameters", [])
        assert isinstance(found, list)
        return found

    def named(self, place: str) -> list[str]:
        """Return the names of the parameters in one place: path, query, header."""
        return [str(p["name"]) for p in self.parameters if p["in"] == place]

    @property
    def success(self) -> int:
        """The one status it answers with when all is well."""
        responses = self.described["responses"]
        assert isinstance(responses, dict)
        (status,) = (int(status) for status in responses if status[0] in "23")
        return status

    @property
    def template(self) -> dict[str, object]:
        """A right request, with placeholders for the rows it is about."""
        path = {name: self.call.path.get(name, f"${name}") for name in self.named("path")}
        return {
            "path": path,
            "query": dict(self.call.query),
            "headers": dict(self.call.headers),
            "body": self.call.body,
        }

    @property
    def rows(self) -> set[str]:
        """The names of the rows a right request names."""
        return placeholders(self.template)


@dataclass(frozen=True)
class Request:
    """One request, ready to be sent or to be bent."""

    method: str
    path: str
    parts: dict[str, str]
    query: dict[str, str]
    headers: Headers
    body: object

    @property
    def url(self) -> str:
        """Its path with its parts filled in."""
        return self.path.format(**self.parts)

    async def send(self, arena: Arena, headers: Headers, **changes: object) -> httpx.Response:
        """Send it as somebody."""
        bent = replace(self, **changes) if changes else self  # type: ignore[arg-type]  # by name
        return await arena.client.request(
            bent.method,
            bent.url,
            params=bent.query,
            headers={**bent.headers, **headers},
            json=bent.body,
        )


async def request_for(operation: Operation, harvest: Harvest) -> Request:
    """Make the rows an operation is about and return a right request."""
    filled = await harvest.filled(operation.template)
    assert isinstance(filled, dict)
    return Request(
        method=operation.method,
        path=operation.path,
        parts=filled["path"],
        query=filled["query"],
        headers=filled["headers"],
        body=filled["body"],
    )


def unknown_like(value: str) -> str:
    """Return a value of the same form that names nothing."""
    with suppress(TicketCodeUnreadable):
        read_code(value)
        return ticket_code(secrets.token_bytes(RANDOM_BYTES))
    try:
        UUID(value)
    except ValueError:
        return f"y{uuid4().hex[: len(value)]}"
    return str(uuid4())


def told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """Return all that an answer tells, save what differs between any two."""
    headers = {name: text for name, text in answer.headers.items() if name not in VOLATILE}
    return answer.status_code, answer.content, headers


@lru_cache(maxsize=1)
def document() -> Document:
    """Return the OpenAPI document, which needs no database."""
    settings = GivenSettings(secret_key=SecretStr("a-secret-for-documents-0123456789"))
    return create_app(settings).openapi()


def operations() -> list[Operation]:
    """Return every operation that is in the document and in the table."""
    return [
        Operation(name, method.upper(), path, described, CALLS[name])
        for name, method, path, described in _documented()
    ]


def unclassified() -> tuple[list[str], list[str]]:
    """Return operations that the table lacks, and lines of it that no operation has."""
    documented = {name: f"{method.upper()} {path}" for name, method, path, _ in _documented()}
    missing = [f"{name} ({where})" for name, where in documented.items() if name not in CALLS]
    return missing, sorted(set(CALLS) - set(documented))


def _documented() -> Iterator[tuple[str, str, str, Document]]:
    paths = document()["paths"]
    assert isinstance(paths, dict)
    for path, described in paths.items():
        assert isinstance(described, dict)
        for method in METHODS:
            if method in described:
                yield described[method]["operationId"], method, path, described[method]


def properties(schema: Mapping[str, object], name: str = "properties") -> dict[str, Document]:
    """Return the members of an object's schema, references followed."""
    found = resolved(schema).get(name, {})
    assert isinstance(found, dict)
    return found


def resolved(schema: Mapping[str, object]) -> Mapping[str, object]:
    """Follow a reference into the document's components."""
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    components = document()["components"]
    assert isinstance(components, dict)
    target = components["schemas"][reference.rpartition("/")[2]]
    assert isinstance(target, dict)
    return resolved(target)


def body_schema(operation: Operation) -> Mapping[str, object] | None:
    """Return the schema of an operation's JSON body, if it takes one."""
    body = operation.described.get("requestBody")
    if not isinstance(body, dict) or "application/json" not in body["content"]:
        return None
    return resolved(body["content"]["application/json"]["schema"])
