"""What the application refuses, each refusal a class that becomes an RFC 9457 problem."""

import re
from http import HTTPStatus
from typing import ClassVar

PROBLEM_BASE = "https://edgeos.dev/problems/"
"""Where a problem's ``type`` points; each slug is documented in ``docs/errors.md``."""

Member = str | int | bool | None | list[str] | list[dict[str, str]] | dict[str, str]
"""What an extension member of a problem may hold."""


class DomainError(Exception):
    """A rule of the field said no.

    A subclass is named after the rule. The first line of its docstring is the
    public title, its name in kebab case is the public type, and ``str(error)`` is
    the detail. Keyword arguments become members of the problem the client reads.

    ``keeps_writes`` says that the request's transaction is committed although the
    request is refused: a failed login has to be counted. A single refusal may be told so.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.CONFLICT
    keeps_writes: bool = False
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, detail: str | None = None, /, **members: Member) -> None:
        """Refuse with a detail for this occurrence; the title serves when there is none."""
        super().__init__(detail or self.title())
        self.members = members

    @classmethod
    def slug(cls) -> str:
        """Return the class name in kebab case: the last part of the problem's type."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        """Return the first line of the docstring: the same for every occurrence."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0].rstrip(".")


class NotFound(DomainError):
    """There is no such record.

    Also the answer for another tenant's record: that it exists is theirs to know.
    """

    status = HTTPStatus.NOT_FOUND


class Unauthenticated(DomainError):
    """A valid access token is needed.

    Says nothing of why a token was refused: forged, expired and logged out answer alike.
    """

    status = HTTPStatus.UNAUTHORIZED
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class Forbidden(DomainError):
    """The caller's role does not allow this."""

    status = HTTPStatus.FORBIDDEN


class TooManyRequests(DomainError):
    """There were too many attempts; try again later.

    The member ``retry_after`` counts seconds.
    """

    status = HTTPStatus.TOO_MANY_REQUESTS


class InvalidRequest(DomainError):
    """The request does not have the shape this endpoint takes.

    The member ``errors`` lists ``{"pointer": "/body/name", "detail": "..."}``.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY
