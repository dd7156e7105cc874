"""What any resource may refuse an amount for."""

from http import HTTPStatus

from app.core.errors import DomainError


class AmountOutOfRange(DomainError):
    """This amount is larger than the platform handles."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CurrencyUnknown(DomainError):
    """This is not the code of a currency in use."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PercentOutOfRange(DomainError):
    """A percentage is a whole number from 0 to 100."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
