"""The life of a payment: who may do what to it in each state, and what follows from it."""

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import TypeAlias

from app.api.payment.errors import PaymentMoveRefused
from app.api.shared.transitions import Next, Transition, allowed_events, find, in_order


class PaymentStatus(StrEnum):
    """Where a payment is in its life."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class PaymentProvider(StrEnum):
    """Who moves the money."""

    MANUAL = "manual"
    SANDBOX = "sandbox"
    SIMPLEFI = "simplefi"
    STRIPE = "stripe"


class PaymentKind(StrEnum):
    """A purchase, or an exchange of passes bought before."""

    PURCHASE = "purchase"
    EXCHANGE = "exchange"


class PaymentEvent(StrEnum):
    """What can happen to a payment.

    A provider's notice of a refund that was asked for here is no event of its own.
    """

    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"
    CANCEL = "cancel"
    REFUND_PART = "refund_part"
    REFUND_REST = "refund_rest"


class PaymentActor(StrEnum):
    """On whose word it happens."""

    BUYER = "buyer"
    STAFF = "staff"
    OPERATOR = "operator"
    PROVIDER = "provider"
    SYSTEM = "system"


class PaymentFact(StrEnum):
    """What the caller has found out, under lock, before it moves a payment."""

    RESERVED = "reserved"
    """Its reservation of stock, coupon use and seats has not lapsed.

    An exchange needs the tickets it gives up, too, as they were.
    """

    CAN_RESERVE = "can_reserve"
    """It has lapsed, and all of it, store credit included, can be had again."""

    NOTHING_TO_PAY = "nothing_to_pay"
    IS_OFFLINE = "is_offline"
    """It is paid by hand: staff see the money, no provider does."""

    OVERDUE = "overdue"
    """Its expiry has passed."""

    REFUND_DUE = "refund_due"
    """Money came in for an order that could not be kept."""


class PaymentEffect(StrEnum):
    """What is done in the transaction of the move, in the order of the row."""

    SELL_RESERVED = "sell_reserved"
    """Reserved stock, coupon use and seats become taken for good."""

    RESERVE_AGAIN = "reserve_again"
    """Reserve whatever of it is no longer held, store credit included."""

    FREE_RESERVED = "free_reserved"
    RETURN_CREDIT = "return_credit"
    GIVE_UP_TICKETS = "give_up_tickets"
    """The tickets that an exchange gives up admit nobody any more; their places are free."""

    ISSUE_TICKETS = "issue_tickets"
    CREDIT_SURPLUS = "credit_surplus"
    """What they were worth beyond the exchange's total becomes store credit."""

    RETURN_NAMED_TICKETS = "return_named_tickets"
    """The tickets named with the refund admit nobody any more; their places are free."""

    RETURN_ALL_TICKETS = "return_all_tickets"
    RECORD_REFUND = "record_refund"
    SEND_REFUND = "send_refund"
    """Queue the request to the provider; it is sent after the commit."""

    MARK_FOR_REFUND = "mark_for_refund"
    CLOSE_CHECKOUT = "close_checkout"
    """Queue word to the provider that this is not to be paid any more; releases a held card."""

    MAIL_CONFIRMED = "mail_confirmed"
    MAIL_EXPIRED = "mail_expired"
    MAIL_REFUNDED = "mail_refunded"


PaymentTransition: TypeAlias = Transition[
    PaymentStatus, PaymentEvent, PaymentActor, PaymentFact, PaymentEffect
]

_S, _E, _A, _F, _X = PaymentStatus, PaymentEvent, PaymentActor, PaymentFact, PaymentEffect
_BY_PROVIDER = frozenset({_A.PROVIDER})
_BY_SYSTEM = frozenset({_A.SYSTEM})
_BY_STAFF = frozenset({_A.STAFF, _A.OPERATOR})
_BY_ANYONE_HERE = frozenset({_A.BUYER, _A.STAFF, _A.OPERATOR, _A.SYSTEM})
_SELL = (
    _X.SELL_RESERVED,
    _X.GIVE_UP_TICKETS,
    _X.ISSUE_TICKETS,
    _X.CREDIT_SURPLUS,
    _X.MAIL_CONFIRMED,
)
_SELL_AGAIN = (_X.RESERVE_AGAIN, *_SELL)
_LET_GO = (_X.FREE_RESERVED, _X.RETURN_CREDIT)
_UNPAID = (_S.REJECTED, _S.EXPIRED)
_GONE = (*_UNPAID, _S.CANCELLED)
_PAID = (_S.APPROVED, _S.PARTIALLY_REFUNDED)


def _row(
    start: PaymentStatus,
    event: PaymentEvent,
    by: frozenset[PaymentActor],
    to: PaymentStatus,
    *effects: PaymentEffect,
    when: AbstractSet[PaymentFact] = frozenset(),
    unless: AbstractSet[PaymentFact] = frozenset(),
) -> PaymentTransition:
    return Transition(start, event, by, to, effects, frozenset(when), frozenset(unless))


TRANSITIONS: tuple[PaymentTransition, ...] = (
    # Paid in time; or late, and there is still room; or late, and there is none.
    _row(_S.PENDING, _E.APPROVE, _BY_PROVIDER, _S.APPROVED, *_SELL, when={_F.RESERVED}),
    _row(_S.PENDING, _E.APPROVE, _BY_PROVIDER, _S.APPROVED, *_SELL_AGAIN, when={_F.CAN_RESERVE}),
    _row(
        _S.PENDING,
        _E.APPROVE,
        _BY_PROVIDER,
        _S.EXPIRED,
        *_LET_GO,
        _X.MARK_FOR_REFUND,
        _X.MAIL_EXPIRED,
    ),
    _row(
        _S.PENDING,
        _E.APPROVE,
        _BY_STAFF,
        _S.APPROVED,
        *_SELL,
        when={_F.IS_OFFLINE, _F.RESERVED},
    ),
    _row(
        _S.PENDING,
        _E.APPROVE,
        _BY_STAFF,
        _S.APPROVED,
        *_SELL_AGAIN,
        when={_F.IS_OFFLINE, _F.CAN_RESERVE},
    ),
    _row(
        _S.PENDING,
        _E.APPROVE,
        _BY_SYSTEM,
        _S.APPROVED,
        *_SELL,
        when={_F.NOTHING_TO_PAY, _F.RESERVED},
    ),
    _row(_S.PENDING, _E.REJECT, _BY_PROVIDER, _S.REJECTED, *_LET_GO),
    _row(_S.PENDING, _E.REJECT, _BY_STAFF, _S.REJECTED, *_LET_GO, when={_F.IS_OFFLINE}),
    _row(
        _S.PENDING,
        _E.EXPIRE,
        _BY_SYSTEM,
        _S.EXPIRED,
        *_LET_GO,
        _X.CLOSE_CHECKOUT,
        _X.MAIL_EXPIRED,
        when={_F.OVERDUE},
    ),
    _row(_S.PENDING, _E.EXPIRE, _BY_PROVIDER, _S.EXPIRED, *_LET_GO, _X.MAIL_EXPIRED),
    _row(_S.PENDING, _E.CANCEL, _BY_ANYONE_HERE, _S.CANCELLED, *_LET_GO, _X.CLOSE_CHECKOUT),
    _row(_S.PENDING, _E.CANCEL, _BY_PROVIDER, _S.CANCELLED, *_LET_GO),
    # Money for an order that was let go: taken up again where possible, else given back.
    # What is marked to go back stays so, though room appears: it may be on its way.
    *(
        row
        for start in _UNPAID
        for row in (
            _row(
                start,
                _E.APPROVE,
                _BY_PROVIDER,
                _S.APPROVED,
                *_SELL_AGAIN,
                when={_F.CAN_RESERVE},
                unless={_F.REFUND_DUE},
            ),
            _row(
                start,
                _E.APPROVE,
                _BY_STAFF,
                _S.APPROVED,
                *_SELL_AGAIN,
                when={_F.IS_OFFLINE, _F.CAN_RESERVE},
                unless={_F.REFUND_DUE},
            ),
        )
    ),
    *(
        row
        for start in _GONE
        for row in (
            _row(
                start,
                _E.APPROVE,
                _BY_PROVIDER,
                start,
                _X.MARK_FOR_REFUND,
                unless={_F.REFUND_DUE},
            ),
            _row(start, _E.APPROVE, _BY_PROVIDER, start, when={_F.REFUND_DUE}),
        )
    ),
    *(
        row
        for start in _GONE
        for row in (
            _row(
                start,
                _E.REFUND_REST,
                _BY_STAFF | _BY_SYSTEM,
                _S.REFUNDED,
                _X.RECORD_REFUND,
                _X.SEND_REFUND,
                _X.MAIL_REFUNDED,
                when={_F.REFUND_DUE},
            ),
            _row(
                start,
                _E.REFUND_REST,
                _BY_PROVIDER,
                _S.REFUNDED,
                _X.RECORD_REFUND,
                _X.MAIL_REFUNDED,
                when={_F.REFUND_DUE},
            ),
        )
    ),
    # Refunds of what was sold; one made at the provider's own desk is recorded here.
    *(
        row
        for start in _PAID
        for event, to, tickets in (
            (_E.REFUND_PART, _S.PARTIALLY_REFUNDED, _X.RETURN_NAMED_TICKETS),
            (_E.REFUND_REST, _S.REFUNDED, _X.RETURN_ALL_TICKETS),
        )
        for row in (
            _row(
                start,
                event,
                _BY_STAFF,
                to,
                tickets,
                _X.RECORD_REFUND,
                _X.SEND_REFUND,
                _X.MAIL_REFUNDED,
            ),
            _row(start, event, _BY_PROVIDER, to, tickets, _X.RECORD_REFUND, _X.MAIL_REFUNDED),
        )
    ),
    # Echoes: providers repeat themselves and overtake one another, and jobs run late.
    *(_row(start, _E.APPROVE, _BY_PROVIDER, start) for start in (*_PAID, _S.REFUNDED)),
    *(
        _row(start, event, by, start)
        for start in (*_GONE, *_PAID, _S.REFUNDED)
        for event, by in (
            (_E.REJECT, _BY_PROVIDER),
            (_E.EXPIRE, _BY_PROVIDER | _BY_SYSTEM),
            (_E.CANCEL, _BY_PROVIDER),
        )
    ),
    _row(_S.REFUNDED, _E.REFUND_REST, _BY_PROVIDER, _S.REFUNDED),
)

NEXT: Next[PaymentStatus, PaymentEvent, PaymentActor, PaymentFact, PaymentEffect] = in_order(
    TRANSITIONS
)


def move(
    status: PaymentStatus,
    event: PaymentEvent,
    actor: PaymentActor,
    facts: AbstractSet[PaymentFact] = frozenset(),
) -> PaymentTransition:
    """Return where a payment goes and what has to be done on the way.

    >>> move(_S.PENDING, _E.APPROVE, _A.PROVIDER, {_F.RESERVED}).to
    <PaymentStatus.APPROVED: 'approved'>

    Raises:
        PaymentMoveRefused: this actor may not do this now; nothing changes.
    """
    known = frozenset(facts)
    row = find(NEXT, status, event, actor, known)
    if row is None:
        raise PaymentMoveRefused(
            f"{actor.capitalize()} cannot {event.replace('_', ' ')} a payment that is {status}",
            allowed=allowed_events(NEXT, status, actor, known),
        )
    return row
