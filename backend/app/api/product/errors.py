"""What a product, or an order of it, is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError


class ProductSlugTaken(DomainError):
    """Another product of this popup has that slug."""


class ProductTermsInvalid(DomainError):
    """This product's terms contradict each other."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ProductSold(DomainError):
    """What somebody has ordered is not deleted; switch it off instead."""


class ProductNotForSale(DomainError):
    """This product is not for sale. The member ``product`` is its id."""


class SaleNotStarted(DomainError):
    """The sale of this product has not started. The member ``sale_starts_at`` says when."""


class SaleOver(DomainError):
    """The sale of this product is over. The member ``product`` is its id."""


class TicketForOthers(DomainError):
    """This ticket is for another kind of attendee. The member ``attendee_category`` says which."""


class OrderEmpty(DomainError):
    """An order has at least one line."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class OrderTooLong(DomainError):
    """An order has at most one hundred lines."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class QuantityOutOfRange(DomainError):
    """A quantity is a whole number from 1 to 1000."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class OverOrderLimit(DomainError):
    """One order cannot hold so many of this product. The member ``max_per_order`` says how many."""


class ProductExclusive(DomainError):
    """An exclusive product allows no other of its category for the same attendee."""
