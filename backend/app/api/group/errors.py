"""What a group, or somebody who wants in, is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError


class GroupFull(DomainError):
    """This group has not so many free seats. The member ``seats_left`` says how many."""


class SeatsBelowMembers(DomainError):
    """A group has at least as many seats as members. The member ``taken`` says how many."""


class SeatsOutOfRange(DomainError):
    """A group has from 1 to 100,000 seats, or no limit."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class BatchOutOfRange(DomainError):
    """A batch holds from 1 to 500 people."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
