"""Makes accounts at payment providers, and orders that are paid on their pages.

Accounts are left switched off, so that other orders are paid by hand.
"""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import httpx
from sqlmodel import col, select

from app.api.payment.models import Refund, WebhookEvent
from app.services import sending_back

if TYPE_CHECKING:
    from tests.isolation.makers import Harvest

CART: dict[str, object] = {
    "application_id": "$accepted_application_id",
    "lines": [{"product_id": "$product_id", "attendee_id": "$attendee_id"}],
}


async def provider_account_id(harvest: "Harvest") -> str:
    return str((await harvest.put("provider-accounts/sandbox", {"is_active": False}))["id"])


async def provider(harvest: "Harvest") -> str:
    """The one provider at which an account was opened; every organisation may have one."""
    await harvest.value("provider_account_id")
    return "sandbox"


async def unused_provider(harvest: "Harvest") -> str:
    """One through which nothing was ever paid."""
    body: dict[str, object] = {"is_active": False, "keys": {"api_key": "a-key-that-opens-nothing"}}
    await harvest.put("provider-accounts/simplefi", body)
    return "simplefi"


async def hosted_payment_id(harvest: "Harvest") -> str:
    """An order that is to be paid on a provider's page."""
    cart = await harvest.filled(CART)
    assert isinstance(cart, dict)
    await harvest.put("provider-accounts/sandbox", {})
    headers = {**harvest.human, "Idempotency-Key": uuid4().hex}
    made = await harvest.post("payments", {**cart, "provider": "sandbox"}, headers)
    await harvest.put("provider-accounts/sandbox", {"is_active": False})
    harvest.preset("checkout_path", str(made["checkout_url"]).partition("/api/v1/")[2])
    return str(made["id"])


async def failed_refund_id(harvest: "Harvest") -> str:
    """One that the provider did not send."""
    payment = await harvest.value("hosted_payment_id")
    page = f"/api/v1/{await harvest.value('checkout_path')}/pay"
    assert (await harvest.arena.client.post(page)).status_code == httpx.codes.SEE_OTHER
    headers = {**harvest.world.headers, "Idempotency-Key": uuid4().hex}
    await harvest.post(f"payments/{payment}/refunds", {"kind": "whole"}, headers)
    async with harvest.world.session() as session:
        found = select(Refund).where(col(Refund.payment_id) == UUID(payment))
        refund = (await session.exec(found)).one()
    await sending_back.note_failure(harvest.world.session, refund.id, "planted")
    return str(refund.id)


async def webhook_event_id(harvest: "Harvest") -> str:
    """What was told of that order: its buyer gave up."""
    payment = UUID(await harvest.value("hosted_payment_id"))
    page = f"/api/v1/{await harvest.value('checkout_path')}/cancel"
    assert (await harvest.arena.client.post(page)).status_code == httpx.codes.SEE_OTHER
    async with harvest.world.session() as session:
        found = select(WebhookEvent.id).where(col(WebhookEvent.payment_id) == payment)
        return str((await session.exec(found)).one())


async def deposit_application_id(harvest: "Harvest") -> str:
    """A draft whose popup asks for a deposit, which waits on a provider's page."""
    popup = {
        "name": "Held",
        "slug": uuid4().hex,
        "starts_on": "2100-06-01",
        "ends_on": "2100-06-30",
        "application_deposit_minor": 5_000,
    }
    popup_id = str((await harvest.post("popups", popup))["id"])
    await harvest.move(f"popups/{popup_id}", status="active")
    draft = await harvest.post("applications/mine", {"popup_id": popup_id}, harvest.human)
    made = str(draft["id"])
    await harvest.put("provider-accounts/sandbox", {})
    headers = {**harvest.human, "Idempotency-Key": uuid4().hex}
    hold = await harvest.post(f"applications/mine/{made}/card-hold", {}, headers)
    await harvest.put("provider-accounts/sandbox", {"is_active": False})
    harvest.preset("hold_id", str(hold["id"]))
    return made


async def hold_id(harvest: "Harvest") -> str:
    """The deposit of that application."""
    await harvest.value("deposit_application_id")
    return await harvest.value("hold_id")


HOSTING = (
    *(provider_account_id, provider, unused_provider, hosted_payment_id, failed_refund_id),
    *(webhook_event_id, deposit_application_id, hold_id),
)
"""What each of these makes is named like it."""
