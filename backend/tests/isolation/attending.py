"""Makes accepted applications, orders, tickets, and those who come with them."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlmodel import col, select

from app.api.attendee.models import Attendee
from app.core.security import utc_now
from tests.isolation.hosting import CART

if TYPE_CHECKING:
    from tests.isolation.makers import Harvest


ANSWERS = {"first_name": "Ada", "last_name": "Lovelace"}


async def accepted_application_id(harvest: "Harvest") -> str:
    """One that was accepted at once, with the human as its attendee."""
    body: dict[str, object] = {"popup_id": await harvest.value("popup_id"), "answers": ANSWERS}
    made = str((await harvest.post("applications/mine", body, harvest.human))["id"])
    await harvest.move(f"applications/mine/{made}/submit", harvest.human)
    return made


async def attendee_id(harvest: "Harvest") -> str:
    """The human, as who comes."""
    application = UUID(await harvest.value("accepted_application_id"))
    statement = select(Attendee.id).where(col(Attendee.application_id) == application)
    async with harvest.world.session() as session:
        return str((await session.exec(statement)).one())


async def payment_id(harvest: "Harvest") -> str:
    """One that is not paid yet, and will be by hand, whatever accounts there are by now."""
    await harvest.put("provider-accounts/manual", {})
    cart = await harvest.filled(CART)
    assert isinstance(cart, dict)
    cart["provider"] = "manual"
    headers = {**harvest.human, "Idempotency-Key": await harvest.anew("unique")}
    return str((await harvest.post("payments", cart, headers))["id"])


async def approved_payment_id(harvest: "Harvest") -> str:
    made = await harvest.anew("payment_id")
    await harvest.move(f"payments/{made}/approve")
    return made


async def ticket_id(harvest: "Harvest") -> str:
    """One that the human has bought."""
    await harvest.value("approved_payment_id")
    path = f"/api/v1/tickets/mine?popup_id={await harvest.value('popup_id')}"
    answer = await harvest.arena.client.get(path, headers=harvest.human)
    (ticket,) = answer.json()["results"]
    harvest.preset("ticket_code", ticket["code"])
    return str(ticket["id"])


async def ticket_code(harvest: "Harvest") -> str:
    await harvest.value("ticket_id")
    return await harvest.value("ticket_code")


async def scan_id(_: "Harvest") -> str:
    return str(uuid4())


async def moment(_: "Harvest") -> str:
    return utc_now().isoformat()


async def check_in_ticket_id(harvest: "Harvest") -> str:
    """A ticket that was seen at the door."""
    ticket = await harvest.value("ticket_id")
    popup, code = await harvest.value("popup_id"), await harvest.value("ticket_code")
    await harvest.post("attendees/check-in", {"popup_id": popup, "code": code})
    return ticket


async def family_popup_id(harvest: "Harvest") -> str:
    popup = await harvest.anew("popup_id")
    await harvest.move(f"popups/{popup}", allows_spouse=True, allows_children=True)
    return popup


async def family_application_id(harvest: "Harvest") -> str:
    """A draft of the human's to a popup that lets families come."""
    popup = await harvest.value("family_popup_id")
    body: dict[str, object] = {"popup_id": popup, "answers": ANSWERS}
    return str((await harvest.post("applications/mine", body, harvest.human))["id"])


async def attended_popup_id(harvest: "Harvest") -> str:
    """A popup that has accepted the human."""
    popup = await harvest.anew("popup_id")
    body: dict[str, object] = {"popup_id": popup, "answers": ANSWERS}
    made = str((await harvest.post("applications/mine", body, harvest.human))["id"])
    await harvest.move(f"applications/mine/{made}/submit", harvest.human)
    return popup


async def companion_attendee_id(harvest: "Harvest") -> str:
    application = await harvest.value("family_application_id")
    body: dict[str, object] = {"category": "kid", "name": "Bo"}
    path = f"applications/mine/{application}/attendees"
    return str((await harvest.post(path, body, harvest.human))["id"])


ATTENDING = (
    *(accepted_application_id, attendee_id, payment_id, approved_payment_id),
    *(ticket_id, ticket_code, scan_id, moment, check_in_ticket_id),
    *(family_popup_id, family_application_id, companion_attendee_id, attended_popup_id),
)
"""What each of these makes is named like it."""
