"""A cart is judged, priced and reserved: everything an order needs, or nothing.

The server alone prices. Stock and the coupon's use are held by one call of the database,
the last statement of the reservation, so that their counters are locked for a moment only.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.api.allotment.errors import AllotmentExhausted
from app.api.application.models import Application
from app.api.attendee.models import Attendee
from app.api.coupon.errors import CouponUnusable
from app.api.coupon.models import Coupon
from app.api.payment.exchange import (
    ExchangeQuote,
    HeldPass,
    PassChange,
    WantedPass,
    compare_passes,
    quote_exchange,
)
from app.api.payment.lifecycle import PaymentActor, PaymentEvent, PaymentKind, PaymentProvider
from app.api.payment.models import Payment, PaymentLine
from app.api.payment.pricing import Line, PricedLine, PricedOrder, price_order
from app.api.payment.schemas import Cart, Quote, QuoteLine
from app.api.popup.calendar import day_at, zone_of
from app.api.popup.lifecycle import check_open_for_buyers, open_for_buyers
from app.api.popup.models import Popup
from app.api.product.eligibility import CartItem, ProductCategory, ProductTerms, check_cart
from app.api.product.models import Product
from app.api.shared.money import MinorUnits, split
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services import allotments, credit, giving_up, orders, provider_accounts, shopping
from app.services.giving_up import Offered
from app.services.orders import Act

NOTHING_OFFERED = Offered()


@dataclass(frozen=True, slots=True)
class Item:
    """So many units of a product for somebody of the party."""

    product: Product
    attendee: Attendee
    quantity: int

    @property
    def key(self) -> str:
        """Name the line in its order; lines are put in the order of their keys."""
        return f"{self.product.id}:{self.attendee.id}"


@dataclass(frozen=True, slots=True)
class Basket:
    """A cart that may be sold, and what it costs."""

    application: Application
    popup: Popup
    items: Sequence[Item]
    order: PricedOrder
    shares: Sequence[MinorUnits]
    """What each line bears of the contribution."""

    coupon: Coupon | None
    provider: PaymentProvider
    kind: PaymentKind
    change: PassChange
    returned: Sequence[HeldPass]
    """The passes that an exchange gives up, each with what it counts for."""

    settled: ExchangeQuote
    """How it is paid: with those passes, with store credit, with money."""


async def preview(session: BoundSession, act: Act, human_id: UUID, cart: Cart) -> Quote:
    """Say what a cart would cost now, line by line and why; nothing is reserved.

    Raises:
        DomainError: what ``reserve`` raises, but for what is sold out.
    """
    application = await shopping.own_accepted(session, human_id, cart.application_id)
    return quote_of(await fill(session, act, application, cart))


def quote_of(basket: Basket) -> Quote:
    """Say what a basket costs."""
    order = basket.order
    return Quote(
        application_id=basket.application.id,
        popup_id=basket.popup.id,
        currency=basket.popup.currency,
        lines=[
            _quoted(item, priced, share)
            for item, priced, share in zip(basket.items, order.lines, basket.shares, strict=True)
        ],
        subtotal_minor=order.subtotal,
        discount_minor=order.discount,
        contribution_percent=order.contribution_percent,
        contribution_minor=order.contribution,
        total_minor=order.total,
        credit_spent_minor=basket.settled.credit_spent,
        payable_minor=basket.settled.payable,
        takes_coupon=order.takes_coupon,
        provider=basket.provider,
    )


async def reserve(session: BoundSession, act: Act, human_id: UUID, cart: Cart) -> Payment:
    """Order a cart: its stock and the coupon's use are held until it is paid or lapses.

    With nothing to pay it is approved at once.

    Raises:
        ApplicationUnknown: it is not one's own, or not there.
        ApplicationNotAccepted: it was not accepted.
        CartItemUnknown: a product is not this popup's, or an attendee not of the party.
        CouponUnusable: the code cannot be used, whatever the reason.
        ProviderNotOffered: the organisation is not paid so.
        AllotmentExhausted: there is not enough left of a product.
        DomainError: what ``check_cart`` raises.
    """
    application = await shopping.own_accepted(session, human_id, cart.application_id)
    return await place(session, act, await fill(session, act, application, cart))


async def place(session: BoundSession, act: Act, basket: Basket) -> Payment:
    """Order what is in a basket.

    Raises:
        CouponUnusable: its last use has just gone.
        AllotmentExhausted: there is not enough left of a product.
    """
    payment = _payment_of(basket, act)
    session.add(payment)
    await session.flush()
    session.add_all(_lines_of(basket, payment))
    await session.flush()
    if basket.returned:
        await giving_up.promise(session, payment, basket.returned)
        await giving_up.lock_counters(session, _wanted(basket), basket.returned)
    if payment.credit_spent_minor:
        await credit.spend(session, payment, payment.credit_spent_minor, reason="order")
    await defer(session, "expire_payment", run_at=act.deadline, payment_id=payment.id)
    try:
        await allotments.hold(session, payment.id, _wanted(basket), until=act.deadline)
    except AllotmentExhausted as refusal:
        if basket.coupon and refusal.members["allotment_id"] == str(basket.coupon.id):
            raise CouponUnusable from None
        raise
    if payment.payable_minor == 0:
        system = Act(PaymentActor.SYSTEM, act.now, act.deadline, act.portal_url)
        order = await orders.order_of(session, payment.id)
        return await orders.happen(session, system, order, PaymentEvent.APPROVE)
    return payment


async def fill(
    session: BoundSession,
    act: Act,
    application: Application,
    cart: Cart,
    kind: PaymentKind = PaymentKind.PURCHASE,
    offered: Offered = NOTHING_OFFERED,
) -> Basket:
    """Judge and price a cart, which the passes ``offered`` pay for first.

    Raises:
        DomainError: what ``reserve`` raises, but for what is sold out.
    """
    popup = await shopping.popup_of(session, application)
    items = await _items(session, application, cart)
    change = compare_passes(offered.passes, [_wish(item) for item in items])
    items = _added(items, change)
    returned = offered.valued(change.returned)
    await _check(session, act, popup, items, returned)
    coupon = None
    if cart.coupon_code is not None:
        coupon = await shopping.usable_coupon(session, popup, cart.coupon_code, act.now)
    order = price_order(
        [_line(item) for item in items],
        await shopping.offers_to(session, application, coupon),
        contribution_percent=popup.contribution_percent,
    )
    settled = quote_exchange(returned, order, credit=MinorUnits(application.credit_minor))
    shares = split(order.contribution, [priced.net for priced in order.lines])
    provider = await provider_accounts.chosen(
        session, cart.provider, takes_sandbox=act.takes_sandbox
    )
    return Basket(
        application,
        popup,
        items,
        order,
        shares,
        coupon if order.takes_coupon else None,
        provider if settled.payable else PaymentProvider.MANUAL,
        kind,
        change,
        returned,
        settled,
    )


async def _check(
    session: BoundSession,
    act: Act,
    popup: Popup,
    items: Sequence[Item],
    returned: Sequence[HeldPass],
) -> None:
    """Refuse what may not be sold, beside what its attendees have and keep."""
    today = day_at(act.now, zone_of(popup.timezone))
    if not items:
        check_open_for_buyers(popup.status, ends_on=popup.ends_on, today=today)
        return
    held = await shopping.held_by(
        session,
        [item.attendee.id for item in items],
        act.now,
        but={one.ticket_id for one in returned},
    )
    check_cart(
        [_cart_item(item) for item in items],
        held,
        popup_is_open=open_for_buyers(popup.status, ends_on=popup.ends_on, today=today),
        now=act.now,
    )


def _wish(item: Item) -> WantedPass:
    return WantedPass(
        product_id=item.product.id, attendee_id=item.attendee.id, quantity=item.quantity
    )


def _added(items: Sequence[Item], change: PassChange) -> list[Item]:
    """Return what of a cart is new: all of it, but for passes given up and wanted again."""
    new = {(one.product_id, one.attendee_id): one.quantity for one in change.added}
    return [
        replace(item, quantity=quantity)
        for item in items
        if (quantity := new.get((item.product.id, item.attendee.id)))
    ]


async def _items(session: BoundSession, application: Application, cart: Cart) -> list[Item]:
    """Find what the cart names; the same product for the same person is one line."""
    wanted: Counter[tuple[UUID, UUID]] = Counter()
    for line in cart.lines:
        wanted[line.product_id, line.attendee_id] += line.quantity
    products = await shopping.products_of(
        session, application.popup_id, [line.product_id for line in cart.lines]
    )
    party = await shopping.party_of(
        session, application.id, [line.attendee_id for line in cart.lines]
    )
    items = [
        Item(products[product_id], party[attendee_id], quantity)
        for (product_id, attendee_id), quantity in wanted.items()
    ]
    return sorted(items, key=lambda item: item.key)


def _cart_item(item: Item) -> CartItem:
    product = item.product
    terms = ProductTerms(
        id=product.id,
        category=product.category,
        attendee_category=product.attendee_category,
        duration=product.duration,
        sale_starts_at=product.sale_starts_at,
        sale_ends_at=product.sale_ends_at,
        max_per_order=product.max_per_order,
        is_exclusive=product.is_exclusive,
        is_active=product.is_active,
    )
    return CartItem(
        product=terms,
        attendee_id=item.attendee.id,
        attendee_category=item.attendee.category,
        quantity=item.quantity,
    )


def _line(item: Item) -> Line:
    return Line(
        key=item.key,
        unit_price=MinorUnits(item.product.price_minor),
        quantity=item.quantity,
        is_discountable=item.product.is_discountable,
        is_donation=item.product.category is ProductCategory.DONATION,
    )


def _wanted(basket: Basket) -> Counter[UUID]:
    """Return what has to be held: the units of each product, and one use of the coupon."""
    wanted: Counter[UUID] = Counter()
    for item in basket.items:
        wanted[item.product.id] += item.quantity
    if basket.coupon is not None:
        wanted[basket.coupon.id] = 1
    return wanted


def _payment_of(basket: Basket, act: Act) -> Payment:
    order = basket.order
    return Payment(
        popup_id=basket.popup.id,
        application_id=basket.application.id,
        human_id=basket.application.human_id,
        kind=basket.kind,
        currency=basket.popup.currency,
        subtotal_minor=order.subtotal,
        discount_minor=order.discount,
        contribution_percent=order.contribution_percent,
        contribution_minor=order.contribution,
        total_minor=order.total,
        returned_value_minor=basket.settled.returned_value,
        credit_spent_minor=basket.settled.credit_spent,
        payable_minor=basket.settled.payable,
        coupon_id=basket.coupon.id if basket.coupon else None,
        group_id=basket.application.group_id,
        provider=basket.provider,
        expires_at=act.deadline,
    )


def _lines_of(basket: Basket, payment: Payment) -> list[PaymentLine]:
    order = basket.order
    rows = zip(basket.items, order.lines, basket.shares, strict=True)
    return [
        PaymentLine(
            popup_id=payment.popup_id,
            payment_id=payment.id,
            human_id=payment.human_id,
            product_id=item.product.id,
            attendee_id=item.attendee.id,
            position=position,
            product_name=item.product.name,
            category=item.product.category,
            quantity=item.quantity,
            unit_price_minor=item.product.price_minor,
            discount_percent=priced.percent,
            discount_source=priced.source,
            discount_minor=priced.discount,
            net_minor=priced.net,
            contribution_minor=share,
        )
        for position, (item, priced, share) in enumerate(rows, start=1)
    ]


def _quoted(item: Item, priced: PricedLine, share: MinorUnits) -> QuoteLine:
    return QuoteLine(
        product_id=item.product.id,
        attendee_id=item.attendee.id,
        product_name=item.product.name,
        category=item.product.category,
        quantity=item.quantity,
        unit_price_minor=item.product.price_minor,
        gross_minor=priced.gross,
        discount_percent=priced.percent,
        discount_source=priced.source,
        discount_minor=priced.discount,
        net_minor=priced.net,
        contribution_minor=share,
        why=priced.why,
    )
