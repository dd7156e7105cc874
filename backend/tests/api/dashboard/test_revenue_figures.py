"""Revenue: the parts add up to the totals, whatever was sold, let go and given back."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest

from app.api.dashboard.schemas import PaymentFigures, RevenueFigures
from app.api.payment.lifecycle import PaymentStatus
from app.api.popup.calendar import day_at, zone_of
from app.core.config import Settings
from app.core.tenant_db import PlatformContext
from tests.api.dashboard.life import (
    SOLD,
    START,
    Sums,
    books_of,
    figures,
    live,
    revenue_of,
    sales,
)
from tests.api.payment.buying import act_on, make_buyer, open_popup, ordered
from tests.factories import make_product
from tests.worlds import TenantWorld


def without(row: object, *names: str) -> Sums:
    """Return the sums of a row."""
    assert isinstance(row, dict)
    return {name: value for name, value in row.items() if name not in names}


def added(rows: Iterable[Sums]) -> Sums:
    """Add rows up, column by column."""
    found = Counter[str]()
    for row in rows:
        found.update(row)
    return dict(found)


@pytest.mark.parametrize("seed", range(4))
async def test_revenue_is_what_its_rows_say_and_its_parts_add_up(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings, seed: int
) -> None:
    popup = await live(client, acme, settings, seed)
    await live(client, globex, settings, seed)  # must not show
    await live(client, acme, settings, seed + 100)  # nor this one, of another popup
    timezone = str(popup["timezone"])
    books = await books_of(acme, popup)

    found = RevenueFigures.model_validate(await figures(client, acme, popup, "revenue"))
    totals = found.totals.model_dump()

    assert totals == revenue_of(books, timezone)
    assert totals["orders"] > 0
    assert found.totals.revenue_minor == found.totals.money_minor + found.totals.credit_minor
    assert totals == added(without(day.model_dump(), "day") for day in found.days)
    for day in found.days:
        assert without(day.model_dump(), "day") == revenue_of(books, timezone, {day.day: None})
    sold = {payment.id for payment in books.payments if payment.status in SOLD}
    lines = [line for line in books.lines if line.payment_id in sold]
    names = ("product_id", "name", "category")
    for product in found.by_product:
        of_it = [line for line in lines if line.product_id == product.product_id]
        assert without(product.model_dump(), *names) == sales(of_it)
    for part in found.by_category:
        of_them = [line for line in lines if line.category is part.category]
        assert without(part.model_dump(), "category") == sales(of_them)
    assert added(without(row.model_dump(), *names) for row in found.by_product) == sales(lines)
    assert added(without(row.model_dump(), "category") for row in found.by_category) == sales(lines)
    assert sum(row.discount_minor for row in found.by_discount) == totals["discount_minor"]


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_period_is_cut_out_of_the_whole(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, seed: int
) -> None:
    popup = await live(client, acme, settings, seed)
    books, timezone = await books_of(acme, popup), str(popup["timezone"])
    first = START.date() + timedelta(days=1)
    days = {first + timedelta(days=n): None for n in range(3)}

    found = await figures(client, acme, popup, "revenue", from_on=str(first), to_on=str(max(days)))

    assert found["totals"] == revenue_of(books, timezone, days)
    assert [row["day"] for row in found["days"]] == [str(day) for day in days]  # type: ignore[attr-defined]  # a list
    assert found["period"] == {"from_on": str(first), "to_on": str(max(days))}


@pytest.mark.parametrize("seed", [3, 4])
async def test_orders_add_up_by_status_provider_and_day(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings, seed: int
) -> None:
    popup = await live(client, acme, settings, seed)
    await live(client, globex, settings, seed)
    books, zone = await books_of(acme, popup), zone_of(str(popup["timezone"]))

    found = PaymentFigures.model_validate(await figures(client, acme, popup, "payments"))

    totals = found.totals.model_dump()
    assert totals["orders"] == len(books.payments)
    assert totals["captured_minor"] == sum(p.captured_minor for p in books.payments)
    assert totals == added(without(row.model_dump(), "status") for row in found.by_status)
    assert totals == added(without(row.model_dump(), "provider") for row in found.by_provider)
    by_status = Counter(payment.status for payment in books.payments)
    assert {row.status: row.orders for row in found.by_status} == {
        status: by_status[status] for status in PaymentStatus
    }
    by_day = Counter((day_at(p.created_at, zone), p.status) for p in books.payments)
    for day in found.days:
        told = day.model_dump()
        for status in PaymentStatus:
            assert told[status.value] == by_day[day.day, status]
        assert day.orders == sum(by_day[day.day, status] for status in PaymentStatus)
    assert sum(day.orders for day in found.days) == len(books.payments)


async def test_money_that_was_not_kept_is_no_revenue(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    """Money for an order that was let go, marked to go back, and gone back."""
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    kept = await ordered(client, buyer, buyer.cart(week))
    await act_on(client, acme.headers, kept, "approve")
    for _ in range(2):
        gone = await ordered(client, buyer, buyer.cart(week))
        await act_on(client, acme.headers, gone, "cancel")
        async with acme.database.platform(PlatformContext("system:test")) as session:
            await session.fetch(
                "UPDATE app.payments SET is_refund_due = true, captured_minor = payable_minor"
                " WHERE id = %(id)s",
                {"id": UUID(str(gone["id"]))},
            )
    went_back = await act_on(client, acme.headers, gone, "refunds", kind="whole")

    revenue = await figures(client, acme, popup, "revenue")
    payments = await figures(client, acme, popup, "payments")

    assert went_back.json()["status"] == "refunded"
    totals = revenue["totals"]
    assert isinstance(totals, dict)
    assert totals["revenue_minor"] == totals["money_minor"] == 1_000
    assert totals["refunded_money_minor"] == 0
    due = payments["totals"]
    assert isinstance(due, dict)
    assert (due["refund_due_orders"], due["refund_due_minor"]) == (1, 1_000)


@pytest.mark.parametrize(
    ("timezone", "instant", "day"),
    [
        # The clocks go from 2:00 to 3:00 and the day has 23 hours.
        ("Europe/Madrid", "2026-03-28 22:59:59+00", "2026-03-28"),
        ("Europe/Madrid", "2026-03-28 23:00:00+00", "2026-03-29"),
        ("Europe/Madrid", "2026-03-29 21:59:59+00", "2026-03-29"),
        ("Europe/Madrid", "2026-03-29 22:00:00+00", "2026-03-30"),
        # The clocks go forward over midnight: the day starts at 1:00.
        ("Africa/Cairo", "2026-04-23 21:59:59+00", "2026-04-23"),
        ("Africa/Cairo", "2026-04-23 22:00:00+00", "2026-04-24"),
        # 25 hours.
        ("America/New_York", "2026-11-01 03:59:59+00", "2026-10-31"),
        ("America/New_York", "2026-11-01 04:00:00+00", "2026-11-01"),
        ("America/New_York", "2026-11-02 04:59:59+00", "2026-11-01"),
        ("America/New_York", "2026-11-02 05:00:00+00", "2026-11-02"),
        ("Pacific/Kiritimati", "2026-05-01 09:59:59+00", "2026-05-01"),
        ("Pacific/Kiritimati", "2026-05-01 10:00:00+00", "2026-05-02"),
    ],
)
async def test_a_sale_is_of_the_day_it_is_where_the_popup_is(
    client: httpx.AsyncClient, acme: TenantWorld, timezone: str, instant: str, day: str
) -> None:
    popup = await open_popup(client, acme, timezone=timezone)
    week = await make_product(client, acme, popup, price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    payment = await ordered(client, buyer, buyer.cart(week))
    await act_on(client, acme.headers, payment, "approve")
    async with acme.database.platform(PlatformContext("system:test")) as session:
        await session.fetch(
            "UPDATE app.payments SET approved_at = %(at)s::timestamptz", {"at": instant}
        )

    days = (await figures(client, acme, popup, "revenue"))["days"]

    assert isinstance(days, list)
    assert [(row["day"], row["sold_minor"]) for row in days] == [(day, 1_000)]


async def test_days_without_anything_are_zeros(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)

    found = await figures(client, acme, popup, "revenue", from_on="2026-02-27", to_on="2026-03-02")
    nothing = await figures(client, acme, popup, "revenue")

    days = found["days"]
    assert isinstance(days, list)
    assert [row["day"] for row in days] == ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
    assert {value for row in days for name, value in row.items() if name != "day"} == {0}
    assert nothing["days"] == []
    assert nothing["period"] == {"from_on": None, "to_on": None}


async def test_a_period_left_open_reaches_as_far_as_a_chart_does(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup, price_minor=1_000)
    buyer = await make_buyer(acme, popup)
    for at in ("2010-01-01", "2026-01-02"):
        payment = await ordered(client, buyer, buyer.cart(week))
        await act_on(client, acme.headers, payment, "approve")
        async with acme.database.platform(PlatformContext("system:test")) as session:
            await session.fetch(
                "UPDATE app.payments SET approved_at = %(at)s::timestamptz WHERE id = %(id)s",
                {"id": UUID(str(payment["id"])), "at": f"{at} 12:00+00"},
            )

    open_ended = await figures(client, acme, popup, "revenue")
    since = await figures(client, acme, popup, "revenue", from_on="2009-12-31")
    until = await figures(client, acme, popup, "revenue", to_on="2010-01-03")

    spans = []
    for found in (open_ended, since, until):
        days, totals = found["days"], found["totals"]
        assert isinstance(days, list)
        assert isinstance(totals, dict)
        spans.append((days[0]["day"], days[-1]["day"], len(days), totals["sold_minor"]))
    last = date(2026, 1, 2)
    assert spans == [
        (str(last - timedelta(days=1_097)), str(last), 1_098, 1_000),
        ("2009-12-31", str(date(2009, 12, 31) + timedelta(days=1_097)), 1_098, 1_000),
        ("2010-01-01", "2010-01-03", 3, 1_000),
    ]
