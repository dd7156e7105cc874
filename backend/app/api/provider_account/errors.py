"""What an account at a payment provider is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError, NotFound


class ProviderAccountUnknown(NotFound):
    """There is no account at this payment provider."""


class ProviderKeysInvalid(DomainError):
    """These are not the keys that this payment provider gives.

    The member ``names`` lists the keys it does give.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ProviderKeysMissing(DomainError):
    """An account at this payment provider works only with its keys."""


class ProviderInUse(DomainError):
    """Orders were paid through this account, so it can be switched off and not be deleted."""


class SandboxNotForSale(DomainError):
    """Where tickets are sold for money, nobody pays at the sandbox."""
