"""What tests of exchanges share: buyers with passes, and what they ask for."""

from collections.abc import Iterable
from uuid import UUID, uuid4

import httpx
from sqlmodel import col, select

from app.api.application.models import Application
from app.api.attendee.models import Attendee
from app.api.attendee.party import AttendeeCategory
from app.api.payment.models import CreditEntry, Payment
from app.api.ticket.models import CheckIn, Ticket
from app.core.security import utc_now
from tests.api.payment.buying import Buyer, Json, act_on, ordered
from tests.worlds import TenantWorld


async def bought(
    client: httpx.AsyncClient, world: TenantWorld, buyer: Buyer, *products: Json, **cart: object
) -> Json:
    """Order one of each and have it paid."""
    payment = await ordered(client, buyer, buyer.cart(*products, **cart))
    if payment["status"] == "approved":
        return payment
    answer = await act_on(client, world.headers, payment, "approve")
    assert answer.status_code == 200, answer.text
    paid: Json = answer.json()
    return paid


async def passes(client: httpx.AsyncClient, buyer: Buyer) -> dict[str, Json]:
    """Return a buyer's tickets by id, as they read them."""
    answer = await client.get("/api/v1/tickets/mine?limit=100", headers=buyer.headers)
    assert answer.status_code == 200, answer.text
    return {ticket["id"]: ticket for ticket in answer.json()["results"]}


def of(tickets: dict[str, Json], *products: Json, status: str = "issued") -> list[str]:
    """Return the ids of tickets of some products, oldest first."""
    wanted = {product["id"] for product in products}
    return sorted(
        key
        for key, ticket in tickets.items()
        if ticket["product_id"] in wanted and ticket["status"] == status
    )


def swap(buyer: Buyer, given: Iterable[str], *products: Json, **changes: object) -> Json:
    """Return what is asked for: some tickets go, one of each product comes."""
    return {**buyer.cart(*products, **changes), "ticket_ids": list(given)}


async def exchange(
    client: httpx.AsyncClient, buyer: Buyer, body: Json, *, key: str | None = None
) -> httpx.Response:
    """Ask for an exchange."""
    headers = {**buyer.headers, "Idempotency-Key": key or str(uuid4())}
    return await client.post("/api/v1/payments/exchange", headers=headers, json=body)


async def exchanged(client: httpx.AsyncClient, buyer: Buyer, body: Json) -> Json:
    """Ask for an exchange that is taken."""
    answer = await exchange(client, buyer, body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def looked_at(client: httpx.AsyncClient, buyer: Buyer, body: Json) -> httpx.Response:
    """Ask what an exchange would cost."""
    path = "/api/v1/payments/exchange/preview"
    return await client.post(path, headers=buyer.headers, json=body)


def refused_as(answer: httpx.Response) -> tuple[int, str]:
    """Return how a request was refused."""
    return answer.status_code, str(answer.json()["type"]).rpartition("/")[2]


async def balance(world: TenantWorld, buyer: Buyer) -> int:
    """Return the balance, having held it against its ledger."""
    async with world.session() as session:
        entries = select(CreditEntry.amount_minor).where(
            col(CreditEntry.application_id) == buyer.application_id
        )
        ledger = sum((await session.exec(entries)).all())
        kept = select(Application.credit_minor).where(col(Application.id) == buyer.application_id)
        assert (await session.exec(kept)).one() == ledger
    return ledger


async def worth(world: TenantWorld, buyer: Buyer) -> int:
    """Return what a buyer has of all they paid: live passes and credit."""
    async with world.session() as session:
        values = select(Ticket.value_minor).where(
            col(Ticket.human_id) == buyer.human_id, col(Ticket.status) == "issued"
        )
        live = sum((await session.exec(values)).all())
    return live + await balance(world, buyer)


async def order_row(world: TenantWorld, payment: Json) -> Payment:
    """Return an order as it is stored."""
    async with world.session() as session:
        found = select(Payment).where(col(Payment.id) == UUID(str(payment["id"])))
        return (await session.exec(found)).one()


async def seen(world: TenantWorld, ticket_id: str) -> None:
    """Plant a scan: somebody has come in with a ticket."""
    async with world.session() as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, UUID(ticket_id)))
        session.add(
            CheckIn(
                popup_id=ticket.popup_id,
                ticket_id=ticket.id,
                scan_id=uuid4(),
                scanned_at=utc_now(),
                received_at=utc_now(),
                scanner="gate",
            )
        )


async def companion(world: TenantWorld, popup: Json, buyer: Buyer) -> Buyer:
    """Plant somebody who comes with a buyer; returns the buyer as one who shops for them."""
    person = Attendee(
        id=uuid4(),
        popup_id=UUID(str(popup["id"])),
        application_id=buyer.application_id,
        owner_id=buyer.human_id,
        category=AttendeeCategory.SPOUSE,
        name="Grace",
    )
    async with world.session() as session:
        session.add(person)
        await session.flush()
    async with world.session() as session:
        found = (await session.exec(select(Attendee).where(Attendee.name == "Grace"))).one()
    return Buyer(buyer.human_id, buyer.application_id, found.id, buyer.headers)
