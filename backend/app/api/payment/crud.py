"""Database operations on orders."""

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause
from sqlmodel import SQLModel, col, select

from app.api.human.models import Human
from app.api.payment.errors import PaymentUnknown
from app.api.payment.models import STANDING, ExchangedTicket, Payment, PaymentLine, Refund
from app.api.payment.schemas import (
    Buyer,
    Cart,
    PaymentLinePublic,
    PaymentPublic,
    PaymentSelf,
    RefundPublic,
    ReturnedPass,
)
from app.api.shared.crud import BaseCRUD
from app.api.shared.rendering import nested, nested_list, words_of
from app.core.tenant_db import BoundSession

_HUMANS = SQLModel.metadata.tables[f"app.{Human.__tablename__}"]
_buyer = words_of(_HUMANS, "email", "first_name", "last_name", by="human_id")
"""What a search for a buyer looks in."""
_LINES = SQLModel.metadata.tables[f"app.{PaymentLine.__tablename__}"]
_RETURNED = SQLModel.metadata.tables[f"app.{ExchangedTicket.__tablename__}"]
_REFUNDS = SQLModel.metadata.tables[f"app.{Refund.__tablename__}"]


def _is_of(row: FromClause, part: FromClause) -> ColumnElement[bool]:
    found: ColumnElement[bool] = part.c.payment_id == row.c.id
    return found


class PaymentCRUD(BaseCRUD[Payment, Cart, Cart]):
    """Reads orders, with their lines and what was given back of them."""

    computed: ClassVar = {
        "human": nested(Buyer, _HUMANS, lambda row, human: human.c.id == row.c.human_id),
        "lines": nested_list(PaymentLinePublic, _LINES, _is_of, order="position"),
        "returned": nested_list(ReturnedPass, _RETURNED, _is_of, order="ticket_id"),
        "refunds": nested_list(RefundPublic, _REFUNDS, _is_of, order="id"),
    }
    searched: ClassVar = (_buyer,)
    not_found: ClassVar = PaymentUnknown

    async def locked(self, session: BoundSession, payment_id: UUID) -> Payment:
        """Return an order that nobody else moves until this transaction ends.

        Raises:
            PaymentUnknown: there is none of that id in this tenant.
        """
        statement = select(Payment).where(col(Payment.id) == payment_id)
        fresh = statement.with_for_update().execution_options(populate_existing=True)
        row = (await session.exec(fresh)).one_or_none()
        if row is None:
            raise self.not_found
        return row

    async def all_locked(self, session: BoundSession, ids: Iterable[UUID]) -> list[Payment]:
        """Return orders that nobody else moves until this transaction ends."""
        statement = select(Payment).where(col(Payment.id).in_(set(ids))).order_by(col(Payment.id))
        fresh = statement.with_for_update().execution_options(populate_existing=True)
        return list((await session.exec(fresh)).all())

    async def has_standing(self, session: BoundSession, popup_id: UUID) -> bool:
        """Tell whether anything was sold for a popup, or is being paid for."""
        statement = (
            select(Payment.id)
            .where(col(Payment.popup_id) == popup_id, col(Payment.status).in_(STANDING))
            .limit(1)
        )
        return (await session.exec(statement)).first() is not None

    async def lines_of(self, session: BoundSession, payment_id: UUID) -> list[PaymentLine]:
        """Return an order's lines, as they were written."""
        statement = (
            select(PaymentLine)
            .where(col(PaymentLine.payment_id) == payment_id)
            .order_by(col(PaymentLine.position))
        )
        return list((await session.exec(statement)).all())


payment_crud = PaymentCRUD(Payment, PaymentPublic)
own_payment_crud = PaymentCRUD(Payment, PaymentSelf)
