"""What a popup, or a step of its life, is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError, NotFound


class PopupUnknown(NotFound):
    """There is no such popup.

    Also the answer for another organisation's, and to the public for one not published.
    """


class PopupSlugTaken(DomainError):
    """Another popup of this organisation has that slug."""


class PopupMoveRefused(DomainError):
    """A popup cannot go from its status to that one.

    The member ``allowed`` lists the statuses it can go to.
    """


class PopupArchived(DomainError):
    """An archived popup is a record: it changes only after it is made a draft again."""


class PopupNotDraft(DomainError):
    """Only a draft can be deleted; archive this popup instead."""


class PopupHasApplications(DomainError):
    """Somebody has applied to this popup: archive it instead."""


class PopupCurrencyFixed(DomainError):
    """A popup with products keeps its currency: their prices are set in it."""


class PopupDatesInvalid(DomainError):
    """A popup ends on or after the day it starts, within three years."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PopupClosed(DomainError):
    """This popup is not open: nothing about it can be bought or changed."""


class TimeZoneUnknown(DomainError):
    """This is not a time zone of the IANA database."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
