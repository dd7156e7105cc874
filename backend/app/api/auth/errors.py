"""What is refused about logging in."""

from http import HTTPStatus

from app.core.errors import DomainError, TooManyRequests, Unauthenticated


class LoginCodeInvalid(DomainError):
    """That code does not open this account.

    Wrong, used, expired and never sent answer alike, and so does an unknown address. The
    failure is counted, so its transaction is kept.
    """

    status = HTTPStatus.UNAUTHORIZED
    keeps_writes = True


class RefreshTokenInvalid(Unauthenticated):
    """That refresh token opens no session.

    A token that was used before ends every session that came of it, so its transaction
    is kept.
    """

    keeps_writes = True


class TooManyCodes(TooManyRequests):
    """Too many codes were asked for; use the last one or wait."""


class TooManyFailures(TooManyRequests):
    """Too many wrong codes were typed; wait before the next one."""


class ChoiceInvalid(Unauthenticated):
    """That choice is over; log in again."""
