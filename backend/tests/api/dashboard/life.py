"""A popup with some life in it, made by the services; and its figures, counted in Python."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias, TypeVar
from uuid import UUID, uuid4

import httpx
from sqlmodel import select

from app.api.payment.lifecycle import PaymentKind, PaymentProvider, PaymentStatus
from app.api.payment.models import CreditEntry, Payment, PaymentLine, Refund
from app.api.payment.refund import RefundStatus
from app.api.popup.calendar import day_at, zone_of
from app.api.product.eligibility import ProductCategory
from app.api.ticket.models import CheckIn, Ticket
from app.core.config import Settings
from app.core.tenant_db import BoundSession, PlatformContext
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
from tests.factories import make_product
from tests.worlds import TenantWorld

Sums: TypeAlias = dict[str, int]
Row = TypeVar("Row", Payment, PaymentLine, Refund, Ticket, CheckIn)

START = datetime(2026, 3, 27, 18, tzinfo=UTC)
"""Shortly before the clocks of Europe go forward."""

SOLD = {PaymentStatus.APPROVED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}


@dataclass(frozen=True)
class Books:
    """Every row that the figures of one popup are counted from."""

    payments: Sequence[Payment]
    lines: Sequence[PaymentLine]
    refunds: Sequence[Refund]
    tickets: Sequence[Ticket]
    scans: Sequence[CheckIn]


async def figures(
    client: httpx.AsyncClient, world: TenantWorld, popup: Json, which: str, **query: object
) -> Json:
    """Ask for one kind of figures of a popup."""
    path = f"/api/v1/dashboard/popups/{popup['id']}/{which}"
    answer = await client.get(path, headers=world.viewer_headers, params={**query})  # type: ignore[dict-item]  # days and numbers
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def live(
    client: httpx.AsyncClient, world: TenantWorld, settings: Settings, seed: int
) -> Json:
    """Sell, let go, give back, exchange and scan at random; the same for the same seed."""
    dice = random.Random(seed)
    popup = await open_popup(
        client,
        world,
        slug=f"life-{seed}",
        timezone=dice.choice(["Europe/Madrid", "Africa/Cairo", "America/Santiago"]),
        contribution_percent=dice.choice([0, 7]),
        allows_coupons=True,
    )
    await make_coupon(world, popup, percent=33)
    products = [
        await make_product(
            client,
            world,
            popup,
            slug=category,
            category=category,
            price_minor=dice.choice([0, 333, 9_999]),
            is_discountable=dice.random() < 0.7,
        )
        for category in ("ticket", "housing", "merch", "donation")
    ]
    crowd = await make_crowd(world, settings, popup, 4, name=f"life-{seed}")
    await _give_credit(world, popup, crowd[0], 5_000)
    for _ in range(14):
        await _order(client, world, dice, dice.choice(crowd), products)
    await _plant_exchange(world, popup, crowd[1], products[0], dice)
    await _scan(world, popup, dice)
    await _scatter(world, popup, dice)
    return popup


async def _order(
    client: httpx.AsyncClient,
    world: TenantWorld,
    dice: random.Random,
    buyer: Buyer,
    products: list[Json],
) -> None:
    cart = buyer.cart(*dice.sample(products, dice.randint(1, len(products))))
    for line in cart["lines"]:  # type: ignore[attr-defined]  # made just above
        line["quantity"] = dice.randint(1, 3)
    if dice.random() < 0.5:
        cart["coupon_code"] = "half"
    answer = await buy(client, buyer, cart)
    assert answer.status_code == 201, answer.text
    payment = answer.json()
    fate = dice.choice(["approve"] * 5 + ["reject", "cancel", "wait", "late"])
    if payment["status"] == "pending":
        if fate == "late":
            await let_time_pass(world)
        elif fate != "wait":
            moved = await act_on(client, world.headers, payment, fate)
            assert moved.status_code == 200, moved.text
            payment = moved.json()
    if payment["status"] == "approved" and dice.random() < 0.6:
        await _give_back(client, world, dice, payment)


async def _give_back(
    client: httpx.AsyncClient, world: TenantWorld, dice: random.Random, payment: Json
) -> None:
    paid = int(str(payment["captured_minor"])) + int(str(payment["credit_spent_minor"]))
    if not paid:
        return
    for _ in range(dice.randint(1, 2)):
        if dice.random() < 0.3:
            body: Json = {"kind": "whole"}
        else:
            body = {"kind": "amount", "amount_minor": dice.randint(1, max(1, paid // 2))}
        await act_on(client, world.headers, payment, "refunds", **body)


async def _give_credit(world: TenantWorld, popup: Json, buyer: Buyer, amount: int) -> None:
    async with world.session() as session:
        session.add(
            CreditEntry(
                popup_id=UUID(str(popup["id"])),
                application_id=buyer.application_id,
                human_id=buyer.human_id,
                amount_minor=amount,
                reason="test",
                actor="system:test",
            )
        )


async def _plant_exchange(
    world: TenantWorld, popup: Json, buyer: Buyer, product: Json, dice: random.Random
) -> None:
    """Plant exchanges: one is paid for, one leaves credit over, one is for credit alone."""
    ids = UUID(str(popup["id"])), UUID(str(product["id"]))
    sums = ((500, dice.randint(0, 500)), (500, dice.randint(501, 3_000)), (0, 250))
    for total, returned in sums:
        payment = Payment(
            id=uuid4(),
            popup_id=ids[0],
            application_id=buyer.application_id,
            human_id=buyer.human_id,
            kind=PaymentKind.EXCHANGE,
            status=PaymentStatus.APPROVED,
            currency=str(popup["currency"]),
            subtotal_minor=total,
            discount_minor=0,
            contribution_minor=0,
            total_minor=total,
            returned_value_minor=returned,
            payable_minor=max(total - returned, 0),
            captured_minor=max(total - returned, 0),
            provider=PaymentProvider.SANDBOX,
            approved_at=START,
        )
        async with world.session() as session:
            session.add(payment)
            await session.flush()
            if total:
                session.add(_line(payment, ids[1], buyer.attendee_id))
            session.add(_failed_refund(payment))


def _line(payment: Payment, product_id: UUID, attendee_id: UUID) -> PaymentLine:
    return PaymentLine(
        popup_id=payment.popup_id,
        payment_id=payment.id,
        human_id=payment.human_id,
        product_id=product_id,
        attendee_id=attendee_id,
        position=1,
        product_name="As it was called then",
        category=ProductCategory.OTHER,
        quantity=1,
        unit_price_minor=500,
        net_minor=500,
    )


def _failed_refund(payment: Payment) -> Refund:
    return Refund(
        popup_id=payment.popup_id,
        payment_id=payment.id,
        human_id=payment.human_id,
        amount_minor=77,
        credit_minor=5,
        status=RefundStatus.FAILED,
    )


async def _scan(world: TenantWorld, popup: Json, dice: random.Random) -> None:
    books = await books_of(world, popup)
    async with world.session() as session:
        for ticket in books.tickets:
            for _ in range(dice.randint(0, 2)):
                at = START + timedelta(minutes=dice.randint(0, 6_000))
                session.add(
                    CheckIn(
                        popup_id=ticket.popup_id,
                        ticket_id=ticket.id,
                        scan_id=uuid4(),
                        scanned_at=at,
                        received_at=at,
                        scanner="gate",
                    )
                )


async def _scatter(world: TenantWorld, popup: Json, dice: random.Random) -> None:
    """Spread over some days what happened within a second, over a change of the clocks."""
    books = await books_of(world, popup)
    async with world.database.platform(PlatformContext("system:test")) as session:
        for payment in books.payments:
            made = START + timedelta(minutes=dice.randint(0, 6_000))
            params = {"id": payment.id, "made": made, "paid": made + timedelta(hours=5)}
            await session.fetch(
                "UPDATE app.payments SET created_at = %(made)s, approved_at ="
                " CASE WHEN approved_at IS NULL THEN NULL ELSE %(paid)s::timestamptz END"
                " WHERE id = %(id)s",
                params,
            )
        for refund in books.refunds:
            at = START + timedelta(minutes=dice.randint(0, 9_000))
            await session.fetch(
                "UPDATE app.refunds SET created_at = %(at)s WHERE id = %(id)s",
                {"id": refund.id, "at": at},
            )


async def books_of(world: TenantWorld, popup: Json) -> Books:
    """Read all rows of a popup."""
    popup_id = UUID(str(popup["id"]))

    async with world.session() as session:
        return Books(
            payments=await _all(session, Payment, popup_id),
            lines=await _all(session, PaymentLine, popup_id),
            refunds=await _all(session, Refund, popup_id),
            tickets=await _all(session, Ticket, popup_id),
            scans=await _all(session, CheckIn, popup_id),
        )


async def _all(session: BoundSession, model: type[Row], popup_id: UUID) -> list[Row]:
    rows = (await session.exec(select(model))).all()
    return [row for row in rows if row.popup_id == popup_id]


def sales(lines: Iterable[PaymentLine]) -> Sums:
    """Add up lines."""
    found = Counter[str]()
    for line in lines:
        found["units"] += line.quantity
        found["gross_minor"] += line.quantity * line.unit_price_minor
        found["discount_minor"] += line.discount_minor
        found["net_minor"] += line.net_minor
        found["contribution_minor"] += line.contribution_minor
        found["sold_minor"] += line.net_minor + line.contribution_minor
    keys = ("units", "gross_minor", "discount_minor", "net_minor", "contribution_minor")
    return {key: found[key] for key in (*keys, "sold_minor")}


def revenue(
    payments: Sequence[Payment], lines: Iterable[PaymentLine], refunds: Sequence[Refund]
) -> Sums:
    """Add up what was sold and what went back of it."""
    sold = sales(lines)
    exchanged = sum(payment.returned_value_minor for payment in payments)
    sent = [refund for refund in refunds if refund.status is not RefundStatus.FAILED]
    money_back = sum(refund.amount_minor for refund in sent)
    credit_back = sum(refund.credit_minor for refund in refunds)
    captured = sum(payment.captured_minor for payment in payments)
    spent = sum(payment.credit_spent_minor for payment in payments)
    issued = sum(max(p.returned_value_minor - p.total_minor, 0) for p in payments)
    return {
        **sold,
        "orders": len(payments),
        "exchanged_minor": exchanged,
        "refunded_money_minor": money_back,
        "refunded_credit_minor": credit_back,
        "revenue_minor": sold["sold_minor"] - exchanged - money_back - credit_back,
        "captured_minor": captured,
        "money_minor": captured - money_back,
        "credit_spent_minor": spent,
        "credit_issued_minor": issued,
        "credit_minor": spent - issued - credit_back,
    }


def revenue_of(books: Books, timezone: str, days: Mapping[date, None] | None = None) -> Sums:
    """Add up a popup's revenue of some days, or of all."""
    zone = zone_of(timezone)

    def counts(instant: datetime | None) -> bool:
        return instant is not None and (days is None or day_at(instant, zone) in days)

    ever = {p.id for p in books.payments if p.status in SOLD and p.approved_at}
    payments = [p for p in books.payments if p.id in ever and counts(p.approved_at)]
    chosen = {payment.id for payment in payments}
    lines = [line for line in books.lines if line.payment_id in chosen]
    refunds = [
        refund
        for refund in books.refunds
        if refund.payment_id in ever and counts(refund.created_at)
    ]
    return revenue(payments, lines, refunds)
