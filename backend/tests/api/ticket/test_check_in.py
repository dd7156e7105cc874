"""The door: who came with what, whether they were seen before, and what admits nobody."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.config import Settings
from app.core.security import utc_now
from tests.api.payment.buying import act_on, make_crowd, stock
from tests.api.ticket.door import READING, Sold, log, own_tickets, replay, scan, sell, told
from tests.probing import kind_of
from tests.worlds import Headers, TenantWorld

MINUTE = timedelta(minutes=1)


def problem_of(answer: httpx.Response) -> dict[str, object]:
    body: dict[str, object] = answer.json()
    return {"kind": kind_of(answer), "detail": body["detail"]}


async def test_a_code_scans_once_and_then_says_when_it_was_seen(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    sold = await sell(client, acme)
    (ticket,) = sold.tickets

    first = (await scan(client, acme.headers, sold)).json()
    second = (await scan(client, acme.headers, sold)).json()

    assert set(first) == READING
    assert ticket["code"] not in str(first)
    assert first["attendee"] == {
        "id": str(sold.buyer.attendee_id),
        "name": "Ada",
        "category": "main",
    }
    assert first["product"] == {"id": sold.product["id"], "name": "Week", "category": "ticket"}
    assert (first["ticket_id"], first["ticket_status"]) == (ticket["id"], "issued")
    assert first["scanner"] == f"user:{acme.admin_id}"
    assert (first["is_first"], first["earlier"], first["scans"]) == (True, 0, 1)
    assert (first["first_seen_at"], first["last_seen_before"]) == (first["scanned_at"], None)
    assert (second["is_first"], second["earlier"], second["scans"]) == (False, 1, 2)
    assert second["first_seen_at"] == second["last_seen_before"] == first["scanned_at"]
    assert second["scanned_at"] > first["scanned_at"]


async def test_a_code_may_be_typed_as_people_type(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    sold = await sell(client, acme)
    code = sold.tickets[0]["code"].lower().replace("0", "o").replace("1", "l")
    typed = f" {code[:5]}-{code[5:9]} {code[9:]}"

    answer = await scan(client, acme.headers, sold, code=typed)

    assert answer.status_code == 200, answer.text


async def test_the_same_scan_told_again_is_the_same_answer(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    sold = await sell(client, acme)
    scan_id = str(uuid4())
    at = (utc_now() - MINUTE).isoformat()

    answers = [await scan(client, acme.headers, sold, scan_id=scan_id) for _ in range(3)]
    named = [
        await scan(client, acme.headers, sold, scan_id="0" * 31 + "1", scanned_at=at)
        for _ in range(2)
    ]

    assert len({answer.text for answer in answers}) == 1
    assert len({answer.text for answer in named}) == 1
    assert len(await log(client, acme, sold)) == 2


async def test_without_a_scan_id_each_request_is_a_scan(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    sold = await sell(client, acme)

    answers = [(await scan(client, acme.headers, sold, scan_id=None)).json() for _ in range(2)]

    assert [answer["scans"] for answer in answers] == [1, 2]


async def test_a_scan_id_stands_for_one_scan(
    client: httpx.AsyncClient, acme: TenantWorld, operator_headers: Headers
) -> None:
    sold = await sell(client, acme, 2)
    scan_id, at = str(uuid4()), utc_now() - MINUTE
    first = await scan(client, acme.headers, sold, scan_id=scan_id, scanned_at=at.isoformat())
    before = await log(client, acme, sold)
    operator = {**operator_headers, **acme.public_headers}
    at_text = at.isoformat()

    answers = {
        "another time": await scan(
            client, acme.headers, sold, scan_id=scan_id, scanned_at=(at + MINUTE).isoformat()
        ),
        "another ticket": await scan(
            client, acme.headers, sold, 1, scan_id=scan_id, scanned_at=at_text
        ),
        "another scanner": await scan(client, operator, sold, scan_id=scan_id, scanned_at=at_text),
    }

    assert first.status_code == 200
    assert {name: kind_of(answer) for name, answer in answers.items()} == dict.fromkeys(
        answers, (409, "scan-id-reused")
    )
    assert {answer.json()["scan_id"] for answer in answers.values()} == {scan_id}
    assert await log(client, acme, sold) == before


async def test_a_bad_code_is_a_clear_problem_and_leaves_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    sold = await sell(client, acme)
    theirs = await sell(client, globex)
    other = await sell_elsewhere(client, acme)
    unknown = str(UUID(int=1))

    answers = {
        "unknown": await scan(client, acme.headers, sold, code="0" * 26),
        "another organisation's": await scan(
            client, acme.headers, sold, code=theirs.tickets[0]["code"]
        ),
        "too short": await scan(client, acme.headers, sold, code="00041"),
        "not ours": await scan(client, acme.headers, sold, code="https://example.com/?t=\0"),
        "of another event": await scan(client, acme.headers, sold, code=other.tickets[0]["code"]),
        "no such event": await scan(client, acme.headers, sold, popup_id=unknown),
        "their event": await scan(client, acme.headers, sold, popup_id=theirs.popup_id),
        "not yet": await scan(
            client, acme.headers, sold, scanned_at=(utc_now() + 6 * MINUTE).isoformat()
        ),
        "long ago": await scan(
            client, acme.headers, sold, scanned_at=(utc_now() - timedelta(days=31)).isoformat()
        ),
    }

    assert {name: kind_of(answer) for name, answer in answers.items()} == {
        "unknown": (404, "ticket-code-unknown"),
        "another organisation's": (404, "ticket-code-unknown"),
        "too short": (422, "ticket-code-unreadable"),
        "not ours": (422, "ticket-code-unreadable"),
        "of another event": (409, "ticket-of-other-popup"),
        "no such event": (404, "popup-unknown"),
        "their event": (404, "popup-unknown"),
        "not yet": (422, "scan-time-implausible"),
        "long ago": (422, "scan-time-implausible"),
    }
    assert answers["unknown"].json() == answers["another organisation's"].json()
    assert answers["of another event"].json()["popup_name"] == "Winter City"
    for one in (sold, other):
        assert await log(client, acme, one) == []
    assert await log(client, globex, theirs) == []


async def sell_elsewhere(client: httpx.AsyncClient, world: TenantWorld) -> Sold:
    return await sell(client, world, slug="winter-city", name="Winter City")


RETURNED = {"voided": "void", "refunded": "refunds"}


async def return_first(
    client: httpx.AsyncClient, world: TenantWorld, sold: Sold, status: str
) -> None:
    """Let the first ticket of an order admit nobody any more."""
    ticket_id = sold.tickets[0]["id"]
    if status == "voided":
        path = f"/api/v1/tickets/{ticket_id}/void"
        answer = await client.post(path, headers=world.headers)
    else:
        answer = await act_on(
            client, world.headers, sold.payment, "refunds", kind="tickets", ticket_ids=[ticket_id]
        )
    assert answer.is_success, answer.text


@pytest.mark.parametrize("status", RETURNED)
async def test_a_returned_ticket_admits_nobody(
    client: httpx.AsyncClient, acme: TenantWorld, status: str
) -> None:
    sold = await sell(client, acme, 2)
    await return_first(client, acme, sold, status)

    refused = await scan(client, acme.headers, sold)
    other = await scan(client, acme.headers, sold, 1)

    assert kind_of(refused) == (409, "ticket-move-refused")
    assert refused.json()["ticket_status"] == status
    assert refused.json()["detail"] == f"Staff cannot check in a ticket that is {status}"
    assert other.status_code == 200
    assert [row["ticket_id"] for row in await log(client, acme, sold)] == [sold.tickets[1]["id"]]


@pytest.mark.parametrize("status", RETURNED)
async def test_what_a_scanner_saw_in_time_is_recorded_late_and_told_again_unchanged(
    client: httpx.AsyncClient, acme: TenantWorld, status: str
) -> None:
    sold = await sell(client, acme)
    seen, late = told(sold, 0, utc_now()), told(sold, 0, utc_now() - MINUTE)
    first = (await replay(client, acme.headers, sold, [seen])).json()
    await return_first(client, acme, sold, status)
    after = told(sold, 0, utc_now())

    answer = (await replay(client, acme.headers, sold, [seen, late, after])).json()

    assert (answer["recorded"], answer["refused"]) == (2, 1)
    again, earlier, refused = answer["results"]
    assert again["reading"]["scanned_at"] == first["results"][0]["reading"]["scanned_at"]
    assert again["reading"]["ticket_status"] == earlier["reading"]["ticket_status"] == status
    assert (again["reading"]["is_first"], earlier["reading"]["is_first"]) == (False, True)
    assert refused["reading"] is None
    assert refused["problem"]["type"].endswith("/ticket-move-refused")


async def test_a_bad_row_of_a_batch_loses_no_other(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    sold = await sell(client, acme, 2)
    other = await sell_elsewhere(client, acme)
    now = utc_now()
    good = [told(sold, 0, now - 2 * MINUTE), told(sold, 1, now)]
    twice = {**told(sold, 1, now - MINUTE), "scan_id": good[0]["scan_id"]}
    bad = {
        "ticket-code-unreadable": {**told(sold, 0, now), "code": "nonsense"},
        "ticket-code-unknown": {**told(sold, 0, now), "code": "7" * 26},
        "ticket-of-other-popup": told(other, 0, now),
        "scan-time-implausible": told(sold, 0, now + timedelta(days=1)),
        "scan-id-reused": twice,
    }

    answer = await replay(client, acme.headers, sold, [good[0], *bad.values(), good[1]])

    body = answer.json()
    assert answer.status_code == 200, answer.text
    assert (body["recorded"], body["refused"]) == (2, 5)
    assert [row["scan_id"] for row in body["results"]] == [
        one["scan_id"] for one in (good[0], *bad.values(), good[1])
    ]
    problems = [row["problem"] for row in body["results"][1:-1]]
    assert [problem["type"].rpartition("/")[2] for problem in problems] == list(bad)
    assert problems[2]["detail"] == "This ticket is for Winter City"
    assert [body["results"][place]["reading"]["is_first"] for place in (0, -1)] == [True, True]
    assert [row["scan_id"] for row in await log(client, acme, sold)] == [
        one["scan_id"] for one in good
    ]


@pytest.mark.parametrize("size", [0, 501])
async def test_a_batch_has_a_size(client: httpx.AsyncClient, acme: TenantWorld, size: int) -> None:
    sold = await sell(client, acme)

    answer = await replay(client, acme.headers, sold, [told(sold, 0, utc_now())] * size)

    assert kind_of(answer) == (422, "invalid-request")


async def test_only_staff_who_may_write_keep_the_door(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    sold = await sell(client, acme)
    callers: Mapping[str, Headers] = {
        "viewer": acme.viewer_headers,
        "human": acme.human_headers,
        "visitor": acme.public_headers,
        "elsewhere": globex.headers,
    }

    kinds = {name: kind_of(await scan(client, told, sold)) for name, told in callers.items()}

    assert kinds == {
        "viewer": (403, "forbidden"),
        "human": (403, "forbidden"),
        "visitor": (401, "unauthenticated"),
        "elsewhere": (404, "popup-unknown"),
    }
    assert await log(client, acme, sold) == []


async def test_one_humans_tickets_are_not_anothers(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    sold = await sell(client, acme)
    (eve,) = await make_crowd(acme, settings, sold.popup, 1)
    path = f"/api/v1/tickets/mine/{sold.tickets[0]['id']}"

    mine = await client.get(path, headers=acme.human_headers)
    hers = await client.get(path, headers=eve.headers)

    assert mine.json() == sold.tickets[0]
    assert kind_of(hers) == (404, "ticket-not-there")
    assert await own_tickets(client, eve.headers, sold.popup_id) == []


async def test_a_voided_place_is_free_unless_somebody_came(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    sold = await sell(client, acme, 3)
    await scan(client, acme.headers, sold, 0)
    paths = [f"/api/v1/tickets/{ticket['id']}/void" for ticket in sold.tickets]

    used = await client.post(paths[0], headers=acme.headers)
    after_used = await stock(acme, sold.product["id"])
    unused = await client.post(paths[1], headers=acme.headers)
    after_unused = await stock(acme, sold.product["id"])
    again = await client.post(paths[1], headers=acme.headers)

    assert [used.json()["status"], unused.json()["status"]] == ["voided", "voided"]
    assert unused.json()["voided_at"] is not None
    assert (after_used, after_unused) == ([(0, 3)], [(0, 2)])
    assert kind_of(again) == (409, "ticket-move-refused")
    assert await stock(acme, sold.product["id"]) == [(0, 2)]
