"""What tests of deposits share: a popup that asks for one, applicants, hands on the page."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
from sqlmodel import col, select

from app.api.application.models import Application
from app.api.payment.models import CreditEntry
from app.core.tenant_db import PlatformContext
from app.services.payments.protocol import NoticeKind
from app.services.sandbox import SandboxMessage
from tests.api.payment.buying import Buyer, Json, open_popup
from tests.api.payment.selling import send, take_sandbox
from tests.worlds import Headers, TenantWorld

ANSWERS: Json = {"first_name": "Ada", "last_name": "Lovelace"}
MINE = "/api/v1/applications/mine"
DEPOSIT = 5_000


@dataclass(frozen=True)
class Waiting:
    """An application that wants a deposit, and the hands of its applicant and of staff."""

    client: httpx.AsyncClient
    world: TenantWorld
    popup: Json
    application: Json
    headers: Headers

    async def ask(self, key: str | None = None, **body: object) -> httpx.Response:
        """Ask for the page on which the deposit is held."""
        headers = {**self.headers, "Idempotency-Key": key or str(uuid4())}
        path = f"{MINE}/{self.application['id']}/card-hold"
        return await self.client.post(path, headers=headers, json=body)

    async def opened(self) -> Json:
        """Have a page."""
        answer = await self.ask()
        assert answer.status_code == 200, answer.text
        made: Json = answer.json()
        return made

    async def held(self) -> Json:
        """Have the deposit held."""
        hold = await self.opened()
        assert (await self.press(hold, "pay")).status_code == 303
        return hold

    async def submitted(self) -> Json:
        """Have the deposit held, and submit."""
        hold = await self.held()
        answer = await self.move("submit")
        assert answer.status_code == 200, answer.text
        return hold

    async def move(self, event: str) -> httpx.Response:
        """Submit, withdraw or resume, as the applicant."""
        path = f"{MINE}/{self.application['id']}/{event}"
        return await self.client.post(path, headers=self.headers)

    async def decide(self, event: str) -> None:
        """Accept, reject or reopen, as staff."""
        path = f"/api/v1/applications/{self.application['id']}/{event}"
        answer = await self.client.post(path, headers=self.world.headers)
        assert answer.status_code == 200, answer.text

    async def press(self, hold: Json, action: str) -> httpx.Response:
        """Press a button of the deposit's page."""
        page = httpx.URL(str(hold["checkout_url"])).raw_path.decode()
        return await self.client.post(f"{page}/{action}")

    async def now(self) -> list[Json]:
        """Read the deposits as their applicant does, the oldest first."""
        path = f"/api/v1/card-holds/mine?application_id={self.application['id']}&sort=created_at"
        answer = await self.client.get(path, headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["results"]
        return found

    async def statuses(self) -> list[object]:
        """Return where each deposit stands, the oldest first."""
        return [hold["status"] for hold in await self.now()]

    async def status(self) -> object:
        """Return where the application stands."""
        path = f"{MINE}/{self.application['id']}"
        return (await self.client.get(path, headers=self.headers)).json()["status"]

    async def credit(self) -> tuple[int, list[int]]:
        """Return the application's store credit, and the entries that sum to it."""
        application_id = UUID(str(self.application["id"]))
        async with self.world.session() as session:
            balance = select(Application.credit_minor).where(col(Application.id) == application_id)
            entries = select(CreditEntry.amount_minor).order_by(col(CreditEntry.id))
            ours = entries.where(col(CreditEntry.application_id) == application_id)
            return (
                (await session.exec(balance)).one(),
                list((await session.exec(ours)).all()),
            )

    async def buyer(self) -> Buyer:
        """Return the applicant as one who buys for themselves."""
        path = f"{MINE}/{self.application['id']}/attendees"
        (ada,) = (await self.client.get(path, headers=self.headers)).json()["results"]
        application_id = UUID(str(self.application["id"]))
        return Buyer(self.world.human_id, application_id, UUID(ada["id"]), self.headers)

    async def tell(self, hold: Json, kind: NoticeKind, **changes: object) -> str:
        """Send a signed notice of the sandbox's, and return what came of it."""
        reference = str(hold["checkout_url"]).rpartition("/")[2]
        values: Json = {
            "event_id": str(uuid4()),
            "kind": kind,
            "reference": reference,
            "amount_minor": hold["amount_minor"],
            "currency": hold["currency"],
            **changes,
        }
        answer = await send(self.client, self.world, SandboxMessage.model_validate(values))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["outcome"])


async def asking_popup(client: httpx.AsyncClient, world: TenantWorld, **changes: object) -> Json:
    """Make a popup with a deposit, whose applications are judged; the sandbox holds it."""
    await take_sandbox(client, world)
    popup = await open_popup(client, world, application_deposit_minor=DEPOSIT, **changes)
    path = f"/api/v1/approval-strategies/{popup['id']}"
    put = await client.put(path, headers=world.headers, json={"kind": "any_reviewer"})
    assert put.status_code == 200, put.text
    return popup


async def applying(
    client: httpx.AsyncClient, world: TenantWorld, popup: Json, headers: Headers | None = None
) -> Waiting:
    """Start an application of the world's human, or of whoever is named."""
    body: Json = {"popup_id": popup["id"], "answers": ANSWERS}
    applicant = headers or world.human_headers
    answer = await client.post(MINE, headers=applicant, json=body)
    assert answer.status_code == 201, answer.text
    return Waiting(client, world, popup, answer.json(), applicant)


async def waiting(client: httpx.AsyncClient, world: TenantWorld) -> Waiting:
    """Start an application to a popup with a deposit."""
    return await applying(client, world, await asking_popup(client, world))


async def at_sandbox(world: TenantWorld) -> list[str]:
    """Return how each checkout stands at the sandbox."""
    async with world.database.platform(PlatformContext("system:test")) as session:
        rows = await session.fetch("SELECT status FROM app.sandbox_checkouts ORDER BY id", {})
    return [str(row[0]) for row in rows]


async def let_pages_lapse(world: TenantWorld) -> None:
    """Make every deposit's page overdue."""
    async with world.database.platform(PlatformContext("system:test")) as session:
        await session.fetch(
            "UPDATE app.card_holds SET expires_at = now() - interval '1 minute'", {}
        )
