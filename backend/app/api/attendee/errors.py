"""What a party, or a change to it, is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError, NotFound


class AttendeeUnknown(NotFound):
    """There is no such attendee.

    Also the answer for one of another human's party, and another organisation's.
    """


class MainAttendeeExists(DomainError):
    """This application already has its main attendee."""


class MainAttendeeStays(DomainError):
    """The main attendee is the applicant: it stays as long as the application does."""


class MainAttendeeAddressFixed(DomainError):
    """The main attendee's address is that of the applicant's account."""


class SpouseNotAllowed(DomainError):
    """This popup does not let applicants bring a spouse."""


class SpouseExists(DomainError):
    """This party already has a spouse."""


class KidsNotAllowed(DomainError):
    """This popup does not let applicants bring children."""


class PartyTooLarge(DomainError):
    """A party has no room for so many people."""


class PartyClosed(DomainError):
    """An application that was rejected or withdrawn has no party to change."""


class AttendeeHasTickets(DomainError):
    """This attendee holds tickets, which are for the person they were sold to."""


class AttendeeHasOrders(DomainError):
    """Something was ordered for this attendee, and orders are kept."""


class NotComing(DomainError):
    """Only those who come to a popup see who else does."""

    status = HTTPStatus.FORBIDDEN
