"""An invited address signs up: what its groups' invitations become, and its seats."""

from uuid import UUID

import httpx

from app.core.security import utc_now
from app.services import invitations
from tests.api.group.test_joining import add, applications, make_human, members, taken
from tests.api.payment.buying import open_popup
from tests.factories import Json, change, make_group
from tests.worlds import TenantWorld

NEW = "new@example.com"


async def sign_up(client: httpx.AsyncClient, world: TenantWorld) -> UUID:
    """Make the account of the invited address; the caller says when its invitations count."""
    return UUID(str((await make_human(client, world, NEW))["id"]))


async def invited(client: httpx.AsyncClient, world: TenantWorld) -> tuple[Json, Json, UUID]:
    """Make a popup and a group with one seat, held for somebody who has an account since."""
    popup = await open_popup(client, world)
    group = await make_group(client, world, popup, seats=1)
    await add(client, world, group, NEW)
    return popup, group, await sign_up(client, world)


async def accept(world: TenantWorld, human_id: UUID) -> None:
    async with world.session() as session:
        await invitations.accept_all(session, utc_now(), "https://portal.example.com", human_id)


async def statuses(client: httpx.AsyncClient, world: TenantWorld, group: Json) -> list[str]:
    path = f"/api/v1/groups/{group['id']}/invitations"
    listed = await client.get(path, headers=world.headers)
    return [row["status"] for row in listed.json()["results"]]


async def test_every_group_of_the_organisation_counts_and_none_of_another(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    first, second = [
        await make_group(
            client, acme, await open_popup(client, acme, slug=slug), seats=1, slug=slug
        )
        for slug in ("first", "second")
    ]
    foreign = await make_group(client, globex, await open_popup(client, globex), seats=1)
    for world, group in ((acme, first), (acme, second), (globex, foreign)):
        await add(client, world, group, NEW)

    await accept(acme, await sign_up(client, acme))

    assert await statuses(client, acme, first) == ["accepted"]
    assert await statuses(client, acme, second) == ["accepted"]
    assert await statuses(client, globex, foreign) == ["open"]
    assert (await members(acme), await members(globex)) == (2, 0)
    assert await taken(globex, foreign) == 1


async def test_a_closed_group_keeps_its_invitation_until_it_opens(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup, group, human = await invited(client, acme)
    await change(client, acme, f"groups/{group['id']}", is_active=False)

    await accept(acme, human)
    kept = (await statuses(client, acme, group), await members(acme), await taken(acme, group))
    await change(client, acme, f"groups/{group['id']}", is_active=True)
    await accept(acme, human)
    await accept(acme, human)

    assert kept == (["open"], 0, 1)
    assert await statuses(client, acme, group) == ["accepted"]
    assert (await members(acme), await taken(acme, group)) == (1, 1)
    assert await applications(acme, popup) == [("accepted", True)]


async def test_whoever_may_not_come_leaves_their_seat_to_others(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    _, group, human = await invited(client, acme)
    await change(client, acme, f"humans/{human}", is_red_flagged=True)

    await accept(acme, human)

    assert await statuses(client, acme, group) == ["revoked"]
    assert (await members(acme), await taken(acme, group)) == (0, 0)
    assert (await add(client, acme, group, "other@example.com")).json()["outcome"] == "invited"


async def test_an_account_that_is_gone_by_then_joins_nothing(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    group = await make_group(client, acme, await open_popup(client, acme), seats=1)
    await add(client, acme, group, NEW)

    await accept(acme, UUID(int=7))

    assert await statuses(client, acme, group) == ["open"]
    assert await members(acme) == 0
