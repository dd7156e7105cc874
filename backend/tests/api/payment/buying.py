"""What tests of checkout share: a popup with products, and humans who may buy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid4

import httpx
from sqlalchemy import func
from sqlmodel import SQLModel, col, select

from app.api.allotment.models import Allotment, AllotmentKind
from app.api.application.lifecycle import ApplicationStatus
from app.api.application.models import Application, FormVersion
from app.api.attendee.models import Attendee
from app.api.attendee.party import AttendeeCategory
from app.api.coupon.models import Coupon
from app.api.human.models import Human
from app.api.shared.enums import CredentialType
from app.core.config import Settings
from app.core.security import utc_now
from app.core.tenant_db import PlatformContext
from app.services import allotments
from tests.factories import make_popup
from tests.worlds import Headers, TenantWorld, logged_in

Json: TypeAlias = dict[str, object]

LATER: Json = {"starts_on": "2100-06-01", "ends_on": "2100-06-30", "status": "active"}


@dataclass(frozen=True)
class Buyer:
    """A human with an accepted application, who is their own attendee."""

    human_id: UUID
    application_id: UUID
    attendee_id: UUID
    headers: Headers

    def cart(self, *products: Json, **changes: object) -> Json:
        """Return a cart of one unit each."""
        lines = [
            {"product_id": product["id"], "attendee_id": str(self.attendee_id), "quantity": 1}
            for product in products
        ]
        return {"application_id": str(self.application_id), "lines": lines, **changes}


async def open_popup(client: httpx.AsyncClient, world: TenantWorld, **changes: object) -> Json:
    """Create a popup that sells."""
    return await make_popup(client, world, **{**LATER, **changes})


async def make_buyer(world: TenantWorld, popup: Json, **changes: object) -> Buyer:
    """Accept an application of the world's own human."""
    buyer = Buyer(world.human_id, uuid4(), uuid4(), world.human_headers)
    await accept(world, popup, buyer, **changes)
    return buyer


async def make_crowd(
    world: TenantWorld, settings: Settings, popup: Json, size: int, *, name: str = "buyer"
) -> list[Buyer]:
    """Accept applications of many humans, each logged in."""
    humans = [
        Human(tenant_id=world.tenant_id, email=f"{name}-{number}@example.com")
        for number in range(size)
    ]
    async with world.database.platform(PlatformContext("system:test")) as session:
        session.add_all(humans)
        await session.flush()
        crowd = [
            Buyer(
                human.id,
                uuid4(),
                uuid4(),
                await logged_in(
                    session, settings, CredentialType.HUMAN, human.id, "HUMAN", world.tenant_id
                ),
            )
            for human in humans
        ]
    await accept_all(world, popup, crowd)
    return crowd


async def accept(world: TenantWorld, popup: Json, buyer: Buyer, **changes: object) -> None:
    """Plant an accepted application with its main attendee."""
    await accept_all(world, popup, [buyer], **changes)


async def accept_all(
    world: TenantWorld, popup: Json, buyers: Sequence[Buyer], **changes: object
) -> None:
    """Plant the accepted application of each, with its main attendee."""
    popup_id = UUID(str(popup["id"]))
    async with world.session() as session:
        known = select(FormVersion).where(col(FormVersion.popup_id) == popup_id)
        if (await session.exec(known)).first() is None:
            session.add(FormVersion(popup_id=popup_id, version="v1", document={}))
            await session.flush()
        applications = [_accepted(popup_id, buyer) for buyer in buyers]
        for application in applications:
            for name, value in changes.items():
                setattr(application, name, value)
        session.add_all(applications)
        await session.flush()
        session.add_all([_attending(popup_id, buyer) for buyer in buyers])


def _accepted(popup_id: UUID, buyer: Buyer) -> Application:
    return Application(
        id=buyer.application_id,
        popup_id=popup_id,
        human_id=buyer.human_id,
        status=ApplicationStatus.ACCEPTED,
        form_version="v1",
    )


def _attending(popup_id: UUID, buyer: Buyer) -> Attendee:
    return Attendee(
        id=buyer.attendee_id,
        popup_id=popup_id,
        application_id=buyer.application_id,
        owner_id=buyer.human_id,
        human_id=buyer.human_id,
        category=AttendeeCategory.MAIN,
        name="Ada",
    )


async def make_coupon(world: TenantWorld, popup: Json, **changes: object) -> UUID:
    """Plant a coupon of half the price, with as many uses as are wanted."""
    popup_id = UUID(str(popup["id"]))
    coupon = Coupon(popup_id=popup_id, code="HALF", percent=50)
    for name, value in changes.items():
        setattr(coupon, name, value)
    async with world.session() as session:
        session.add(coupon)
        await session.flush()
        await allotments.set_limit(
            session,
            coupon.id,
            popup_id=popup_id,
            kind=AllotmentKind.COUPON,
            limit=coupon.max_uses,
        )
    return coupon.id


async def buy(
    client: httpx.AsyncClient, buyer: Buyer, cart: Json, *, key: str | None = None
) -> httpx.Response:
    """Order a cart."""
    headers = {**buyer.headers, "Idempotency-Key": key or str(uuid4())}
    return await client.post("/api/v1/payments", headers=headers, json=cart)


async def ordered(client: httpx.AsyncClient, buyer: Buyer, cart: Json) -> Json:
    """Order a cart that is taken."""
    response = await buy(client, buyer, cart)
    assert response.status_code == 201, response.text
    made: Json = response.json()
    return made


async def act_on(
    client: httpx.AsyncClient, headers: Headers, payment: Json, event: str, **body: object
) -> httpx.Response:
    """Approve, reject, cancel or refund an order as staff."""
    path = f"/api/v1/payments/{payment['id']}/{event}"
    told = {**headers, "Idempotency-Key": str(uuid4())}
    return await client.post(path, headers=told, json=body or None)


async def stock(world: TenantWorld, *ids: object) -> list[tuple[int, int]]:
    """Return what is held and sold of each."""
    wanted = [UUID(str(one)) for one in ids]
    async with world.session() as session:
        rows = (await session.exec(select(Allotment).where(col(Allotment.id).in_(wanted)))).all()
    found = {row.id: (row.held, row.taken) for row in rows}
    return [found[one] for one in wanted]


async def rows_of(world: TenantWorld) -> Mapping[str, int]:
    """Count every row an order leaves, so that one can see that nothing was written."""
    names = (
        "payments",
        "payment_lines",
        "exchanged_tickets",
        "holds",
        "tickets",
        "credit_entries",
        "refunds",
        "mail_messages",
        "idempotency_keys",
    )
    tables = {name: SQLModel.metadata.tables[f"app.{name}"] for name in names}
    async with world.session() as session:
        return {
            name: (
                await session.exec(select(func.count()).where(table.c.tenant_id == world.tenant_id))
            ).one()
            for name, table in tables.items()
        }


async def let_time_pass(world: TenantWorld) -> None:
    """Make every order overdue, and every hold lapse."""
    past: datetime = utc_now() - timedelta(minutes=1)
    async with world.database.platform(PlatformContext("system:test")) as session:
        await session.fetch("UPDATE app.payments SET expires_at = %(at)s", {"at": past})
        await session.fetch("UPDATE app.holds SET expires_at = %(at)s", {"at": past})
