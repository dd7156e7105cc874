"""Coupons are made, changed and switched off by staff, and asked about by buyers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_
from sqlmodel import col, select

from app.api.allotment.models import AllotmentKind
from app.api.auth.models import LoginAttempt
from app.api.coupon.crud import coupon_crud, uses_held, uses_taken
from app.api.coupon.errors import CouponCodeInvalid, CouponUnusable, TooManyGuesses
from app.api.coupon.models import Coupon
from app.api.coupon.schemas import CouponCreate, CouponOffer, CouponUpdate, CouponValidation
from app.api.coupon.window import CouponTerms, check_terms, check_usable, normalise_code
from app.api.popup.crud import popup_crud
from app.api.popup.models import Popup
from app.api.shared.response import Rendered
from app.api.shared.types import new_id
from app.core.config import Settings
from app.core.security import utc_now
from app.core.tenant_db import BoundSession
from app.services import allotments, limits, tenants

HOUR = timedelta(hours=1)
GUESSED_FROM = "coupon_guessed_from"
NO_CODE = ""
"""What no coupon has: a text that cannot be a code is looked up like any other."""


async def create_coupon(session: BoundSession, data: CouponCreate) -> Rendered:
    """Make a coupon for a popup, and begin to count its uses.

    Raises:
        PopupUnknown: there is no such popup in this tenant.
        PopupArchived: the popup is a record.
        CouponCodeInvalid: no code looks like this.
        CouponCodeTaken: another coupon of the popup has that code.
        CouponTermsInvalid: its terms contradict each other.
    """
    code, coupon_id = normalise_code(data.code), new_id()
    _check(data)
    await popup_crud.open_to_edits(session, data.popup_id)
    created = await coupon_crud.create_json(session, data, id=coupon_id, code=code)
    await _count(session, coupon_id, data.popup_id, data.max_uses)
    return created


async def change_coupon(session: BoundSession, coupon_id: UUID, data: CouponUpdate) -> Rendered:
    """Change a coupon's terms, or switch it on or off.

    Raises:
        CouponUnknown: there is none of that id in this tenant.
        PopupArchived: its popup is a record.
        CouponTermsInvalid: its terms would contradict each other.
        LimitBelowTaken: it has been used more often than that.
    """
    coupon = await coupon_crud.locked(session, coupon_id)
    await popup_crud.open_to_edits(session, coupon.popup_id)
    before = CouponCreate.model_validate(coupon, from_attributes=True)
    _check(before.model_copy(update=data.model_dump(exclude_unset=True)))
    if "max_uses" in data.model_fields_set:
        await _count(session, coupon_id, coupon.popup_id, data.max_uses)
    return await coupon_crud.update_json(session, coupon_id, data)


async def delete_coupon(session: BoundSession, coupon_id: UUID) -> None:
    """Delete a coupon nobody has ordered with.

    Raises:
        CouponUnknown: there is none of that id in this tenant.
        PopupArchived: its popup is a record.
        CouponUsed: somebody has ordered with it; it can be switched off.
    """
    coupon = await coupon_crud.locked(session, coupon_id)
    await popup_crud.open_to_edits(session, coupon.popup_id)
    await coupon_crud.delete(session, coupon)


@dataclass(frozen=True, slots=True)
class Guess:
    """A code that somebody typed, and the network address they did it from."""

    tenant_id: UUID
    data: CouponValidation
    address: str


async def validate(session: BoundSession, settings: Settings, guess: Guess) -> CouponOffer:
    """Return what a code takes off, if it can be used now, to whoever asks.

    Runs in the platform's session: no visitor's role reads coupons, or SQL could list them,
    and the codes that cannot be used are counted where no tenant's role writes.

    Raises:
        TenantUnknown: there is no such organisation, or it is not active.
        CouponUnusable: it cannot be used, the same for every reason; counted.
        TooManyGuesses: too many such codes came from this network address.
    """
    await limits.lock(session, guess.address)
    await tenants.refuse_closed(session, guess.tenant_id)
    now = utc_now()
    guessed = await limits.attempts(session, GUESSED_FROM, guess.address, since=now - HOUR)
    if guessed >= settings.coupon_failures_per_address_per_hour:
        raise TooManyGuesses(retry_after=int(HOUR.total_seconds()))
    try:
        return await _usable(session, guess, now)
    except CouponUnusable as refusal:
        session.add(LoginAttempt(kind=GUESSED_FROM, subject=guess.address, at=now))
        await session.flush()
        refusal.keeps_writes = True
        raise


async def _usable(session: BoundSession, guess: Guess, now: datetime) -> CouponOffer:
    """Find what a code names and judge it; one statement, whatever was typed."""
    table = coupon_crud.table
    statement = (
        select(Coupon, uses_held(table), uses_taken(table))
        .join(
            Popup,
            and_(
                col(Popup.tenant_id) == col(Coupon.tenant_id),
                col(Popup.id) == col(Coupon.popup_id),
            ),
        )
        .where(col(Coupon.tenant_id) == guess.tenant_id)
        .where(col(Coupon.popup_id) == guess.data.popup_id, col(Coupon.code) == _code(guess))
        .where(col(Popup.is_published), col(Popup.allows_coupons))
    )
    row = (await session.exec(statement)).one_or_none()
    if row is None:
        raise CouponUnusable
    coupon, held, taken = row
    terms = CouponTerms(
        percent=coupon.percent,
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
        max_uses=coupon.max_uses,
        uses=int(str(held)) + int(str(taken)),
        is_active=coupon.is_active,
    )
    check_usable(terms, now=now)
    return CouponOffer(code=coupon.code, percent=coupon.percent)


def _code(guess: Guess) -> str:
    try:
        return normalise_code(guess.data.code)
    except CouponCodeInvalid:
        return NO_CODE


def _check(data: CouponCreate) -> None:
    check_terms(
        CouponTerms(
            percent=data.percent,
            starts_at=data.starts_at,
            ends_at=data.ends_at,
            max_uses=data.max_uses,
        )
    )


async def _count(session: BoundSession, coupon_id: UUID, popup_id: UUID, limit: int | None) -> None:
    await allotments.set_limit(
        session, coupon_id, popup_id=popup_id, kind=AllotmentKind.COUPON, limit=limit
    )
