"""What a popup, or a step of its life, is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError


class PopupMoveRefused(DomainError):
    """A popup cannot go from its status to that one.

    The member ``allowed`` lists the statuses it can go to.
    """


class PopupDatesInvalid(DomainError):
    """A popup ends on or after the day it starts, within three years."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PopupClosed(DomainError):
    """This popup is not open: nothing about it can be bought or changed."""


class TimeZoneUnknown(DomainError):
    """This is not a time zone of the IANA database."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
