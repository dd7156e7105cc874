"""Endpoints of coupons: the staff's, and the one that says whether a code is good."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.allotment.errors import LimitBelowTaken
from app.api.coupon.crud import coupon_crud
from app.api.coupon.errors import (
    CouponCodeInvalid,
    CouponCodeTaken,
    CouponTermsInvalid,
    CouponUnknown,
    CouponUnusable,
    CouponUsed,
    TooManyGuesses,
)
from app.api.coupon.schemas import (
    CouponCreate,
    CouponOffer,
    CouponPublic,
    CouponQuery,
    CouponUpdate,
    CouponValidation,
)
from app.api.popup.errors import PopupArchived, PopupUnknown
from app.api.shared.dependencies import (
    ClientAddress,
    NamedTenant,
    Requires,
    SessionDep,
    SettingsDep,
    TenantSession,
)
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.core.errors import Forbidden, InvalidRequest, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import coupons

router = APIRouter(prefix="/coupons", tags=["coupons"])

READ = [Requires(Permission.COUPONS_READ)]
WRITE = [Requires(Permission.COUPONS_WRITE)]
ANYONE = [Requires(Permission.PUBLISHED_READ)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)


@router.post(
    "/validate",
    dependencies=ANYONE,
    responses=problems(CouponUnusable, TooManyGuesses, TenantUnknown, InvalidRequest),
)
async def validate_coupon(
    data: CouponValidation,
    tenant_id: NamedTenant,
    session: SessionDep,
    settings: SettingsDep,
    address: ClientAddress,
) -> CouponOffer:
    """Say what a code takes off; every code that cannot be used answers alike."""
    guess = coupons.Guess(tenant_id, data, address)
    return await coupons.validate(session, settings, guess)


@router.get(
    "",
    response_model=ListModel[CouponPublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_coupons(session: TenantSession, query: Annotated[CouponQuery, Query()]) -> Rendered:
    """List the coupons of the organisation, or of one of its popups."""
    return await coupon_crud.find_json(session, query)


@router.post(
    "",
    response_model=CouponPublic,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=problems(
        PopupUnknown,
        PopupArchived,
        CouponCodeInvalid,
        CouponCodeTaken,
        CouponTermsInvalid,
        *REFUSED,
    ),
)
async def create_coupon(data: CouponCreate, session: TenantSession) -> Rendered:
    """Make a coupon for a popup."""
    return await coupons.create_coupon(session, data)


@router.get(
    "/{coupon_id}",
    response_model=CouponPublic,
    dependencies=READ,
    responses=problems(CouponUnknown, *REFUSED),
)
async def read_coupon(coupon_id: UUID, session: TenantSession) -> Rendered:
    """Read one coupon."""
    return await coupon_crud.get_json(session, coupon_id)


@router.patch(
    "/{coupon_id}",
    response_model=CouponPublic,
    dependencies=WRITE,
    responses=problems(CouponUnknown, PopupArchived, CouponTermsInvalid, LimitBelowTaken, *REFUSED),
)
async def update_coupon(coupon_id: UUID, data: CouponUpdate, session: TenantSession) -> Rendered:
    """Change a coupon's terms, or switch it on or off."""
    return await coupons.change_coupon(session, coupon_id, data)


@router.delete(
    "/{coupon_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(CouponUnknown, PopupArchived, CouponUsed, *REFUSED),
)
async def delete_coupon(coupon_id: UUID, session: TenantSession) -> None:
    """Delete a coupon nobody has ordered with; any other is switched off instead."""
    await coupons.delete_coupon(session, coupon_id)
