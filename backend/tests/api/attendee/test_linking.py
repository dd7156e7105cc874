"""Attendees meet the accounts behind their addresses, within one organisation."""

from uuid import UUID

import httpx
import pytest
from sqlmodel import col, select

from app.api.attendee.models import Attendee
from app.api.human.models import Human
from app.core.config import Settings
from app.core.tenant_db import PlatformContext
from app.services.accounts import FORGOTTEN
from tests.api.payment.buying import make_buyer, open_popup
from tests.database import Database
from tests.factories import Json
from tests.logins import Entrance, bearer
from tests.worlds import TenantWorld

FAMILY: Json = {"allows_spouse": True, "allows_children": True}
TYPED = "Bo@X.Example"
ADDRESS = "bo@x.example"


@pytest.fixture
def entrance(client: httpx.AsyncClient, settings: Settings, database: Database) -> Entrance:
    """The doors of the API."""
    return Entrance(client, settings, database)


async def bring(client: httpx.AsyncClient, world: TenantWorld, **changes: object) -> str:
    """Let the world's human bring a companion; return the path of both."""
    buyer = await make_buyer(world, await open_popup(client, world, **FAMILY))
    path = f"/api/v1/applications/mine/{buyer.application_id}/attendees"
    body = {"category": "kid", "name": "Bo", **changes}
    made = await client.post(path, headers=world.human_headers, json=body)
    assert made.status_code == 201, made.text
    return f"{path}/{made.json()['id']}"


async def linked(world: TenantWorld, name: str = "Bo") -> list[UUID | None]:
    async with world.session() as session:
        companions = select(Attendee.human_id).where(col(Attendee.name) == name)
        return list((await session.exec(companions)).all())


async def human_of(world: TenantWorld, address: str) -> UUID:
    async with world.session() as session:
        return (await session.exec(select(Human.id).where(col(Human.email) == address))).one()


async def test_first_code_links_companions_of_that_address_here_alone(
    client: httpx.AsyncClient, entrance: Entrance, acme: TenantWorld, globex: TenantWorld
) -> None:
    await bring(client, acme, email=TYPED)
    await bring(client, globex, email=ADDRESS)
    assert (await linked(acme), await linked(globex)) == ([None], [None])

    await entrance.ask(TYPED, acme.tenant_id)
    code = entrance.code(ADDRESS, acme.tenant_id)
    entered = await entrance.type(TYPED, code, acme.tenant_id)

    assert entered.status_code == 200
    assert await linked(acme) == [await human_of(acme, ADDRESS)]
    assert await linked(globex) == [None]


async def test_wrong_code_links_nobody(
    client: httpx.AsyncClient, entrance: Entrance, acme: TenantWorld
) -> None:
    await bring(client, acme, email=ADDRESS)

    await entrance.ask(ADDRESS, acme.tenant_id)
    wrong = await entrance.type(ADDRESS, "000000", acme.tenant_id)

    assert (wrong.status_code, await linked(acme)) == (401, [None])


async def test_address_given_later_links_the_account_there_is(
    client: httpx.AsyncClient, entrance: Entrance, acme: TenantWorld, globex: TenantWorld
) -> None:
    await entrance.log_in(ADDRESS, acme.tenant_id)
    await entrance.log_in(ADDRESS, globex.tenant_id)
    path = await bring(client, acme)

    async def readdress(email: str | None) -> list[UUID | None]:
        answer = await client.patch(path, headers=acme.human_headers, json={"email": email})
        assert answer.status_code == 200, answer.text
        assert "human_id" not in answer.json()
        return await linked(acme)

    assert await linked(acme) == [None]
    assert await readdress(TYPED) == [await human_of(acme, ADDRESS)]
    assert await readdress("nobody@x.example") == [None]
    assert await readdress(ADDRESS) == [await human_of(acme, ADDRESS)]
    assert await readdress(None) == [None]


async def test_who_is_linked_already_stays_so(
    client: httpx.AsyncClient, entrance: Entrance, acme: TenantWorld
) -> None:
    await entrance.log_in(ADDRESS, acme.tenant_id)
    await bring(client, acme, email=ADDRESS)
    first = await human_of(acme, ADDRESS)
    closed = await client.delete(f"/api/v1/humans/{first}", headers=acme.headers)
    assert closed.status_code == 204

    await entrance.log_in(ADDRESS, acme.tenant_id)

    assert await linked(acme, FORGOTTEN) == [first]
    assert await human_of(acme, ADDRESS) != first


async def test_linked_companion_reads_nothing_of_the_applicants(
    client: httpx.AsyncClient, entrance: Entrance, acme: TenantWorld
) -> None:
    path = await bring(client, acme, email=ADDRESS)
    headers = bearer(await entrance.log_in(ADDRESS, acme.tenant_id))

    party = await client.get(path.rpartition("/")[0], headers=headers)
    changed = await client.patch(path, headers=headers, json={"name": "Z"})

    assert (party.status_code, changed.status_code) == (404, 404)
    async with acme.database.platform(PlatformContext("system:test")) as session:
        assert (await session.fetch("SELECT count(*) FROM app.attendees WHERE name = 'Z'"))[0] == (
            0,
        )
