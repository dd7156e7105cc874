"""What tests of providers share: an organisation paid at the sandbox, and hands on its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import httpx
from sqlmodel import col, select

from app.api.payment.models import Payment, WebhookEvent
from app.core.config import Settings
from app.core.security import utc_now
from app.core.tenant_db import PlatformContext
from app.jobs.worker import run_worker
from app.services.payments.protocol import NoticeKind
from app.services.sandbox import SandboxKeys, SandboxMessage
from tests.api.payment.buying import Buyer, Json, make_buyer, open_popup, ordered
from tests.factories import make_product
from tests.worlds import TenantWorld

KEYS = SandboxKeys("the-key-that-signs-the-notices-of-acme")


@dataclass(frozen=True)
class Sale:
    """An order that waits at the sandbox."""

    world: TenantWorld
    buyer: Buyer
    product: Json
    payment: Json

    @property
    def page(self) -> str:
        """The page's path, whatever host serves it."""
        return str(httpx.URL(str(self.payment["checkout_url"])).raw_path.decode())

    @property
    def reference(self) -> str:
        return self.page.rpartition("/")[2]


async def take_sandbox(
    client: httpx.AsyncClient, world: TenantWorld, keys: SandboxKeys = KEYS
) -> None:
    """Let an organisation be paid at the sandbox."""
    body = {"keys": {"signing_key": keys.signing_key}}
    path = "/api/v1/provider-accounts/sandbox"
    answer = await client.put(path, headers=world.headers, json=body)
    assert answer.status_code == 200, answer.text


async def sale(client: httpx.AsyncClient, world: TenantWorld, **product: object) -> Sale:
    """Order one ticket, to be paid at the sandbox."""
    await take_sandbox(client, world)
    popup = await open_popup(client, world)
    week = await make_product(client, world, popup, **{"capacity": 1, **product})
    buyer = await make_buyer(world, popup)
    return Sale(world, buyer, week, await ordered(client, buyer, buyer.cart(week)))


async def press(client: httpx.AsyncClient, made: Sale, action: str) -> httpx.Response:
    """Press a button of the page."""
    return await client.post(f"{made.page}/{action}")


async def now(client: httpx.AsyncClient, made: Sale) -> Json:
    """Read an order as its buyer does."""
    path = f"/api/v1/payments/mine/{made.payment['id']}"
    answer = await client.get(path, headers=made.buyer.headers)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def told(made: Sale, kind: NoticeKind = NoticeKind.PAID, **changes: object) -> SandboxMessage:
    """Return what the sandbox would tell of an order."""
    values: Mapping[str, object] = {
        "event_id": f"{made.reference}:{kind}",
        "kind": kind,
        "reference": made.reference,
        "amount_minor": made.payment["payable_minor"],
        "currency": made.payment["currency"],
        **changes,
    }
    return SandboxMessage.model_validate(values)


async def send(
    client: httpx.AsyncClient,
    world: TenantWorld,
    message: SandboxMessage,
    keys: SandboxKeys = KEYS,
) -> httpx.Response:
    """Send a signed notice over HTTP."""
    headers, body = message.signed(keys)
    path = f"/api/v1/webhooks/sandbox/{world.tenant_id}"
    return await client.post(path, headers=headers, content=body)


async def events(world: TenantWorld) -> list[tuple[str, str]]:
    """Return which notices were written down, and what came of them."""
    async with world.session() as session:
        rows = (await session.exec(select(WebhookEvent).order_by(col(WebhookEvent.id)))).all()
    return [(row.kind, row.outcome) for row in rows]


async def row_of(world: TenantWorld, payment: Json) -> Payment:
    """Return an order as it is stored."""
    async with world.session() as session:
        found = select(Payment).where(col(Payment.id) == UUID(str(payment["id"])))
        return (await session.exec(found)).one()


async def work(world: TenantWorld, settings: Settings) -> None:
    """Let the time pass that jobs wait for, and do them."""
    async with world.database.platform(PlatformContext("system:test")) as session:
        await session.fetch(
            "UPDATE jobs.procrastinate_jobs SET scheduled_at = %(now)s", {"now": utc_now()}
        )
    await run_worker(settings, until_empty=True)


async def mark_paid(made: Sale) -> None:
    """Let the sandbox have the money that the test told of by itself."""
    async with made.world.database.platform(PlatformContext("system:test")) as session:
        await session.fetch("UPDATE app.sandbox_checkouts SET status = 'paid'")


def refunds_in(payment: Json) -> list[Json]:
    """Return the refunds of an order as it was read."""
    found = payment["refunds"]
    assert isinstance(found, list)
    return found
