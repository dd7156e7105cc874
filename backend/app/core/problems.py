"""Everything that is not 2xx, as RFC 9457 ``application/problem+json``."""

import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from itertools import islice
from typing import TypeAlias

import psycopg
import sqlalchemy.exc
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ExceptionHandler

from app.core.errors import PROBLEM_BASE, DomainError, InvalidRequest

MEDIA_TYPE = "application/problem+json"

MOST_ERRORS = 50
"""How many wrong members one answer lists; a body could hold a hundred thousand."""

_MEMBER = re.compile(r"<\w+\.\w+: ([^>]*)>")
"""How Python writes a member of an enumeration."""

Responses: TypeAlias = dict[int | str, dict[str, object]]

log = structlog.get_logger(__name__)


class Problem(BaseModel):
    """What went wrong, in the members RFC 9457 names and those of the problem's type."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(default="about:blank", description="A URI that names the kind of problem.")
    title: str = Field(description="The same for every occurrence of the type.")
    status: int = Field(description="The HTTP status code.")
    detail: str | None = Field(default=None, description="What is particular to this occurrence.")


class Unavailable(DomainError):
    """The service cannot answer right now; try again shortly."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers = {"Retry-After": "1"}  # noqa: RUF012  # a constant of the class


class BodyNotJson(DomainError):
    """The body of this request must be JSON, and say so in its Content-Type."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def problems(*errors: type[DomainError]) -> Responses:
    """Declare in OpenAPI which refusals an endpoint answers with."""
    declared: dict[int | str, dict[str, object]] = {}
    for error in errors:
        entry = declared.setdefault(
            int(error.status),
            {"model": Problem, "description": "", "content": {MEDIA_TYPE: {"examples": {}}}},
        )
        titles = [line for line in str(entry["description"]).split("\n\n") if line]
        entry["description"] = "\n\n".join([*titles, f"{error.title()}."])
        content = entry["content"]
        assert isinstance(content, dict)  # noqa: S101  # narrows the type
        content[MEDIA_TYPE]["examples"][error.slug()] = {"value": _body(error)}
    return declared


def _body(error: type[DomainError]) -> dict[str, str | int]:
    return {
        "type": PROBLEM_BASE + error.slug(),
        "title": error.title(),
        "status": int(error.status),
    }


def respond(problem: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    """Render a problem; members that are None are left out."""
    body = {name: value for name, value in problem.items() if value is not None}
    return Response(
        to_json(body), status_code=int(str(body["status"])), headers=headers, media_type=MEDIA_TYPE
    )


def refuse(error: DomainError) -> Response:
    """Render a refusal as the problem its class describes."""
    headers = dict(error.headers)
    retry_after = error.members.get("retry_after")
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return respond({**_body(type(error)), "detail": str(error), **error.members}, headers)


def _pointer(location: tuple[int | str, ...]) -> str:
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
    return "/" + "/".join(escaped)


def _place(kind: str, location: tuple[int | str, ...]) -> str:
    """Point at what is wrong; where a text stops being JSON is no place in a document."""
    return "/body" if kind == "json_invalid" else _pointer(location)


def _readable(text: str) -> str:
    """Replace Python's way to say a value, and halves of characters, which JSON can send."""
    return _MEMBER.sub(r"\1", text).encode(errors="replace").decode()


async def _on_domain_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101  # registered for this class alone
    return refuse(error)


async def _on_validation_error(_: Request, error: Exception) -> Response:
    """Say where and why, and never what: the value may be a secret typed in the wrong field."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for it alone
    found = error.errors()
    if isinstance(error.body, bytes) and any(e["loc"] == ("body",) for e in found):
        return refuse(BodyNotJson())
    # What two dependencies both ask for is found wrong twice.
    wrong = dict.fromkeys((_place(e["type"], e["loc"]), str(e["msg"])) for e in found)
    errors = [
        {"pointer": _readable(pointer), "detail": _readable(detail)}
        for pointer, detail in islice(wrong, MOST_ERRORS)
    ]
    return refuse(InvalidRequest("The request has the wrong shape", errors=errors))


async def _on_http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class alone
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # FastAPI's word for bytes that are no UTF-8, and for JSON nested or numbered beyond reason.
        errors = [{"pointer": "/body", "detail": "This cannot be read as JSON"}]
        return refuse(InvalidRequest("The request has the wrong shape", errors=errors))
    title = HTTPStatus(error.status_code).phrase
    body = {"type": "about:blank", "title": title, "status": error.status_code}
    return respond({**body, "detail": error.detail}, error.headers)


async def _on_unstorable(_: Request, error: Exception) -> Response:
    """A value passed the request's schema that no column holds; the schema should say so."""
    log.error("value_not_storable", **_names(error))
    return refuse(InvalidRequest("The request holds a value that cannot be stored"))


async def _on_unavailable(_: Request, error: Exception) -> Response:
    """The pool, the server or a lock kept the request waiting too long, or went away."""
    log.warning("database_unavailable", **_names(error))
    return refuse(Unavailable())


def _names(error: Exception) -> dict[str, str | None]:
    """Say what kind of error it was and no more: its text can quote what somebody typed."""
    cause = getattr(error, "orig", None) or error
    return {"kind": type(cause).__name__, "sqlstate": getattr(cause, "sqlstate", None)}


def unexpected(error: Exception) -> Response:
    """Answer a bug with an id to quote and nothing else; the log holds the rest."""
    incident = secrets.token_hex(8)
    log.error("unhandled_error", incident=incident, exc_info=error)
    return respond(
        {
            "type": "about:blank",
            "title": HTTPStatus.INTERNAL_SERVER_ERROR.phrase,
            "status": int(HTTPStatus.INTERNAL_SERVER_ERROR),
            "detail": "Something went wrong here; quote the incident when you ask about it",
            "incident": incident,
        }
    )


HANDLERS: dict[type[Exception], ExceptionHandler] = {
    DomainError: _on_domain_error,
    RequestValidationError: _on_validation_error,
    HTTPException: _on_http_error,
    psycopg.DataError: _on_unstorable,
    sqlalchemy.exc.DataError: _on_unstorable,
    psycopg.OperationalError: _on_unavailable,
    sqlalchemy.exc.OperationalError: _on_unavailable,
    sqlalchemy.exc.TimeoutError: _on_unavailable,
}


def install_problem_handlers(app: FastAPI) -> None:
    """Make every refusal of the application a problem."""
    for error, handler in HANDLERS.items():
        app.add_exception_handler(error, handler)
