"""A crash at any statement of what a provider or the clock does to an order: all or nothing."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import httpx
import pytest
from sqlmodel import col, select

from app.api.mail.models import MailMessage
from app.api.payment.lifecycle import PaymentProvider
from app.core.config import Settings
from app.core.security import utc_now
from app.services import expiring, notices
from app.services.payments.protocol import NoticeKind
from tests.api.payment.buying import let_time_pass, make_crowd, ordered, rows_of, stock
from tests.api.payment.selling import Sale, row_of, sale, send, told
from tests.crashing import Sending, answered, crash_everywhere
from tests.database import Database
from tests.worlds import TenantWorld

PORTAL = "https://portal.example.com"


@dataclass(frozen=True)
class Till:
    """An order of one ticket, the last there is, which waits at the sandbox."""

    client: httpx.AsyncClient
    settings: Settings
    made: Sale

    def notice(self, kind: NoticeKind = NoticeKind.PAID) -> Sending:
        """Return what the provider's word does, once it has been found genuine."""
        notice = told(self.made, kind).notice()

        async def apply() -> None:
            async with self.made.world.session() as session:
                await notices.apply_notice(session, PORTAL, PaymentProvider.SANDBOX, notice)

        return answered(apply)

    async def take_the_place(self) -> None:
        """Let somebody else have the ticket, once its time is over."""
        await let_time_pass(self.made.world)
        popup = {"id": self.made.product["popup_id"]}
        (other,) = await make_crowd(self.made.world, self.settings, popup, 1)
        await ordered(self.client, other, other.cart(self.made.product))


async def paid(till: Till) -> Sending:
    return till.notice()


async def paid_late(till: Till) -> Sending:
    """The place is still there, and is taken anew."""
    await let_time_pass(till.made.world)
    return till.notice()


async def paid_too_late(till: Till) -> Sending:
    """The place is another's, so the money has to go back."""
    await till.take_the_place()
    return till.notice()


async def failed(till: Till) -> Sending:
    return till.notice(NoticeKind.FAILED)


async def sent_back(till: Till) -> Sending:
    """At the provider's own desk, after it was paid."""
    await send(till.client, till.made.world, told(till.made))
    return till.notice(NoticeKind.REFUNDED)


async def lapsed(till: Till) -> Sending:
    """The job that comes when the order's time is over."""
    await let_time_pass(till.made.world)
    payment_id = UUID(str(till.made.payment["id"]))

    async def expire() -> None:
        async with till.made.world.session() as session:
            await expiring.expire(session, utc_now(), PORTAL, payment_id)

    return answered(expire)


Setting: TypeAlias = Callable[[Till], Awaitable[Sending]]
Left: TypeAlias = tuple[str, bool, tuple[int, int], int, tuple[str, ...]]
"""The order's status, whether money is due, the place held and taken, tickets and mails."""

SCENES: Mapping[Setting, Left] = {
    paid: ("approved", False, (0, 1), 1, ("payment_confirmed",)),
    paid_late: ("approved", False, (0, 1), 1, ("payment_confirmed",)),
    paid_too_late: ("expired", True, (1, 0), 0, ("payment_expired",)),
    failed: ("rejected", False, (0, 0), 0, ()),
    sent_back: ("refunded", False, (0, 0), 1, ("payment_confirmed", "payment_refunded")),
    lapsed: ("expired", False, (0, 0), 0, ("payment_expired",)),
}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_a_crash_at_any_statement_leaves_all_or_nothing(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    scene: Setting,
) -> None:
    made = await sale(client, acme)
    act = await scene(Till(client, settings, made))

    await crash_everywhere(monkeypatch, database, act, writes=6)

    row = await row_of(acme, made.payment)
    async with acme.session() as session:
        mails = (await session.exec(select(MailMessage.kind).order_by(col(MailMessage.id)))).all()
    (place,) = await stock(acme, made.product["id"])
    tickets = (await rows_of(acme))["tickets"]
    assert SCENES[scene] == (row.status, row.is_refund_due, place, tickets, tuple(mails))
