"""Whatever happens in whatever order: ledgers, counters, tickets and money agree."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

import httpx
import pytest
from sqlmodel import col, select

from app.api.allotment.models import Allotment, Hold, HoldState
from app.api.payment.lifecycle import PaymentStatus
from app.api.payment.models import Payment, PaymentLine
from app.api.ticket.lifecycle import TicketStatus
from app.api.ticket.models import CheckIn, Ticket
from app.core.config import Settings
from app.core.security import utc_now
from app.services import expiring
from app.services.settlements import settlement_of
from tests.api.payment.buying import (
    Buyer,
    Json,
    act_on,
    buy,
    let_time_pass,
    make_coupon,
    make_crowd,
    open_popup,
)
from tests.api.payment.exchanging import balance, exchange, seen, swap
from tests.factories import make_product
from tests.worlds import TenantWorld

STEPS = 30

SOLD = {PaymentStatus.APPROVED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}


@dataclass(frozen=True)
class Books:
    """Every row that has to agree with the others."""

    orders: Sequence[Payment]
    lines: Sequence[PaymentLine]
    tickets: Sequence[Ticket]
    used: frozenset[UUID]
    holds: Sequence[Hold]
    counters: Sequence[Allotment]


@dataclass
class Life:
    """Two buyers of a few places, staff who give back, and the dice that say who acts."""

    client: httpx.AsyncClient
    world: TenantWorld
    dice: random.Random
    buyers: Sequence[Buyer]
    products: Sequence[Json]
    codes: dict[UUID, str] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    async def books(self) -> Books:
        async with self.world.session() as session:
            return Books(
                orders=(await session.exec(select(Payment).order_by(col(Payment.id)))).all(),
                lines=(await session.exec(select(PaymentLine))).all(),
                tickets=(await session.exec(select(Ticket).order_by(col(Ticket.id)))).all(),
                used=frozenset((await session.exec(select(CheckIn.ticket_id))).all()),
                holds=(await session.exec(select(Hold))).all(),
                counters=(await session.exec(select(Allotment))).all(),
            )

    def cart(self, buyer: Buyer, least: int = 1) -> Json:
        wanted = self.dice.sample(self.products, self.dice.randint(least, 2))
        cart = buyer.cart(*wanted)
        if wanted and self.dice.random() < 0.4:
            cart["coupon_code"] = "half"
        return cart

    def live(self, books: Books, buyer: Buyer | None = None) -> list[Ticket]:
        return [
            ticket
            for ticket in books.tickets
            if ticket.status is TicketStatus.ISSUED
            and (buyer is None or ticket.human_id == buyer.human_id)
        ]

    def one_of(self, books: Books, *statuses: PaymentStatus) -> Json | None:
        found = [str(order.id) for order in books.orders if order.status in statuses]
        return {"id": self.dice.choice(found)} if found else None


Step: TypeAlias = Callable[[Life, Books], Awaitable[httpx.Response | None]]


async def order(life: Life, _: Books) -> httpx.Response | None:
    buyer = life.dice.choice(life.buyers)
    return await buy(life.client, buyer, life.cart(buyer))


async def swap_passes(life: Life, books: Books) -> httpx.Response | None:
    buyer = life.dice.choice(life.buyers)
    held = [str(ticket.id) for ticket in life.live(books, buyer)]
    given = life.dice.sample(held, min(len(held), life.dice.randint(1, 2)))
    wanted = life.cart(buyer, 0 if given else 1)
    return await exchange(life.client, buyer, {**swap(buyer, given), **wanted})


async def _staff(
    life: Life, payment: Json | None, event: str, **body: object
) -> httpx.Response | None:
    if payment is None:
        return None
    return await act_on(life.client, life.world.headers, payment, event, **body)


async def pay(life: Life, books: Books) -> httpx.Response | None:
    return await _staff(life, life.one_of(books, PaymentStatus.PENDING), "approve")


async def pay_late(life: Life, books: Books) -> httpx.Response | None:
    payment = life.one_of(books, PaymentStatus.EXPIRED, PaymentStatus.REJECTED)
    return await _staff(life, payment, "approve")


async def let_go(life: Life, books: Books) -> httpx.Response | None:
    event = life.dice.choice(["reject", "cancel"])
    return await _staff(life, life.one_of(books, PaymentStatus.PENDING), event)


async def lapse(life: Life, books: Books) -> httpx.Response | None:
    """Make all that waits overdue; for one of them the job runs, too."""
    await let_time_pass(life.world)
    if payment := life.one_of(books, PaymentStatus.PENDING):
        async with life.world.session() as session:
            await expiring.expire(session, utc_now(), "https://portal", UUID(str(payment["id"])))
    return None


async def give_back(life: Life, books: Books) -> httpx.Response | None:
    payment = life.one_of(books, PaymentStatus.APPROVED, PaymentStatus.PARTIALLY_REFUNDED)
    amount: Json = {"kind": "amount", "amount_minor": life.dice.randint(1, 900)}
    body: Json = life.dice.choice([amount, amount, {"kind": "whole"}])
    return await _staff(life, payment, "refunds", **body)


async def give_back_a_ticket(life: Life, books: Books) -> httpx.Response | None:
    if not (live := life.live(books)):
        return None
    ticket = life.dice.choice(live)
    (line,) = (line for line in books.lines if line.id == ticket.payment_line_id)
    body: Json = {"kind": "tickets", "ticket_ids": [str(ticket.id)]}
    return await _staff(life, {"id": str(line.payment_id)}, "refunds", **body)


async def void(life: Life, books: Books) -> httpx.Response | None:
    if not (live := life.live(books)):
        return None
    path = f"/api/v1/tickets/{life.dice.choice(live).id}/void"
    return await life.client.post(path, headers=life.world.headers)


async def come_in(life: Life, books: Books) -> httpx.Response | None:
    if live := life.live(books):
        await seen(life.world, str(life.dice.choice(live).id))
    return None


STEPS_AND_WEIGHTS: Mapping[str, tuple[Step, int]] = {
    "order": (order, 6),
    "exchange": (swap_passes, 8),
    "pay": (pay, 8),
    "pay late": (pay_late, 2),
    "let go": (let_go, 2),
    "lapse": (lapse, 2),
    "give back": (give_back, 2),
    "give back a ticket": (give_back_a_ticket, 2),
    "void": (void, 1),
    "come in": (come_in, 1),
}


def check_places(books: Books) -> None:
    """What counters say is what orders hold, and who may come in."""
    by_state: Counter[tuple[UUID, HoldState]] = Counter()
    of_order: Counter[tuple[UUID, UUID]] = Counter()
    pending = {o.id: o for o in books.orders if o.status is PaymentStatus.PENDING}
    for hold in books.holds:
        by_state[hold.allotment_id, hold.state] += hold.quantity
        if hold.state is HoldState.HELD:
            assert hold.order_id in pending
            of_order[hold.order_id, hold.allotment_id] += hold.quantity
    for counter in books.counters:
        held, taken = (by_state[counter.id, state] for state in (HoldState.HELD, HoldState.TAKEN))
        assert (counter.held, counter.taken) == (held, taken)
    wanted: Counter[tuple[UUID, UUID]] = Counter()
    for line in books.lines:
        waiting = pending.get(line.payment_id)
        if waiting and waiting.expires_at and waiting.expires_at > utc_now():
            wanted[line.payment_id, line.product_id] += line.quantity
    assert all(of_order[place] == quantity for place, quantity in wanted.items())
    seats = Counter(
        ticket.product_id
        for ticket in books.tickets
        if ticket.status is TicketStatus.ISSUED or ticket.id in books.used
    )
    products = {line.product_id for line in books.lines}
    assert {one: by_state[one, HoldState.TAKEN] for one in products} == {
        one: seats[one] for one in products
    }


def check_money(books: Books, credit: int) -> None:
    """What can still be given back, and credit, are exactly the money that is still here."""
    sold = [order for order in books.orders if order.status in SOLD]
    unsold = [order for order in books.orders if order.status not in SOLD]
    left = sum(settlement_of(order).refundable for order in sold)
    promised = sum(order.credit_spent_minor - order.credit_returned_minor for order in unsold)
    assert left + credit + promised == sum(o.captured_minor - o.refunded_minor for o in sold)
    assert sum(o.exchanged_minor for o in books.orders) == sum(o.returned_value_minor for o in sold)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_to_orders_all_books_agree(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, seed: int
) -> None:
    popup = await open_popup(client, acme, contribution_percent=7, allows_coupons=True)
    await make_coupon(acme, popup)
    products = [
        await make_product(client, acme, popup, slug=f"p-{price}", price_minor=price, capacity=4)
        for price in (0, 333, 1_001, 2_500)
    ]
    buyers = await make_crowd(acme, settings, popup, 2)
    life = Life(client, acme, random.Random(seed), buyers, products)

    weights = [weight for _, weight in STEPS_AND_WEIGHTS.values()]

    for _ in range(STEPS):
        books = await life.books()
        (name,) = life.dice.choices([*STEPS_AND_WEIGHTS], weights)
        answer = await STEPS_AND_WEIGHTS[name][0](life, books)
        if answer is not None:
            assert answer.status_code in {200, 201, 404, 409}, answer.text
            life.done[name] += answer.is_success

        books = await life.books()
        check_places(books)
        check_money(books, sum([await balance(acme, buyer) for buyer in buyers]))
        for ticket in books.tickets:
            assert life.codes.setdefault(ticket.id, ticket.code) == ticket.code

    assert life.done["exchange"] >= 2, life.done
