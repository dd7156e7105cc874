"""Endpoints of checkout and of orders: a human's own, and the staff's."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.allotment.errors import AllotmentExhausted
from app.api.application.errors import ApplicationUnknown
from app.api.coupon.errors import CouponUnusable
from app.api.human.dependencies import OwnId
from app.api.payment.crud import own_payment_crud, payment_crud
from app.api.payment.dependencies import CurrentDeed, CurrentDesk, CurrentOneTime
from app.api.payment.errors import (
    ApplicationNotAccepted,
    CartItemUnknown,
    DonationStays,
    ExchangeEmpty,
    IdempotencyKeyReused,
    NoCheckout,
    NothingToRefund,
    PassInExchange,
    PaymentMoveRefused,
    PaymentUnknown,
    ProviderNotOffered,
    RefundNotFailed,
    RefundTooLarge,
    RefundUnknown,
    RequestInFlight,
    TicketUnknown,
    UsedPassStays,
)
from app.api.payment.lifecycle import PaymentEvent
from app.api.payment.schemas import (
    Cart,
    ExchangeCart,
    ExchangePreview,
    OwnPaymentQuery,
    PaymentPublic,
    PaymentQuery,
    PaymentSelf,
    Quote,
    RefundCreate,
)
from app.api.popup.errors import PopupClosed
from app.api.product.errors import (
    OverOrderLimit,
    ProductExclusive,
    ProductNotForSale,
    SaleNotStarted,
    SaleOver,
    TicketForOthers,
)
from app.api.shared.dependencies import Requires, ServiceSession, ServiceUnits, TenantSession
from app.api.shared.errors import AmountOutOfRange
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.core.errors import Forbidden, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import BoundSession, TenantUnknown
from app.services import checkout, exchanging, orders, paying, refunding, sending_back
from app.services.idempotency import OneTime, once
from app.services.orders import Act
from app.services.payments.protocol import ProviderRefused, ProviderUnavailable

router = APIRouter(tags=["payments"])

OWN = [Requires(Permission.PAYMENTS_OWN)]
READ = [Requires(Permission.PAYMENTS_READ)]
WRITE = [Requires(Permission.PAYMENTS_WRITE)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)
CART_REFUSED = (
    ApplicationUnknown,
    ApplicationNotAccepted,
    PopupClosed,
    CartItemUnknown,
    ProductNotForSale,
    SaleNotStarted,
    SaleOver,
    TicketForOthers,
    OverOrderLimit,
    ProductExclusive,
    CouponUnusable,
    ProviderNotOffered,
    AmountOutOfRange,
)
KEY_REFUSED = (IdempotencyKeyReused, RequestInFlight)
EXCHANGE_REFUSED = (TicketUnknown, PassInExchange, UsedPassStays, DonationStays, ExchangeEmpty)
MOVE_REFUSED = (PaymentUnknown, PaymentMoveRefused)
PROVIDER_REFUSED = (ProviderUnavailable, ProviderRefused)


@router.post("/checkout/preview", dependencies=OWN, responses=problems(*CART_REFUSED, *REFUSED))
async def preview_checkout(
    data: Cart, session: ServiceSession, human_id: OwnId, act: CurrentDeed
) -> Quote:
    """Say what a cart would cost, line by line and why; nothing is reserved."""
    return await checkout.preview(session, act, human_id, data)


async def _order(
    session: BoundSession, act: Act, human_id: UUID, data: Cart, key: OneTime
) -> Rendered:
    async def effect() -> Rendered:
        made = await checkout.reserve(session, act, human_id, data)
        return await own_payment_crud.get_json(session, made.id, status=status.HTTP_201_CREATED)

    return await once(session, key, data, effect)


@router.post(
    "/payments",
    response_model=PaymentSelf,
    status_code=status.HTTP_201_CREATED,
    dependencies=OWN,
    responses=problems(
        *CART_REFUSED, AllotmentExhausted, *KEY_REFUSED, *PROVIDER_REFUSED, *REFUSED
    ),
)
async def create_payment(
    data: Cart,
    open_session: ServiceUnits,
    human_id: OwnId,
    act: CurrentDeed,
    key: CurrentOneTime,
    desk: CurrentDesk,
) -> Rendered:
    """Order a cart: it is reserved until it is paid; with nothing to pay it is paid at once.

    Where a provider takes the money, the answer says on which page: `checkout_url`.
    """
    async with open_session() as session:
        answer = await _order(session, act, human_id, data, key)
    return await paying.with_page(desk, open_session, key, answer)


@router.post(
    "/payments/exchange/preview",
    dependencies=OWN,
    responses=problems(*CART_REFUSED, *EXCHANGE_REFUSED, *REFUSED),
)
async def preview_exchange(
    data: ExchangeCart, session: ServiceSession, human_id: OwnId, act: CurrentDeed
) -> ExchangePreview:
    """Say what giving up some passes for others would cost, or bring; nothing is reserved."""
    return await exchanging.preview(session, act, human_id, data)


async def _exchange(
    session: BoundSession, act: Act, human_id: UUID, data: ExchangeCart, key: OneTime
) -> Rendered:
    async def effect() -> Rendered:
        made = await exchanging.reserve(session, act, human_id, data)
        return await own_payment_crud.get_json(session, made.id, status=status.HTTP_201_CREATED)

    return await once(session, key, data, effect)


@router.post(
    "/payments/exchange",
    response_model=PaymentSelf,
    status_code=status.HTTP_201_CREATED,
    dependencies=OWN,
    responses=problems(
        *CART_REFUSED,
        *EXCHANGE_REFUSED,
        AllotmentExhausted,
        *KEY_REFUSED,
        *PROVIDER_REFUSED,
        *REFUSED,
    ),
)
async def create_exchange(
    data: ExchangeCart,
    open_session: ServiceUnits,
    human_id: OwnId,
    act: CurrentDeed,
    key: CurrentOneTime,
    desk: CurrentDesk,
) -> Rendered:
    """Give up some passes for others; with nothing to pay at once, else when it is paid.

    All other passes keep their codes. What those given up were worth beyond what is new becomes
    store credit. Where a provider takes money, `checkout_url` says on which page.
    """
    async with open_session() as session:
        answer = await _exchange(session, act, human_id, data, key)
    return await paying.with_page(desk, open_session, key, answer)


@router.get(
    "/payments/mine",
    response_model=ListModel[PaymentSelf],
    dependencies=OWN,
    responses=problems(*REFUSED),
)
async def list_own_payments(
    session: TenantSession, query: Annotated[OwnPaymentQuery, Query()]
) -> Rendered:
    """List one's own orders."""
    return await own_payment_crud.find_json(session, query)


@router.get(
    "/payments/mine/{payment_id}",
    response_model=PaymentSelf,
    dependencies=OWN,
    responses=problems(PaymentUnknown, *REFUSED),
)
async def read_own_payment(payment_id: UUID, session: TenantSession) -> Rendered:
    """Read one's own order."""
    return await own_payment_crud.get_json(session, payment_id)


@router.post(
    "/payments/mine/{payment_id}/checkout",
    response_model=PaymentSelf,
    dependencies=OWN,
    responses=problems(PaymentUnknown, NoCheckout, *PROVIDER_REFUSED, *REFUSED),
)
async def open_own_checkout(
    payment_id: UUID, open_session: ServiceUnits, human_id: OwnId, desk: CurrentDesk
) -> Rendered:
    """Read one's own order with the page on which it is paid, opened now if it has none."""
    return await paying.reopen(desk, open_session, human_id, payment_id)


@router.post(
    "/payments/mine/{payment_id}/cancel",
    response_model=PaymentSelf,
    dependencies=OWN,
    responses=problems(*MOVE_REFUSED, *REFUSED),
)
async def cancel_own_payment(
    payment_id: UUID, session: ServiceSession, human_id: OwnId, act: CurrentDeed
) -> Rendered:
    """Cancel one's own order that is not paid."""
    await refunding.cancel_own(session, act, human_id, payment_id)
    return await own_payment_crud.get_json(session, payment_id)


@router.get(
    "/payments",
    response_model=ListModel[PaymentPublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_payments(
    session: TenantSession, query: Annotated[PaymentQuery, Query()]
) -> Rendered:
    """List orders; ``search`` looks in the buyer's name and address."""
    return await payment_crud.find_json(session, query)


@router.get(
    "/payments/{payment_id}",
    response_model=PaymentPublic,
    dependencies=READ,
    responses=problems(PaymentUnknown, *REFUSED),
)
async def read_payment(payment_id: UUID, session: TenantSession) -> Rendered:
    """Read one order."""
    return await payment_crud.get_json(session, payment_id)


async def _move(session: BoundSession, act: Act, payment_id: UUID, event: PaymentEvent) -> Rendered:
    await orders.happen(session, act, await orders.order_of(session, payment_id), event)
    return await payment_crud.get_json(session, payment_id)


@router.post(
    "/payments/{payment_id}/approve",
    response_model=PaymentPublic,
    dependencies=WRITE,
    responses=problems(*MOVE_REFUSED, *REFUSED),
)
async def approve_payment(payment_id: UUID, session: TenantSession, act: CurrentDeed) -> Rendered:
    """Say that the money of an order paid by hand has come in; its tickets are issued."""
    return await _move(session, act, payment_id, PaymentEvent.APPROVE)


@router.post(
    "/payments/{payment_id}/reject",
    response_model=PaymentPublic,
    dependencies=WRITE,
    responses=problems(*MOVE_REFUSED, *REFUSED),
)
async def reject_payment(payment_id: UUID, session: TenantSession, act: CurrentDeed) -> Rendered:
    """Say that the money of an order paid by hand will not come."""
    return await _move(session, act, payment_id, PaymentEvent.REJECT)


@router.post(
    "/payments/{payment_id}/cancel",
    response_model=PaymentPublic,
    dependencies=WRITE,
    responses=problems(*MOVE_REFUSED, *REFUSED),
)
async def cancel_payment(payment_id: UUID, session: TenantSession, act: CurrentDeed) -> Rendered:
    """Cancel an order that is not paid; it is never taken up again."""
    return await _move(session, act, payment_id, PaymentEvent.CANCEL)


@router.post(
    "/payments/{payment_id}/lookup",
    response_model=PaymentPublic,
    dependencies=WRITE,
    responses=problems(PaymentUnknown, NoCheckout, *PROVIDER_REFUSED, *REFUSED),
)
async def look_up_payment(
    payment_id: UUID, open_session: ServiceUnits, desk: CurrentDesk
) -> Rendered:
    """Ask the provider now whether an order was paid, in case its notice was lost."""
    return await paying.look_up_now(desk, open_session, payment_id)


@router.post(
    "/payments/{payment_id}/refunds",
    response_model=PaymentPublic,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=problems(
        *MOVE_REFUSED, NothingToRefund, RefundTooLarge, TicketUnknown, *KEY_REFUSED, *REFUSED
    ),
)
async def refund_payment(
    payment_id: UUID,
    data: RefundCreate,
    session: TenantSession,
    act: CurrentDeed,
    key: CurrentOneTime,
) -> Rendered:
    """Give back all that is left of an order, an amount, or some of its tickets."""

    async def effect() -> Rendered:
        await refunding.refund(session, act, payment_id, data)
        return await payment_crud.get_json(session, payment_id, status=status.HTTP_201_CREATED)

    return await once(session, key, data, effect)


@router.post(
    "/payments/{payment_id}/refunds/{refund_id}/retry",
    response_model=PaymentPublic,
    dependencies=WRITE,
    responses=problems(RefundUnknown, RefundNotFailed, RefundTooLarge, *REFUSED),
)
async def retry_refund(payment_id: UUID, refund_id: UUID, session: TenantSession) -> Rendered:
    """Send a refund again that failed; the provider sends it once, however often asked."""
    await sending_back.send_again(session, payment_id, refund_id)
    return await payment_crud.get_json(session, payment_id)
