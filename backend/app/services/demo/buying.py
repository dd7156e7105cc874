"""How people of the story order and pay, change their mind, and stand at the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID

from sqlmodel import col, select

from app.api.allotment.errors import AllotmentExhausted
from app.api.application.lifecycle import ApplicationStatus
from app.api.attendee.models import Attendee
from app.api.coupon.errors import CouponUnusable
from app.api.payment.lifecycle import PaymentActor, PaymentEvent, PaymentProvider, PaymentStatus
from app.api.payment.models import Payment, Refund
from app.api.payment.refund import RefundStatus
from app.api.payment.schemas import AmountRefund, Cart, WholeRefund
from app.api.popup.calendar import day_at
from app.api.product.eligibility import ProductCategory
from app.api.sandbox.models import SandboxCheckout, SandboxStatus
from app.api.ticket.models import Ticket
from app.services import checkout, orders, refunding, tickets
from app.services.demo.guests import Guest
from app.services.demo.history import History
from app.services.demo.people import later, moment_of
from app.services.demo.stage import EARLY, FRIENDS, SPEAKER
from app.services.demo.wares import fill_cart
from app.services.orders import Act
from app.services.payments.protocol import CheckoutRequest, RefundRequest
from app.services.sandbox import SandboxProvider

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

ENDINGS = {
    PaymentEvent.REJECT: SandboxStatus.FAILED,
    PaymentEvent.CANCEL: SandboxStatus.CANCELLED,
    PaymentEvent.EXPIRE: SandboxStatus.CLOSED,
    PaymentEvent.APPROVE: SandboxStatus.PAID,
}
"""How a checkout at the sandbox stands after what happened to its order."""


@dataclass(frozen=True, slots=True)
class Shop:
    """Orders of the story."""

    history: History
    sandbox: SandboxProvider

    async def accepted(self, guest: Guest) -> None:
        """Most of those who are accepted buy, the sooner the popup starts the sooner."""
        dice, now = guest.dice, self.history.now
        if dice.random() < 0.86:
            left = guest.stage.plan.midnight(guest.stage.plan.starts_on) - now
            mean = min(max(left / 5, DAY), 9 * DAY)
            self.history.at(later(dice, now, mean), partial(self._buy, guest))

    async def _buy(self, guest: Guest) -> None:
        """Order what there is; what is sold out is left out."""
        if not self._may_buy(guest):
            return
        session, dice = self.history.session, guest.dice
        party = await self._party(guest)
        code, provider = _code(dice), _provider(dice)
        sold_out: set[UUID] = set()
        for _ in guest.stage.products:
            taste = fill_cart(
                dice, party, guest.stage.products, now=self.history.now, sold_out=sold_out
            )
            cart = Cart(
                application_id=guest.application_id,
                lines=list(taste.lines),
                coupon_code=code,
                provider=provider,
            )
            act = self._act(PaymentActor.BUYER)
            try:
                async with session.begin_nested():
                    await session.connection()  # sends the SAVEPOINT before the driver is used
                    made = await checkout.reserve(session, act, guest.human_id, cart)
            except AllotmentExhausted as refusal:
                sold_out.add(UUID(str(refusal.members["allotment_id"])))
            except CouponUnusable:
                code = None
            else:
                await self._go_on(guest, made, taste.stay)
                return

    def _may_buy(self, guest: Guest) -> bool:
        plan = guest.stage.plan
        # Nobody comes for the last days of a popup only.
        is_late = day_at(self.history.now, plan.zone) > plan.ends_on - 4 * DAY
        # Every order ends within the story: one left open would lapse, and its buyer be told.
        is_last = self.history.now + self._minutes() + MINUTE > self.history.until
        return guest.is_(ApplicationStatus.ACCEPTED) and not is_late and not is_last

    async def _party(self, guest: Guest) -> Sequence[Attendee]:
        found = select(Attendee).where(col(Attendee.application_id) == guest.application_id)
        return (await self.history.session.exec(found.order_by(col(Attendee.id)))).all()

    async def _go_on(self, guest: Guest, payment: Payment, stay: int) -> None:
        """Decide how an order ends, and when."""
        dice, now = guest.dice, self.history.now
        if payment.status is PaymentStatus.APPROVED:
            await self._has_paid(guest, payment, stay)
            return
        by_hand = payment.provider is PaymentProvider.MANUAL
        if not by_hand:
            await self._open_page(guest, payment)
        ends = (
            (PaymentEvent.APPROVE, PaymentActor.STAFF if by_hand else PaymentActor.PROVIDER, 88),
            (PaymentEvent.EXPIRE, PaymentActor.SYSTEM, 7),
            (PaymentEvent.REJECT, PaymentActor.STAFF if by_hand else PaymentActor.PROVIDER, 3),
            (PaymentEvent.CANCEL, PaymentActor.BUYER, 2),
        )
        ((event, actor, _),) = dice.choices(ends, [odds for *_, odds in ends])
        when = now + dice.uniform(2, 20) * MINUTE
        if event is PaymentEvent.EXPIRE:
            when = now + self._minutes() + MINUTE / 6
        self.history.at(when, partial(self._end, guest, payment.id, event, actor, stay))

    async def _end(
        self, guest: Guest, payment_id: UUID, event: PaymentEvent, actor: PaymentActor, stay: int
    ) -> None:
        session, dice = self.history.session, guest.dice
        order = await orders.order_of(session, payment_id)
        payment = await orders.happen(session, self._act(actor), order, event)
        if payment.provider is PaymentProvider.SANDBOX:
            page = await self._page(payment)
            page.status = ENDINGS[event]
            session.add(page)
            await session.flush()
        if event is PaymentEvent.APPROVE:
            await self._has_paid(guest, payment, stay)
        elif dice.random() < 0.7:
            self.history.at(later(dice, self.history.now, DAY / 2), partial(self._buy, guest))

    async def _has_paid(self, guest: Guest, payment: Payment, stay: int) -> None:
        dice, plan = guest.dice, guest.stage.plan
        paid = payment.captured_minor
        if paid and dice.random() < 0.09:
            part = None if dice.random() < 0.6 else paid // 5
            when = later(dice, self.history.now, 6 * DAY)
            if when < plan.midnight(plan.starts_on):
                self.history.at(when, partial(self._refund, guest, payment.id, part))
        sold = await tickets.live(self.history.session, payment)
        self._come(guest, sold, stay)

    async def _refund(self, guest: Guest, payment_id: UUID, part: int | None) -> None:
        """Give money back: all of it to whoever cannot come, or a part."""
        session = self.history.session
        data = (
            WholeRefund(kind="whole", reason="Cannot come")
            if part is None
            else AmountRefund(kind="amount", amount_minor=part, reason="Arrives a week later")
        )
        guest.is_gone = part is None
        act = self._act(PaymentActor.STAFF)
        payment = await refunding.refund(session, act, payment_id, data)
        if payment.provider is PaymentProvider.SANDBOX:
            await self._send_back(payment)

    async def _send_back(self, payment: Payment) -> None:
        """Send what was asked for, as the worker would."""
        session = self.history.session
        found = select(Refund).where(
            Refund.payment_id == payment.id, Refund.status == RefundStatus.PENDING
        )
        for refund in (await session.exec(found)).all():
            request = RefundRequest(
                refund_id=refund.id,
                reference=str(payment.provider_reference),
                amount_minor=refund.amount_minor,
                currency=payment.currency,
            )
            sent = await self.sandbox.refund(request)
            refund.provider_reference, refund.status = sent.reference, RefundStatus.DONE
            session.add(refund)
        await session.flush()

    async def _open_page(self, guest: Guest, payment: Payment) -> None:
        opened = await self.sandbox.open_checkout(
            CheckoutRequest(
                payment_id=payment.id,
                amount_minor=payment.payable_minor,
                currency=payment.currency,
                description=guest.stage.plan.name,
                buyer_email=guest.person.email,
                expires_at=self.history.now + self._minutes(),
                return_url=self.history.settings.portal_url,
            )
        )
        payment.provider_reference, payment.checkout_url = opened.reference, opened.url
        self.history.session.add(payment)
        await self.history.session.flush()

    async def _page(self, payment: Payment) -> SandboxCheckout:
        found = select(SandboxCheckout).where(SandboxCheckout.order_id == payment.id)
        return (await self.history.session.exec(found)).one()

    def _come(self, guest: Guest, sold: Sequence[Ticket], stay: int) -> None:
        """Plan on which days somebody and their party pass the door."""
        dice, plan = guest.dice, guest.stage.plan
        if dice.random() < 0.05:
            return
        paid_on = day_at(self.history.now, plan.zone)
        first = max(plan.starts_on, paid_on) + dice.choice((0, 0, 0, 1, 1, 2, 4, 7, 11)) * DAY
        passes = {
            product.id
            for product in guest.stage.products.values()
            if product.category is ProductCategory.TICKET
        }
        shown = [ticket for ticket in sold if ticket.product_id in passes]
        for night in range(min(stay, (plan.ends_on - first).days + 1)):
            if night and dice.random() > 0.3:
                continue
            at = moment_of(dice, first + night * DAY, plan.zone)
            for ticket in shown:
                at += timedelta(seconds=dice.randrange(3, 20))
                scan_id = UUID(int=dice.getrandbits(128), version=4)
                self.history.at(at, partial(self._pass_door, guest, at, ticket.code, scan_id))

    async def _pass_door(self, guest: Guest, at: datetime, code: str, scan_id: UUID) -> None:
        if not guest.is_gone:
            guest.stage.scans.append((at, code, scan_id))

    def _minutes(self) -> timedelta:
        return timedelta(minutes=self.history.settings.checkout_minutes)

    def _act(self, actor: PaymentActor) -> Act:
        now, settings = self.history.now, self.history.settings
        return Act(actor, now, now + self._minutes(), settings.portal_url, takes_sandbox=True)


def _code(dice: Random) -> str | None:
    """Return the coupon that somebody has heard of, good or not."""
    codes = (None, EARLY, FRIENDS, SPEAKER)
    return dice.choices(codes, (74, 14, 9, 3))[0]


def _provider(dice: Random) -> PaymentProvider:
    return PaymentProvider.MANUAL if dice.random() < 0.12 else PaymentProvider.SANDBOX
