"""What is refused where there is a limited number."""

from app.core.errors import DomainError


class AllotmentExhausted(DomainError):
    """There are not enough left.

    The member ``allotment_id`` is the id of the product, coupon or group.
    """


class LimitBelowTaken(DomainError):
    """More than that are held or taken already."""
