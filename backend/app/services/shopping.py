"""What a checkout looks up: whose application it is, what is on sale, which offers apply."""

from collections.abc import Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_
from sqlmodel import col, select

from app.api.allotment.models import Allotment, Hold, HoldState
from app.api.application.crud import application_crud
from app.api.application.errors import ApplicationUnknown
from app.api.application.lifecycle import ApplicationStatus, ScholarshipStatus
from app.api.application.models import Application
from app.api.attendee.models import Attendee
from app.api.coupon.errors import CouponCodeInvalid, CouponUnusable
from app.api.coupon.models import Coupon
from app.api.coupon.window import CouponTerms, check_usable, normalise_code
from app.api.group.models import Group
from app.api.payment.errors import ApplicationNotAccepted, CartItemUnknown
from app.api.payment.lifecycle import PaymentStatus
from app.api.payment.models import Payment, PaymentLine
from app.api.payment.pricing import DiscountSource, Offer
from app.api.popup.crud import popup_crud
from app.api.popup.models import Popup
from app.api.product.eligibility import HeldUnit, ProductCategory
from app.api.product.models import Product
from app.api.ticket.lifecycle import TicketStatus
from app.api.ticket.models import Ticket
from app.core.tenant_db import BoundSession


async def own_accepted(session: BoundSession, human_id: UUID, application_id: UUID) -> Application:
    """Return one's own accepted application, locked: its orders are made one after another.

    Raises:
        ApplicationUnknown: it is not one's own, or not there.
        ApplicationNotAccepted: it was not accepted.
    """
    application = await application_crud.locked(session, application_id)
    if application.human_id != human_id:
        raise ApplicationUnknown
    if application.status is not ApplicationStatus.ACCEPTED:
        raise ApplicationNotAccepted
    return application


async def popup_of(session: BoundSession, application: Application) -> Popup:
    """Return the popup an application is to."""
    return await popup_crud.get(session, application.popup_id)


async def products_of(
    session: BoundSession, popup_id: UUID, wanted: Sequence[UUID]
) -> Mapping[UUID, Product]:
    """Return the products of a popup by id; ``wanted`` are those of the cart, line by line.

    Raises:
        CartItemUnknown: one of them is not this popup's.
    """
    statement = select(Product).where(
        col(Product.popup_id) == popup_id, col(Product.id).in_(set(wanted))
    )
    found = {product.id: product for product in (await session.exec(statement)).all()}
    _check_known(wanted, found, "product_id")
    return found


async def party_of(
    session: BoundSession, application_id: UUID, wanted: Sequence[UUID]
) -> Mapping[UUID, Attendee]:
    """Return people of an application's party by id; ``wanted`` are the cart's, line by line.

    Raises:
        CartItemUnknown: one of them is not of the party.
    """
    statement = select(Attendee).where(
        col(Attendee.application_id) == application_id, col(Attendee.id).in_(set(wanted))
    )
    found = {person.id: person for person in (await session.exec(statement)).all()}
    _check_known(wanted, found, "attendee_id")
    return found


def _check_known(wanted: Sequence[UUID], found: Container[UUID], name: str) -> None:
    unknown = [f"/lines/{line}/{name}" for line, item in enumerate(wanted) if item not in found]
    if unknown:
        raise CartItemUnknown(pointers=unknown)


async def held_by(
    session: BoundSession,
    attendee_ids: Iterable[UUID],
    now: datetime,
    *,
    but: AbstractSet[UUID] = frozenset(),
) -> list[HeldUnit]:
    """Return what people have already: live tickets, and what they are about to pay.

    ``but`` are tickets that they are giving up, which do not count.
    """
    ids = set(attendee_ids)
    tickets = (
        select(Product.category, Product.is_exclusive, Ticket.attendee_id)
        .join(
            Ticket,
            and_(
                col(Ticket.tenant_id) == col(Product.tenant_id),
                col(Ticket.product_id) == col(Product.id),
            ),
        )
        .where(
            col(Ticket.attendee_id).in_(ids),
            col(Ticket.status) == TicketStatus.ISSUED,
            col(Ticket.id).not_in(but),
        )
    )
    rows = [*(await session.exec(tickets)).all(), *await _being_paid(session, ids, now)]
    return [
        HeldUnit(
            category=ProductCategory(category), is_exclusive=is_exclusive, attendee_id=attendee_id
        )
        for category, is_exclusive, attendee_id in rows
    ]


async def _being_paid(
    session: BoundSession, ids: AbstractSet[UUID], now: datetime
) -> Sequence[tuple[str, bool, UUID]]:
    """Return what people are about to pay."""
    statement = (
        select(Product.category, Product.is_exclusive, PaymentLine.attendee_id)
        .join(
            PaymentLine,
            and_(
                col(PaymentLine.tenant_id) == col(Product.tenant_id),
                col(PaymentLine.product_id) == col(Product.id),
            ),
        )
        .join(
            Payment,
            and_(
                col(Payment.tenant_id) == col(PaymentLine.tenant_id),
                col(Payment.id) == col(PaymentLine.payment_id),
            ),
        )
        .where(
            col(PaymentLine.attendee_id).in_(ids),
            col(Payment.status) == PaymentStatus.PENDING,
            col(Payment.expires_at) > now,
        )
    )
    return (await session.exec(statement)).all()


async def usable_coupon(session: BoundSession, popup: Popup, typed: str, now: datetime) -> Coupon:
    """Return the coupon that a buyer typed the code of.

    Raises:
        CouponUnusable: there is none, or it cannot be used: the same for every reason.
    """
    try:
        code = normalise_code(typed)
    except CouponCodeInvalid:
        raise CouponUnusable from None
    statement = select(Coupon).where(col(Coupon.popup_id) == popup.id, col(Coupon.code) == code)
    coupon = (await session.exec(statement)).one_or_none()
    if coupon is None or not popup.allows_coupons:
        raise CouponUnusable
    terms = CouponTerms(
        percent=coupon.percent,
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
        max_uses=coupon.max_uses,
        uses=await _uses(session, coupon, now),
        is_active=coupon.is_active,
    )
    check_usable(terms, now=now)
    return coupon


async def offers_to(
    session: BoundSession, application: Application, coupon: Coupon | None
) -> list[Offer]:
    """Return the percentages offered to an application; the best one wins on each line."""
    offers: list[Offer] = []
    granted = application.scholarship_status is ScholarshipStatus.GRANTED
    if granted and application.scholarship_percent is not None:
        percent = application.scholarship_percent
        offers.append(Offer(source=DiscountSource.SCHOLARSHIP, percent=percent))
    if application.group_id is not None:
        statement = select(Group).where(col(Group.id) == application.group_id)
        group = (await session.exec(statement)).one()
        if group.is_active:
            offers.append(Offer(source=DiscountSource.GROUP, percent=group.discount_percent))
    if coupon is not None:
        offers.append(Offer(source=DiscountSource.COUPON, percent=coupon.percent))
    return offers


async def _uses(session: BoundSession, coupon: Coupon, now: datetime) -> int:
    """Count the uses of a coupon that are spent or held; those that lapsed are free."""
    taken = select(Allotment.taken).where(col(Allotment.id) == coupon.id)
    held = select(func.coalesce(func.sum(Hold.quantity), 0)).where(
        col(Hold.allotment_id) == coupon.id,
        col(Hold.state) == HoldState.HELD,
        or_(col(Hold.expires_at).is_(None), col(Hold.expires_at) > now),
    )
    spent = (await session.exec(taken)).one_or_none() or 0
    return spent + int((await session.exec(held)).one())
