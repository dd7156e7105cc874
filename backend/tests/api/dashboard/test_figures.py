"""The other figures, who may read them, and what they cost to ask."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import available_timezones

import httpx
import pytest
from pydantic import BaseModel

from app.api.application.lifecycle import ApplicationStatus
from app.api.attendee.models import Attendee
from app.api.attendee.party import AttendeeCategory
from app.api.dashboard.schemas import (
    ApplicationFigures,
    CheckInFigures,
    Overview,
    PaymentFigures,
    RevenueFigures,
    StockFigures,
)
from app.api.group.models import Group
from app.api.popup.calendar import day_at, zone_of
from app.core.config import Settings
from app.core.tenant_db import PlatformContext
from tests.api.dashboard.life import books_of, figures, live, revenue_of
from tests.api.payment.buying import (
    Json,
    act_on,
    buy,
    let_time_pass,
    make_buyer,
    make_coupon,
    make_crowd,
    open_popup,
    ordered,
)
from tests.factories import make_popup, make_product
from tests.probing import kind_of
from tests.worlds import TenantWorld

OF_A_POPUP: dict[str, type[BaseModel]] = {
    "applications": ApplicationFigures,
    "payments": PaymentFigures,
    "revenue": RevenueFigures,
    "stock": StockFigures,
    "check-ins": CheckInFigures,
}
OF_A_PERIOD = sorted(set(OF_A_POPUP) - {"stock"})


async def overview(client: httpx.AsyncClient, world: TenantWorld, query: str = "") -> Overview:
    answer = await client.get(f"/api/v1/dashboard?{query}", headers=world.viewer_headers)
    assert answer.status_code == 200, answer.text
    assert Overview.model_validate_json(answer.text).model_dump_json() == answer.text
    return Overview.model_validate_json(answer.text)


async def test_answers_are_what_their_schemas_would_write(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await live(client, acme, settings, 5)

    for which, schema in OF_A_POPUP.items():
        path = f"/api/v1/dashboard/popups/{popup['id']}/{which}"
        text = (await client.get(path, headers=acme.headers)).text
        assert schema.model_validate_json(text).model_dump_json() == text
    await overview(client, acme)


async def test_only_staff_read_figures_and_only_their_own(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    paths = ["/api/v1/dashboard"]
    paths += [f"/api/v1/dashboard/popups/{popup['id']}/{which}" for which in OF_A_POPUP]
    callers = [acme.headers, acme.viewer_headers, acme.human_headers, acme.public_headers]

    for path in paths:
        answers = [await client.get(path, headers=headers) for headers in callers]
        assert [answer.status_code for answer in answers] == [200, 200, 403, 401]
    for path in paths[1:]:
        foreign = await client.get(path, headers=globex.headers)
        assert kind_of(foreign) == (404, "popup-unknown")
    assert (await overview(client, globex)).popup_count == 0


@pytest.mark.parametrize("which", OF_A_PERIOD)
async def test_a_period_has_an_order_and_a_length(
    client: httpx.AsyncClient, acme: TenantWorld, which: str
) -> None:
    popup = await open_popup(client, acme)
    path = f"/api/v1/dashboard/popups/{popup['id']}/{which}"

    async def ask(query: str) -> tuple[int, str]:
        answer = await client.get(f"{path}?{query}", headers=acme.headers)
        return (200, "") if answer.is_success else kind_of(answer)

    assert await ask("from_on=2026-01-02&to_on=2026-01-01") == (422, "period-invalid")
    assert await ask("from_on=2026-01-01&to_on=2029-01-03") == (422, "period-invalid")
    assert await ask("from_on=2026-01-01&to_on=2029-01-02") == (200, "")
    assert await ask("from_on=2026-01-01&to_on=2026-01-01") == (200, "")
    for bad in ("from_on=yesterday", "from_on=1999-12-31", "to_on=2200-01-01", "since=2026-01-01"):
        assert await ask(bad) == (422, "invalid-request")


@pytest.mark.parametrize("which", [*OF_A_POPUP, "overview"])
async def test_an_answer_is_one_statement_however_much_there_is(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    which: str,
    statements: list[str],
) -> None:
    popup = await open_popup(client, acme)
    path = "/api/v1/dashboard"
    if which != "overview":
        path = f"{path}/popups/{popup['id']}/{which}"

    statements.clear()
    await client.get(path, headers=acme.headers)
    empty = list(statements)
    week = await make_product(client, acme, popup)
    for buyer in await make_crowd(acme, settings, popup, 3):
        await ordered(client, buyer, buyer.cart(week))
    statements.clear()
    await client.get(path, headers=acme.headers)

    assert statements == empty


async def test_applications_and_attendees_are_counted_by_where_they_stand(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme, timezone="America/Santiago")
    week = await make_product(client, acme, popup)
    crowd = await make_crowd(acme, settings, popup, 5)
    statuses = ["accepted", "accepted", "accepted", "rejected", "draft"]
    at = datetime(2026, 4, 5, 2, 30, tzinfo=UTC)
    async with acme.database.platform(PlatformContext("system:test")) as session:
        for turn, (buyer, status) in enumerate(zip(crowd, statuses, strict=True)):
            await session.fetch(
                "UPDATE app.applications SET status = %(status)s, submitted_at = %(at)s,"
                " decided_at = %(decided)s WHERE id = %(id)s",
                {
                    "id": buyer.application_id,
                    "status": status,
                    "at": None if status == "draft" else at + timedelta(hours=turn),
                    "decided": None if status == "draft" else at + timedelta(days=2),
                },
            )
    async with acme.session() as session:
        session.add(
            Attendee(
                popup_id=UUID(str(popup["id"])),
                application_id=crowd[0].application_id,
                owner_id=crowd[0].human_id,
                category=AttendeeCategory.KID,
                name="Kid",
            )
        )
    for buyer in crowd[:2]:
        payment = await ordered(client, buyer, buyer.cart(week))
        await act_on(client, acme.headers, payment, "approve")
    await _scan_first(acme, popup)

    found = ApplicationFigures.model_validate(await figures(client, acme, popup, "applications"))

    by_status = Counter(statuses)
    assert found.total == 5
    assert {row.status: row.applications for row in found.by_status} == {
        status: by_status[status] for status in ApplicationStatus
    }
    assert sum(row.applications for row in found.by_scholarship) == 5
    assert found.conversion.model_dump() == {
        "started": 5,
        "submitted": 4,
        "accepted": 3,
        "bought": 2,
        "arrived": 1,
    }
    people = {"listed": 6, "accepted": 4, "holding": 2, "arrived": 1}
    assert found.attendees.model_dump() == people
    for name, count in people.items():
        assert sum(getattr(row, name) for row in found.attendees_by_category) == count
    zone = zone_of("America/Santiago")
    submitted = Counter(day_at(at + timedelta(hours=turn), zone) for turn in range(4))
    assert {day.day: day.submitted for day in found.days if day.submitted} == submitted
    assert found.outcomes.model_dump() == {"submitted": 4, "accepted": 3, "rejected": 1}
    for name, count in found.outcomes.model_dump().items():
        assert sum(getattr(day, name) for day in found.days) == count


async def _scan_first(world: TenantWorld, popup: Json) -> None:
    ticket = (await books_of(world, popup)).tickets[0]
    async with world.session() as session:
        await session.fetch(
            "INSERT INTO app.check_ins (tenant_id, id, popup_id, ticket_id, scan_id, scanned_at,"
            " received_at, scanner) VALUES (%(tenant)s, %(id)s, %(popup)s, %(ticket)s, %(id)s,"
            " now(), now(), 'gate')",
            {
                "tenant": world.tenant_id,
                "id": uuid4(),
                "popup": ticket.popup_id,
                "ticket": ticket.id,
            },
        )


async def test_what_is_left_counts_what_is_held_and_not_what_has_lapsed(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    for world in (globex, acme):
        popup = await open_popup(client, world, allows_coupons=True)
        week = await make_product(client, world, popup, capacity=10, price_minor=1_000)
        shirt = await make_product(client, world, popup, slug="shirt", category="merch")
        await make_coupon(world, popup, max_uses=3)
        buyer = await make_buyer(world, popup)
        lapsed = await ordered(client, buyer, buyer.cart(week, week, coupon_code="HALF"))
        await let_time_pass(world)
        paid = await ordered(client, buyer, buyer.cart(week, coupon_code="half"))
        await act_on(client, world.headers, paid, "approve")
        await ordered(client, buyer, buyer.cart(week, week, week))
        async with world.session() as session:
            session.add(Group(popup_id=UUID(str(popup["id"])), name="Club", slug="club"))
    assert lapsed["status"] == "pending"

    found = StockFigures.model_validate(await figures(client, acme, popup, "stock"))

    products = {
        row.product_id: (row.limit, row.held, row.taken, row.left) for row in found.products
    }
    assert products == {
        UUID(str(week["id"])): (10, 3, 1, 6),
        UUID(str(shirt["id"])): (None, 0, 0, None),
    }
    (coupon,) = found.coupons
    assert (coupon.limit, coupon.held, coupon.taken, coupon.left) == (3, 0, 1, 2)
    assert (coupon.orders, coupon.discount_minor) == (1, 500)
    (group,) = found.groups
    assert (group.limit, group.left, group.members, group.open_invitations) == (None, None, 0, 0)


@pytest.mark.parametrize("seed", [7, 8])
async def test_the_door_adds_up_by_product_and_day(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings, seed: int
) -> None:
    popup = await live(client, acme, settings, seed)
    await live(client, globex, settings, seed)
    books, zone = await books_of(acme, popup), zone_of(str(popup["timezone"]))

    found = CheckInFigures.model_validate(await figures(client, acme, popup, "check-ins"))

    seen = {scan.ticket_id for scan in books.scans}
    product_of = {ticket.id: ticket.product_id for ticket in books.tickets}
    assert found.totals.scans == len(books.scans) > 0
    assert found.totals.arrivals == len(seen)
    assert found.totals.issued == sum(t.status == "issued" for t in books.tickets)
    by_product = Counter(product_of[scan.ticket_id] for scan in books.scans)
    assert {row.product_id: row.scans for row in found.by_product if row.scans} == by_product
    by_day = Counter(day_at(scan.scanned_at, zone) for scan in books.scans)
    assert {day.day: day.scans for day in found.days if day.scans} == by_day
    first: dict[UUID, datetime] = {}
    for scan in books.scans:
        first[scan.ticket_id] = min(first.get(scan.ticket_id, scan.scanned_at), scan.scanned_at)
    arrivals = Counter(day_at(instant, zone) for instant in first.values())
    assert {day.day: day.arrivals for day in found.days if day.arrivals} == arrivals
    for name, rows in (("arrivals", found.by_product), ("issued", found.by_product)):
        assert sum(getattr(row, name) for row in rows) == getattr(found.totals, name)


async def test_the_overview_never_adds_up_currencies(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings
) -> None:
    popups = [await live(client, acme, settings, seed) for seed in (11, 12)]
    await live(client, globex, settings, 11)
    yen = await open_popup(client, acme, slug="tokyo", currency="JPY", timezone="Asia/Tokyo")
    week = await make_product(client, acme, yen, price_minor=900)
    buyer = await make_buyer(acme, yen)
    paid = await ordered(client, buyer, buyer.cart(week))
    await act_on(client, acme.headers, paid, "approve")
    assert (await buy(client, buyer, buyer.cart(week))).status_code == 201
    await make_popup(client, acme, slug="quiet", name="Quiet")

    found = await overview(client, acme)
    second = await overview(client, acme, "skip=1&limit=2")

    revenue = {
        UUID(str(popup["id"])): revenue_of(await books_of(acme, popup), str(popup["timezone"]))
        for popup in popups
    }
    by_popup = {row.popup_id: row for row in found.popups}
    for popup_id, sums in revenue.items():
        row = by_popup[popup_id]
        assert (row.revenue_minor, row.orders) == (sums["revenue_minor"], sums["orders"])
        assert row.refunded_minor == sums["refunded_money_minor"] + sums["refunded_credit_minor"]
    tokyo = by_popup[UUID(str(yen["id"]))]
    assert (tokyo.revenue_minor, tokyo.orders, tokyo.tickets) == (900, 1, 1)
    currencies = {row.currency: row for row in found.currencies}
    assert set(currencies) == {"JPY", str(popups[0]["currency"])}
    for currency, taken in currencies.items():
        of_it = [popup for popup in found.popups if popup.currency == currency]
        assert taken.popups == len(of_it)
        for name in ("sold_minor", "exchanged_minor", "refunded_minor", "revenue_minor", "orders"):
            assert getattr(taken, name) == sum(getattr(popup, name) for popup in of_it)
    for name, total in found.totals.model_dump().items():
        assert total == sum(getattr(popup, name) for popup in found.popups)
    assert found.popup_count == 4
    assert second.popups == found.popups[1:3]
    assert second.totals == found.totals


async def test_the_database_knows_every_time_zone_a_popup_may_have(acme: TenantWorld) -> None:
    """Days are cut by the database, and a popup's time zone is judged by the application."""
    async with acme.session() as session:
        rows = await session.fetch("SELECT name FROM pg_timezone_names")

    unknown = available_timezones() - {str(name) for (name,) in rows}
    assert unknown <= {"localtime"}  # which is no time zone: a machine's own
