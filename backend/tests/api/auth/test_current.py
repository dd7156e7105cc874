"""Who is calling, as an endpoint that depends on it learns it."""

from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.api.human.models import Human
from app.api.tenant.models import Tenant, TenantStatus
from app.api.user.models import User
from app.core.db import Database
from app.core.dependencies.users import CurrentHuman, CurrentTenant, CurrentUser
from app.core.security import utc_now
from app.core.tenant_db import PlatformContext
from tests.probing import kind_of
from tests.worlds import Headers, TenantWorld


async def read_user(user: CurrentUser) -> dict[str, str | None]:
    return {"id": str(user.id), "role": user.role, "of": str(user.tenant_id), "email": user.email}


async def read_human(human: CurrentHuman) -> dict[str, str | None]:
    return {"id": str(human.id), "of": str(human.tenant_id), "email": human.email}


async def read_tenant(tenant: CurrentTenant) -> dict[str, str | None]:
    return {"id": str(tenant.id), "slug": tenant.slug}


@pytest.fixture(autouse=True)
def routes(app: FastAPI) -> None:
    app.get("/current/user")(read_user)
    app.get("/current/human")(read_human)
    app.get("/current/tenant")(read_tenant)


async def set_gone(pools: Database, model: type[User | Human], row_id: UUID) -> None:
    """Delete an account, with its login sessions left as they were."""
    async with pools.platform(PlatformContext("system:test")) as session:
        table = model.__tablename__
        await session.fetch(
            f"UPDATE app.{table} SET deleted_at = %(now)s WHERE id = %(id)s",  # noqa: S608  # a name of ours
            {"now": utc_now(), "id": row_id},
        )


async def test_a_member_of_staff_is_told_with_their_organisation(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    for world in (acme, globex):
        admin = await client.get("/current/user", headers=world.headers)
        viewer = await client.get("/current/user", headers=world.viewer_headers)

        of = str(world.tenant_id)
        assert [admin.json(), viewer.json()] == [
            {"id": str(world.admin_id), "role": "ADMIN", "of": of, "email": "admin@example.com"},
            {"id": str(world.viewer_id), "role": "VIEWER", "of": of, "email": "viewer@example.com"},
        ]


async def test_an_operator_acts_without_being_on_the_staff(
    client: httpx.AsyncClient, acme: TenantWorld, operator_headers: Headers
) -> None:
    answer = await client.get("/current/user", headers=operator_headers | acme.public_headers)

    assert answer.json()["role"] == "SUPERADMIN"
    assert (answer.json()["of"], answer.json()["email"]) == (str(acme.tenant_id), None)


async def test_an_attendee_is_told_with_their_organisation(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    for world in (acme, globex):
        answer = await client.get("/current/human", headers=world.human_headers)

        assert answer.json() == {
            "id": str(world.human_id),
            "of": str(world.tenant_id),
            "email": "human@example.com",
        }


async def test_neither_is_taken_for_the_other(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    human = await client.get("/current/user", headers=acme.human_headers)
    user = await client.get("/current/human", headers=acme.headers)
    nobody = await client.get("/current/user")

    assert [kind_of(human), kind_of(user)] == [(403, "forbidden")] * 2
    assert kind_of(nobody) == (401, "unauthenticated")


async def test_an_account_that_is_gone_is_nobody_although_its_session_stands(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, pools: Database
) -> None:
    await set_gone(pools, User, acme.admin_id)
    await set_gone(pools, Human, acme.human_id)

    user = await client.get("/current/user", headers=acme.headers)
    human = await client.get("/current/human", headers=acme.human_headers)

    assert [kind_of(user), kind_of(human)] == [(401, "unauthenticated")] * 2
    assert (await client.get("/current/user", headers=globex.headers)).status_code == 200
    assert (await client.get("/current/human", headers=globex.human_headers)).status_code == 200


async def test_a_visitor_names_an_organisation_that_is_there(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, pools: Database
) -> None:
    async with pools.platform(PlatformContext("system:test")) as session:
        (await session.get_one(Tenant, globex.tenant_id)).status = TenantStatus.SUSPENDED

    named = await client.get("/current/tenant", headers=acme.public_headers)
    suspended = await client.get("/current/tenant", headers=globex.public_headers)

    assert named.json() == {"id": str(acme.tenant_id), "slug": "acme"}
    assert kind_of(suspended) == (404, "tenant-unknown")
