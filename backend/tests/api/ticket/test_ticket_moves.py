"""Every status, event and actor of a ticket over HTTP: the rules' answer, or nothing changed."""

from datetime import timedelta
from itertools import product

import httpx
import psycopg
import pytest

from app.api.ticket.errors import TicketMoveRefused
from app.api.ticket.lifecycle import TicketActor, TicketEvent, TicketFact, TicketStatus, move
from app.core.security import utc_now
from tests.api.payment.buying import act_on, rows_of, stock
from tests.api.ticket.door import Sold, log, own_tickets, scan, sell
from tests.database import Database as OwnDatabase
from tests.probing import kind_of
from tests.worlds import Headers, TenantWorld

EVENTS = (TicketEvent.CHECK_IN, TicketEvent.VOID, TicketEvent.REFUND)
"""What can be asked for a ticket by itself; exchanges are asked for an order."""

ACTORS = {
    "staff": TicketActor.STAFF,
    "operator": TicketActor.OPERATOR,
    "viewer": None,
    "buyer": None,
}
"""Who asks; whoever stands for no actor may not ask."""

MOMENTS = ("now", "in time")
"""When a scan happened: after the ticket was returned, or before."""

CASES = [
    (status, event, actor, moment, is_used)
    for status, event, actor, is_used in product(TicketStatus, EVENTS, ACTORS, (False, True))
    for moment in (MOMENTS if event is TicketEvent.CHECK_IN else MOMENTS[:1])
]


def planted(database: OwnDatabase, sold: Sold, status: TicketStatus) -> None:
    """Put the first ticket into a status, as the owner of the database can."""
    if status is TicketStatus.ISSUED:
        return
    with psycopg.connect(database.admin_dsn) as owner:
        owner.execute(
            "UPDATE app.tickets SET status = %s, voided_at = %s WHERE id = %s",
            (status, utc_now() - timedelta(minutes=1), sold.tickets[0]["id"]),
        )


async def asked(
    client: httpx.AsyncClient, headers: Headers, sold: Sold, event: TicketEvent, moment: str
) -> httpx.Response:
    """Ask for an event of the first ticket."""
    ticket_id = sold.tickets[0]["id"]
    if event is TicketEvent.VOID:
        return await client.post(f"/api/v1/tickets/{ticket_id}/void", headers=headers)
    if event is TicketEvent.REFUND:
        return await act_on(
            client, headers, sold.payment, "refunds", kind="tickets", ticket_ids=[ticket_id]
        )
    ago = timedelta(minutes=2) if moment == "in time" else timedelta()
    return await scan(client, headers, sold, scanned_at=(utc_now() - ago).isoformat())


def expected(
    status: TicketStatus, event: TicketEvent, actor: str, moment: str, *, is_used: bool
) -> tuple[TicketStatus, tuple[int, str] | None]:
    """Return where the rules leave the ticket, and how whoever asks is refused."""
    facts = {TicketFact.IS_USED} if is_used else set()
    if moment == "in time" and status is not TicketStatus.ISSUED:
        facts.add(TicketFact.WAS_VALID)
    by = ACTORS[actor]
    if by is None:
        return status, (403, "forbidden")
    try:
        return move(status, event, by, facts).to, None
    except TicketMoveRefused:
        # A refund looks for its tickets among those that admit somebody.
        is_refund = event is TicketEvent.REFUND
        return status, (404, "ticket-unknown") if is_refund else (409, "ticket-move-refused")


@pytest.mark.parametrize("is_used", [False, True], ids=["unused", "used"])
@pytest.mark.parametrize("status", TicketStatus)
async def test_every_event_of_every_actor_does_what_the_rules_say_or_nothing(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    database: OwnDatabase,
    operator_headers: Headers,
    status: TicketStatus,
    is_used: bool,
) -> None:
    callers = {
        "staff": acme.headers,
        "operator": {**operator_headers, **acme.public_headers},
        "viewer": acme.viewer_headers,
        "buyer": acme.human_headers,
    }
    cases = [case for case in CASES if case[0] is status and case[4] is is_used]
    found, told = {}, {}
    for number, (_, event, actor, moment, _) in enumerate(cases):
        sold = await sell(client, acme, slug=f"city-{number}")
        if is_used:
            earlier = (utc_now() - timedelta(hours=1)).isoformat()
            assert (await scan(client, acme.headers, sold, scanned_at=earlier)).is_success
        planted(database, sold, status)
        before = (
            await rows_of(acme),
            await stock(acme, sold.product["id"]),
            await log(client, acme, sold),
        )

        answer = await asked(client, callers[actor], sold, event, moment)

        refused = None if answer.is_success else kind_of(answer)
        (ticket,) = await own_tickets(client, acme.human_headers, sold.popup_id)
        name = f"{event} by {actor}, {moment}"
        found[name] = (TicketStatus(ticket["status"]), refused)
        told[name] = expected(status, event, actor, moment, is_used=is_used)
        if refused is not None:
            after = (
                await rows_of(acme),
                await stock(acme, sold.product["id"]),
                await log(client, acme, sold),
            )
            assert after == before, name

    assert found == told
    assert len(found) == len(EVENTS) * len(ACTORS) + len(ACTORS)
