"""What a deposit held on a card is refused for."""

from app.core.errors import DomainError, NotFound


class CardHoldUnknown(NotFound):
    """There is no such deposit."""


class CardHoldMoveRefused(DomainError):
    """This cannot be done with a deposit in this state.

    The member ``allowed`` lists what could be done instead.
    """


class NoDepositAsked(DomainError):
    """No deposit is asked for: not by this popup, or not for this application any more."""
