"""What tests of tickets share: tickets that were bought, and scanners that tell of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import httpx

from tests.api.payment.buying import (
    Buyer,
    Json,
    act_on,
    make_buyer,
    open_popup,
    ordered,
)
from tests.factories import make_product
from tests.worlds import Headers, TenantWorld

READING = {"scan_id", "ticket_id", "ticket_status", "attendee", "product", "scanned_at"} | {
    *("scanner", "is_first", "earlier", "scans", "first_seen_at", "last_seen_before")
}


@dataclass(frozen=True)
class Sold:
    """A popup, what was bought there, and the buyer's own view of the tickets."""

    popup: Json
    product: Json
    buyer: Buyer
    payment: Json
    tickets: Sequence[Mapping[str, str]]

    @property
    def popup_id(self) -> str:
        return str(self.popup["id"])


async def sell(
    client: httpx.AsyncClient, world: TenantWorld, units: int = 1, **popup: object
) -> Sold:
    """Open a popup, and sell the world's human so many units of one product there."""
    opened = await open_popup(client, world, **popup)
    week = await make_product(client, world, opened, capacity=20)
    buyer = await make_buyer(world, opened)
    return await sell_more(client, world, Sold(opened, week, buyer, {}, []), units)


async def sell_more(client: httpx.AsyncClient, world: TenantWorld, sold: Sold, units: int) -> Sold:
    """Sell more units of the same product to the same human, in another order."""
    cart = sold.buyer.cart(*[sold.product] * units)
    payment = await ordered(client, sold.buyer, cart)
    approved = await act_on(client, world.headers, payment, "approve")
    assert approved.status_code == 200, approved.text
    tickets = await own_tickets(client, sold.buyer.headers, sold.popup_id)
    return Sold(sold.popup, sold.product, sold.buyer, approved.json(), tickets)


async def own_tickets(
    client: httpx.AsyncClient, headers: Headers, popup_id: str
) -> list[Mapping[str, str]]:
    """Return one's own tickets with their codes, oldest first."""
    query = f"popup_id={popup_id}&sort=created_at"
    answer = await client.get(f"/api/v1/tickets/mine?{query}", headers=headers)
    found: list[Mapping[str, str]] = answer.json()["results"]
    return found


async def scan(
    client: httpx.AsyncClient, headers: Headers, sold: Sold, ticket: int = 0, **changes: object
) -> httpx.Response:
    """Scan a ticket at its popup's door; what is None is left out."""
    body = {
        "popup_id": sold.popup_id,
        "code": sold.tickets[ticket]["code"],
        "scan_id": str(uuid4()),
        **changes,
    }
    told = {name: value for name, value in body.items() if value is not None}
    return await client.post("/api/v1/attendees/check-in", headers=headers, json=told)


async def replay(
    client: httpx.AsyncClient, headers: Headers, sold: Sold, scans: Sequence[Json]
) -> httpx.Response:
    """Tell a log, or part of it."""
    body = {"popup_id": sold.popup_id, "scans": list(scans)}
    return await client.post("/api/v1/attendees/check-ins", headers=headers, json=body)


def told(sold: Sold, ticket: int, at: datetime, scan_id: UUID | None = None) -> Json:
    """Return one scan of a log."""
    code = sold.tickets[ticket]["code"]
    return {"scan_id": str(scan_id or uuid4()), "code": code, "scanned_at": at.isoformat()}


async def log(client: httpx.AsyncClient, world: TenantWorld, sold: Sold) -> list[Json]:
    """Return the log of a popup's door in its order, without what depends on when it was told."""
    query = f"popup_id={sold.popup_id}&sort=scanned_at"
    answer = await client.get(f"/api/v1/check-ins?{query}", headers=world.headers)
    assert answer.status_code == 200, answer.text
    rows: list[Json] = answer.json()["results"]
    plain = [
        {name: value for name, value in row.items() if name not in {"id", "received_at"}}
        for row in rows
    ]
    return sorted(plain, key=lambda row: (str(row["scanned_at"]), str(row["scan_id"])))
