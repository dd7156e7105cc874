"""Scanners that were offline: however their logs are told, the log is the same in the end."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.ticket.scans import Scan, merge, read
from app.core.security import utc_now
from tests.api.payment.buying import Json, act_on
from tests.api.ticket.door import Sold, log, replay, scan, sell, told
from tests.database import Database as OwnDatabase
from tests.worlds import TenantWorld

MINUTE = timedelta(minutes=1)

SEEN = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4)), min_size=1, max_size=6)
"""Which ticket was seen in which minute; often two in the same."""


@pytest.fixture
async def sold(client: httpx.AsyncClient, acme: TenantWorld) -> Sold:
    """Two tickets of one popup."""
    return await sell(client, acme, 2)


def forget(database: OwnDatabase) -> None:
    """Empty the log, which no role of the application can."""
    with psycopg.connect(database.admin_dsn) as owner:
        owner.execute("TRUNCATE app.check_ins")


def by_the_rules(sold: Sold, scans: list[Json]) -> list[tuple[object, ...]]:
    """Return what the rules make of a log that is told at once."""
    ids = {ticket["code"]: UUID(ticket["id"]) for ticket in sold.tickets}
    whole = merge(
        [],
        [
            Scan(
                scan_id=UUID(str(one["scan_id"])),
                ticket_id=ids[str(one["code"])],
                scanned_at=datetime.fromisoformat(str(one["scanned_at"])),
                scanner="",
            )
            for one in scans
        ],
    )
    return [(str(one.scan_id), str(one.ticket_id), read(whole, one).is_first) for one in whole]


def in_the_log(rows: list[Json]) -> list[tuple[object, ...]]:
    return [(row["scan_id"], row["ticket_id"], row["is_first"]) for row in rows]


def pieces_of(data: st.DataObject, scans: list[Json]) -> list[list[Json]]:
    """Cut a log into pieces, in any order, some of it twice."""
    again = [one for one in scans if data.draw(st.booleans())]
    rest = data.draw(st.permutations([*scans, *again]))
    pieces: list[list[Json]] = []
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        pieces.append(list(rest[:size]))
        rest = rest[size:]
    return pieces


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seen=SEEN, data=st.data())
async def test_a_log_told_in_any_order_in_pieces_again_and_all_at_once_is_the_same(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    database: OwnDatabase,
    sold: Sold,
    seen: list[tuple[int, int]],
    data: st.DataObject,
) -> None:
    forget(database)
    start = utc_now() - timedelta(hours=1)
    scans = [told(sold, ticket, start + minute * MINUTE, uuid4()) for ticket, minute in seen]
    pieces = pieces_of(data, scans)

    if data.draw(st.booleans()):
        answers = await asyncio.gather(
            *(replay(client, acme.headers, sold, piece) for piece in pieces)
        )
    else:
        answers = [await replay(client, acme.headers, sold, piece) for piece in pieces]
    everything = await replay(client, acme.headers, sold, scans)

    assert [answer.json()["refused"] for answer in answers] == [0] * len(pieces)
    assert in_the_log(await log(client, acme, sold)) == by_the_rules(sold, scans)
    readings = [row["reading"] for row in everything.json()["results"]]
    firsts = {row[0] for row in by_the_rules(sold, scans) if row[2]}
    assert {one["scan_id"] for one in readings if one["is_first"]} == firsts


async def test_of_scanners_with_one_ticket_at_once_exactly_one_is_told_that_it_is_first(
    client: httpx.AsyncClient, acme: TenantWorld, sold: Sold
) -> None:
    answers = await asyncio.gather(*(scan(client, acme.headers, sold) for _ in range(12)))

    readings = [answer.json() for answer in answers]
    assert [answer.status_code for answer in answers] == [200] * 12
    assert sorted(reading["scans"] for reading in readings) == list(range(1, 13))
    rows = await log(client, acme, sold)
    assert len(rows) == 12
    (first,) = [row["scan_id"] for row in rows if row["is_first"]]
    assert first == rows[0]["scan_id"]
    (only,) = [reading for reading in readings if reading["scans"] == 1]
    assert only["is_first"]


async def test_one_scan_told_by_many_requests_at_once_is_one_scan(
    client: httpx.AsyncClient, acme: TenantWorld, sold: Sold
) -> None:
    one = told(sold, 0, utc_now())

    answers = await asyncio.gather(*(replay(client, acme.headers, sold, [one]) for _ in range(10)))

    assert len({answer.text for answer in answers}) == 1
    assert len(await log(client, acme, sold)) == 1


async def test_one_id_told_of_two_tickets_at_once_is_recorded_for_one(
    client: httpx.AsyncClient, acme: TenantWorld, sold: Sold
) -> None:
    for _ in range(5):
        scan_id, now = uuid4(), utc_now()
        told_of = [told(sold, ticket, now, scan_id) for ticket in (0, 1)] * 3

        answers = await asyncio.gather(
            *(replay(client, acme.headers, sold, [one]) for one in told_of)
        )

        recorded = [answer.json()["recorded"] for answer in answers]
        assert sorted(recorded) == [0, 0, 0, 1, 1, 1]
        refused = [row["problem"] for answer in answers for row in answer.json()["results"]]
        assert {one["type"].rpartition("/")[2] for one in refused if one} == {"scan-id-reused"}
    assert len(await log(client, acme, sold)) == 5


async def test_batches_with_the_same_tickets_in_opposite_order_do_not_wait_for_each_other(
    client: httpx.AsyncClient, acme: TenantWorld, sold: Sold
) -> None:
    now = utc_now()
    there = [told(sold, ticket, now) for ticket in (0, 1) * 10]
    back = there[::-1]

    answers = await asyncio.gather(
        *(replay(client, acme.headers, sold, batch) for batch in (there, back) * 4)
    )

    assert [answer.json()["recorded"] for answer in answers] == [20] * 8
    assert len(await log(client, acme, sold)) == 20


async def test_a_scan_and_a_refund_at_once_come_one_after_the_other(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    for turn in range(5):
        sold = await sell(client, acme, slug=f"turn-{turn}")
        refund = act_on(
            client,
            acme.headers,
            sold.payment,
            "refunds",
            kind="tickets",
            ticket_ids=[sold.tickets[0]["id"]],
        )

        scanned, refunded = await asyncio.gather(scan(client, acme.headers, sold), refund)

        assert refunded.status_code == 201, refunded.text
        assert scanned.status_code in {200, 409}
        rows = await log(client, acme, sold)
        assert len(rows) == (1 if scanned.status_code == 200 else 0)


async def test_a_scan_in_the_log_is_told_again_however_long_ago_it_was(
    client: httpx.AsyncClient, acme: TenantWorld, database: OwnDatabase, sold: Sold
) -> None:
    one = told(sold, 0, utc_now())
    await replay(client, acme.headers, sold, [one])
    long_ago = utc_now() - timedelta(days=90)
    with psycopg.connect(database.admin_dsn) as owner:
        owner.execute("UPDATE app.check_ins SET scanned_at = %s", (long_ago,))

    again = await replay(client, acme.headers, sold, [{**one, "scanned_at": long_ago.isoformat()}])
    new = await replay(client, acme.headers, sold, [told(sold, 0, long_ago)])

    assert again.json()["recorded"] == 1
    assert new.json()["results"][0]["problem"]["type"].endswith("/scan-time-implausible")
    assert len(await log(client, acme, sold)) == 1
