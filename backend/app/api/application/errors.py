"""What an application is refused for."""

from app.core.errors import DomainError


class ApplicationMoveRefused(DomainError):
    """This cannot be done with an application in this state.

    The member ``allowed`` lists what the caller could do instead.
    """
