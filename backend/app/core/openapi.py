"""The application whose OpenAPI document says what its answers really are."""

from collections.abc import Iterator

from fastapi import FastAPI

from app.core.problems import MEDIA_TYPE

Document = dict[str, object]

JSON = "application/json"
METHODS = frozenset({"get", "put", "post", "patch", "delete"})


class DocumentedAPI(FastAPI):
    """A FastAPI application that documents its problems as problems (RFC 9457).

    FastAPI writes every answer down under the media type of the successful one.
    """

    def openapi(self) -> Document:
        """Return the document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            for answer in _refusals(document):
                _move_to_problems(answer)
            self.openapi_schema = document
        return self.openapi_schema


def _refusals(document: Document) -> Iterator[Document]:
    for path in _object(document["paths"]).values():
        for method, operation in _object(path).items():
            if method not in METHODS:
                continue
            for status, answer in _object(_object(operation)["responses"]).items():
                if not status.startswith(("2", "3")):
                    yield _object(answer)


def _move_to_problems(answer: Document) -> None:
    content = _object(answer.setdefault("content", {}))
    described = _object(content.pop(JSON, {}))
    content[MEDIA_TYPE] = {**described, **_object(content.get(MEDIA_TYPE, {}))}


def _object(value: object) -> Document:
    assert isinstance(value, dict)  # noqa: S101  # narrows the type
    return value
