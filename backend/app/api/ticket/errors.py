"""What a ticket, or somebody at the door, is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError, NotFound


class TicketNotThere(NotFound):
    """There is no such ticket."""


class TicketCodeUnknown(NotFound):
    """No ticket has this code."""


class TicketOfOtherPopup(DomainError):
    """This ticket is for another event. The member ``popup_name`` says for which."""


class TicketReturned(DomainError):
    """This ticket admits nobody any more. The member ``ticket_status`` says why."""


class TicketMoveRefused(DomainError):
    """This cannot be done with a ticket in this state.

    The member ``ticket_status`` says which it is in, ``allowed`` what the caller could do.
    """


class TicketCodeUnreadable(DomainError):
    """This is not the code of a ticket: a character is missing, or one too many."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ScanIdReused(DomainError):
    """Another scan has been told under this id. The member ``scan_id`` is the id."""


class ScanTimeImplausible(DomainError):
    """A scan happened at some time in the last thirty days: set the scanner's clock."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
