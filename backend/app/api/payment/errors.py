"""What an order, a payment, a refund or an exchange is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError, NotFound


class PaymentUnknown(NotFound):
    """There is no such order.

    Also the answer for another person's, and for another organisation's.
    """


class TicketUnknown(NotFound):
    """There is no such ticket of this order, or it was returned before."""


class RefundUnknown(NotFound):
    """There is no such refund of this order."""


class RefundNotFailed(DomainError):
    """Only a refund that failed is sent again."""


class NoCheckout(DomainError):
    """This order does not wait to be paid on a payment provider's page."""


class ApplicationNotAccepted(DomainError):
    """Only with an application that was accepted can something be bought."""


class CartItemUnknown(DomainError):
    """There is no such product or attendee.

    ``pointers`` are the places in the cart that name it. Also the answer for another popup's
    product, and for somebody of another party.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class IdempotencyKeyReused(DomainError):
    """This Idempotency-Key was sent before, with another request."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RequestInFlight(DomainError):
    """A request with this Idempotency-Key is being answered; ask again shortly."""


class ProviderNotOffered(DomainError):
    """Orders are not paid through this payment provider here.

    The member ``offered`` lists those they are paid through.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class OrderUnpriceable(DomainError):
    """A line has a price that is not negative and a quantity of at least one."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PaymentMoveRefused(DomainError):
    """This cannot be done with a payment in this state.

    The member ``allowed`` lists what the caller could do instead.
    """


class RefundNotPositive(DomainError):
    """A refund is of at least one minor unit."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RefundTooLarge(DomainError):
    """More cannot be given back than was paid.

    The member ``refundable_minor`` says what is left.
    """


class NothingToRefund(DomainError):
    """Of this payment nothing is left to give back."""


class ExchangeEmpty(DomainError):
    """The passes asked for are those already held."""


class PassInExchange(DomainError):
    """A pass is given up already by an exchange that is not paid yet.

    It is free again when that exchange is cancelled or lapses. The member ``tickets`` lists
    the ids of such passes.
    """


class DonationStays(DomainError):
    """What was donated is not taken back in an exchange; staff can give it back.

    The member ``attendee`` is the id of the person in whose name it was given.
    """


class UsedPassStays(DomainError):
    """A pass that has been used at the door cannot be given back.

    The member ``attendee`` is the id of the person who holds it.
    """
