"""What an approval strategy is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError


class StrategyInvalid(DomainError):
    """This approval strategy could not decide as it should."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
