"""Database operations on coupons."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, FromClause, cast, func, literal_column, or_
from sqlalchemy import select as select_columns
from sqlmodel import SQLModel, col, select

from app.api.allotment.models import Allotment, Hold, HoldState
from app.api.coupon.errors import (
    CouponCodeTaken,
    CouponTermsInvalid,
    CouponUnknown,
    CouponUsed,
)
from app.api.coupon.models import Coupon
from app.api.coupon.schemas import CouponCreate, CouponPublic, CouponUpdate
from app.api.shared.crud import BaseCRUD
from app.core.tenant_db import BoundSession

_ALLOTMENTS = SQLModel.metadata.tables[f"app.{Allotment.__tablename__}"]
_HOLDS = SQLModel.metadata.tables[f"app.{Hold.__tablename__}"]
_NONE: ColumnElement[int] = literal_column("0")


def uses_taken(row: FromClause) -> ColumnElement[object]:
    """Return how many uses of a coupon are spent."""
    counted = _ALLOTMENTS.alias()
    taken = select_columns(counted.c.taken).where(
        counted.c.tenant_id == row.c.tenant_id, counted.c.id == row.c.id
    )
    return func.coalesce(taken.scalar_subquery(), _NONE)


def uses_held(row: FromClause) -> ColumnElement[object]:
    """Return how many uses orders hold that are to be paid; what has lapsed is free."""
    hold = _HOLDS.alias()
    held = select_columns(func.coalesce(func.sum(hold.c.quantity), _NONE)).where(
        hold.c.tenant_id == row.c.tenant_id,
        hold.c.allotment_id == row.c.id,
        hold.c.state == literal_column(f"'{HoldState.HELD}'"),
        or_(hold.c.expires_at.is_(None), hold.c.expires_at > func.now()),
    )
    return cast(held.scalar_subquery(), BigInteger)


class CouponCRUD(BaseCRUD[Coupon, CouponCreate, CouponUpdate]):
    """Reads and writes coupons."""

    constraint_errors: ClassVar = {
        "coupons_tenant_id_popup_id_code_key": CouponCodeTaken,
        "coupons_window_check": CouponTermsInvalid,
        "payments_tenant_id_popup_id_coupon_id_fkey": CouponUsed,
    }
    computed: ClassVar = {"uses_held": uses_held, "uses_taken": uses_taken}
    searched: ClassVar = ("code",)
    not_found: ClassVar = CouponUnknown

    async def locked(self, session: BoundSession, coupon_id: UUID) -> Coupon:
        """Return a coupon that nobody else changes until this transaction ends.

        Raises:
            CouponUnknown: there is none of that id in this tenant.
        """
        statement = select(Coupon).where(col(Coupon.id) == coupon_id)
        coupon = (await session.exec(statement.with_for_update(key_share=True))).one_or_none()
        if coupon is None:
            raise self.not_found
        return coupon


coupon_crud = CouponCRUD(Coupon, CouponPublic)
