"""What a coupon, or a code that a buyer types, is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError


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
