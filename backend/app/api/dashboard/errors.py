"""What is refused about the dashboard."""

from http import HTTPStatus

from app.core.errors import DomainError


class PeriodInvalid(DomainError):
    """A period ends on or after the day it starts, and is at most 1,098 days long."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
