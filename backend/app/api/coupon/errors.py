"""What a coupon, or a code that a buyer types, is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError, NotFound, TooManyRequests


class CouponUnknown(NotFound):
    """There is no such coupon."""


class CouponCodeTaken(DomainError):
    """Another coupon of this popup has that code."""


class CouponUsed(DomainError):
    """What somebody has ordered with is not deleted; switch it off instead."""


class TooManyGuesses(TooManyRequests):
    """Too many codes that cannot be used were typed from here.

    The member ``retry_after`` counts seconds.
    """


class CouponUnusable(DomainError):
    """This code cannot be used.

    Unknown, expired, used up or switched off: every bad code answers alike, so that
    nobody learns by trying which codes there are.
    """


class CouponCodeInvalid(DomainError):
    """A code has 3 to 40 letters, digits and inner hyphens."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CouponTermsInvalid(DomainError):
    """The terms of this coupon contradict each other."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
