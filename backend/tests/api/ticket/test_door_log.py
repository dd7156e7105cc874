"""The log of the door: listed, searched, counted by product and by day."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from app.core.security import utc_now
from tests.api.payment.buying import Json, act_on, ordered
from tests.api.ticket.door import Sold, own_tickets, replay, scan, sell, told
from tests.database import Database as OwnDatabase
from tests.factories import make_product
from tests.probing import kind_of, pointers
from tests.worlds import Headers, TenantWorld

HOUR = timedelta(hours=1)


async def get(client: httpx.AsyncClient, headers: Headers, path: str) -> httpx.Response:
    return await client.get(f"/api/v1/{path}", headers=headers)


@pytest.fixture
async def sold(client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld) -> Sold:
    """A week for Ada and a shirt, and the same elsewhere, where it was scanned."""
    theirs = await sell(client, globex)
    await scan(client, globex.headers, theirs)
    sold = await sell(client, acme, timezone="Pacific/Auckland")
    shirt = await make_product(client, acme, sold.popup, slug="shirt", name="Shirt", position=1)
    payment = await ordered(client, sold.buyer, sold.buyer.cart(shirt))
    await act_on(client, acme.headers, payment, "approve")
    tickets = await own_tickets(client, sold.buyer.headers, sold.popup_id)
    return Sold(sold.popup, shirt, sold.buyer, payment, tickets)


async def test_the_log_names_who_came_with_what_and_who_scanned(
    client: httpx.AsyncClient, acme: TenantWorld, sold: Sold, operator_headers: Headers
) -> None:
    first = (await scan(client, acme.headers, sold, 0)).json()
    operator = {**operator_headers, **acme.public_headers}
    second = (await scan(client, operator, sold, 0)).json()

    path = f"tickets/{sold.tickets[0]['id']}/check-ins"
    rows = (await get(client, acme.viewer_headers, path)).json()["results"]

    assert [row["scan_id"] for row in rows] == [first["scan_id"], second["scan_id"]]
    assert {name: rows[0][name] for name in ("product_name", "attendee_name", "is_first")} == {
        "product_name": "Week",
        "attendee_name": "Ada",
        "is_first": True,
    }
    assert [row["scanner_name"] for row in rows] == ["admin@example.com", rows[1]["scanner"]]
    assert rows[0]["scanner"] == f"user:{acme.admin_id}"
    assert rows[1]["scanner"].startswith("operator:")
    assert sold.tickets[0]["code"] not in str(rows)


FOUND = {
    "": ["shirt late", "week late", "week early"],
    "sort=scanned_at": ["week early", "week late", "shirt late"],
    "sort=received_at": ["shirt late", "week late", "week early"],
    "search=shirt": ["shirt late"],
    "search=ADMIN@": ["shirt late", "week late", "week early"],
    "search=nobody": [],
    "product_id={week}": ["week late", "week early"],
    "ticket_id={shirt_ticket}": ["shirt late"],
    "attendee_id={attendee}&limit=1": ["shirt late"],
    "attendee_id={popup}": [],
    "scanner={scanner}&skip=1": ["week late", "week early"],
    "scanned_at_from={middle}": ["shirt late", "week late"],
    "scanned_at_until={middle}": ["week early"],
}


async def test_the_log_is_found_sorted_and_filtered(
    client: httpx.AsyncClient, acme: TenantWorld, sold: Sold
) -> None:
    now = utc_now()
    scans = {
        "shirt late": told(sold, 1, now),
        "week late": told(sold, 0, now - HOUR),
        "week early": told(sold, 0, now - 3 * HOUR),
    }
    for one in scans.values():
        await replay(client, acme.headers, sold, [one])
    names = {one["scan_id"]: name for name, one in scans.items()}
    known = {
        "week": sold.tickets[0]["product_id"],
        "shirt_ticket": sold.tickets[1]["id"],
        "attendee": str(sold.buyer.attendee_id),
        "popup": sold.popup_id,
        "scanner": f"user:{acme.admin_id}",
        "middle": (now - 2 * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }

    found = {}
    for query in FOUND:
        asked = f"popup_id={sold.popup_id}&{query.format(**known)}"
        answer = await get(client, acme.viewer_headers, f"check-ins?{asked}")
        found[query] = [names[row["scan_id"]] for row in answer.json()["results"]]

    assert found == FOUND
    everything = await get(client, acme.viewer_headers, "check-ins")
    assert everything.json()["paging"]["total"] == 3


async def test_the_log_takes_only_what_is_on_its_list(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    asked = {
        "sort=scanner": "/query/sort",
        "code=1": "/query/code",
        "popup_id=1": "/query/popup_id",
    }

    told = {query: await get(client, acme.headers, f"check-ins?{query}") for query in asked}

    assert {query: pointers(answer) for query, answer in told.items()} == {
        query: [pointer] for query, pointer in asked.items()
    }


async def test_lists_and_counts_take_as_many_statements_however_long_the_log_is(
    client: httpx.AsyncClient, acme: TenantWorld, sold: Sold, statements: list[str]
) -> None:
    paths = (
        "check-ins",
        f"tickets/{sold.tickets[0]['id']}/check-ins",
        f"check-ins/counts?popup_id={sold.popup_id}",
    )
    taken = []
    for _ in range(3):
        await scan(client, acme.headers, sold)
        for path in paths:
            statements.clear()
            assert (await get(client, acme.headers, path)).status_code == 200
            taken.append(len(statements))

    assert taken == [1, 2, 2] * 3


async def test_recording_takes_as_many_statements_for_one_scan_as_for_many(
    client: httpx.AsyncClient, acme: TenantWorld, sold: Sold, statements: list[str]
) -> None:
    taken = []
    for size in (1, 2, 20):
        scans = [told(sold, turn % 2, utc_now()) for turn in range(size)]
        statements.clear()
        assert (await replay(client, acme.headers, sold, scans)).json()["recorded"] == size
        taken.append(len(statements))

    assert taken == [4, 4, 4]


async def test_counts_by_product_and_by_the_popups_own_days_add_up(
    client: httpx.AsyncClient, acme: TenantWorld, sold: Sold
) -> None:
    midnight = (utc_now() - timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
    noon = midnight + 12 * HOUR  # Midnight or one o'clock in Auckland, summer and winter.
    scans = [
        told(sold, 0, noon - 2 * HOUR),
        told(sold, 0, noon - 2 * HOUR + timedelta(minutes=1)),
        told(sold, 0, noon + 2 * HOUR),
        told(sold, 1, noon + 3 * HOUR),
    ]
    await replay(client, acme.headers, sold, scans)

    path = f"check-ins/counts?popup_id={sold.popup_id}"
    counted = (await get(client, acme.viewer_headers, path)).json()

    day = midnight.date()
    assert counted == {
        "scans": 4,
        "tickets": 2,
        "by_product": [
            product(sold.tickets[0]["product_id"], "Week", scans=3),
            product(sold.tickets[1]["product_id"], "Shirt", scans=1),
        ],
        "by_day": [
            {"day": str(day), "scans": 2, "tickets": 1, "arrivals": 1},
            {"day": str(day + timedelta(days=1)), "scans": 2, "tickets": 2, "arrivals": 1},
        ],
    }


def product(product_id: str, name: str, *, scans: int) -> Mapping[str, object]:
    return {
        "product_id": product_id,
        "product_name": name,
        "issued": 1,
        "scans": scans,
        "tickets": 1,
    }


async def test_an_hour_that_the_clock_skips_or_repeats_is_of_its_day(
    client: httpx.AsyncClient, acme: TenantWorld, database: OwnDatabase
) -> None:
    sold = await sell(client, acme, timezone="Europe/Lisbon")
    await replay(client, acme.headers, sold, [told(sold, 0, utc_now()) for _ in range(4)])
    moments = [
        datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 22, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 23, 0, 0, tzinfo=UTC),  # Midnight, since summer has begun.
        datetime(2026, 10, 25, 23, 59, 59, tzinfo=UTC),
    ]
    with psycopg.connect(database.admin_dsn) as owner:
        rows = owner.execute("SELECT id FROM app.check_ins ORDER BY id").fetchall()
        for row, moment in zip(rows, moments, strict=True):
            owner.execute(
                "UPDATE app.check_ins SET scanned_at = %s WHERE id = %s", (moment, row[0])
            )

    path = f"check-ins/counts?popup_id={sold.popup_id}"
    counted = (await get(client, acme.headers, path)).json()

    assert [(row["day"], row["scans"]) for row in counted["by_day"]] == [
        ("2026-03-28", 1),
        ("2026-03-29", 1),
        ("2026-03-30", 1),
        ("2026-10-25", 1),
    ]


async def test_another_organisations_door_is_not_there(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, sold: Sold
) -> None:
    await scan(client, acme.headers, sold)
    ticket = sold.tickets[0]["id"]

    listed: list[Json] = (
        await get(client, globex.headers, f"check-ins?popup_id={sold.popup_id}")
    ).json()["results"]
    kinds = [
        kind_of(await get(client, headers, path))
        for headers in (globex.headers, acme.human_headers)
        for path in (
            f"tickets/{ticket}",
            f"tickets/{ticket}/check-ins",
            f"check-ins/counts?popup_id={sold.popup_id}",
        )
    ]

    assert listed == []
    assert kinds == [
        (404, "ticket-not-there"),
        (404, "ticket-not-there"),
        (404, "popup-unknown"),
        *[(403, "forbidden")] * 3,
    ]
