"""What a party, or a change to it, is refused for."""

from app.core.errors import DomainError


class MainAttendeeExists(DomainError):
    """This application already has its main attendee."""


class MainAttendeeStays(DomainError):
    """The main attendee is the applicant: it stays as long as the application does."""


class SpouseNotAllowed(DomainError):
    """This popup does not let applicants bring a spouse."""


class SpouseExists(DomainError):
    """This party already has a spouse."""


class KidsNotAllowed(DomainError):
    """This popup does not let applicants bring children."""


class AttendeeHasTickets(DomainError):
    """This attendee holds tickets, which are for the person they were sold to."""
