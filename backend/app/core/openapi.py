"""The application whose OpenAPI document says what its answers really are."""

from collections.abc import Iterator

from fastapi import FastAPI

from app.core.errors import Unauthenticated
from app.core.problems import MEDIA_TYPE

Document = dict[str, object]

JSON = "application/json"
METHODS = frozenset({"get", "put", "post", "patch", "delete"})


class DocumentedAPI(FastAPI):
    """A FastAPI application that documents its problems as problems (RFC 9457).

    FastAPI writes every answer down under the media type of the successful one, and a token
    that is read wherever there is one as a token that is needed everywhere.
    """

    def openapi(self) -> Document:
        """Return the document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            for operation in _operations(document):
                for answer in _refusals(operation):
                    _move_to_problems(answer)
                _open_to_anybody(operation)
            self.openapi_schema = document
        return self.openapi_schema


def _operations(document: Document) -> Iterator[Document]:
    for path in _object(document["paths"]).values():
        for method, operation in _object(path).items():
            if method in METHODS:
                yield _object(operation)


def _refusals(operation: Document) -> Iterator[Document]:
    for status, answer in _object(operation["responses"]).items():
        if not status.startswith(("2", "3")):
            yield _object(answer)


def _move_to_problems(answer: Document) -> None:
    content = _object(answer.setdefault("content", {}))
    described = _object(content.pop(JSON, {}))
    content[MEDIA_TYPE] = {**described, **_object(content.get(MEDIA_TYPE, {}))}


def _open_to_anybody(operation: Document) -> None:
    """Let a token be optional where its absence is no reason to be refused."""
    schemes = operation.get("security")
    refused = _object(_object(operation["responses"]).get("401", {})).get("content", {})
    reasons = _object(_object(_object(refused).get(MEDIA_TYPE, {})).get("examples", {}))
    if isinstance(schemes, list) and Unauthenticated.slug() not in reasons:
        operation["security"] = [{}, *schemes]


def _object(value: object) -> Document:
    assert isinstance(value, dict)  # noqa: S101  # narrows the type
    return value
