"""Operators: they make one another, and one of them always stays."""

import asyncio

import httpx
import psycopg
import pytest

from app.core.config import Settings
from tests.database import Database
from tests.logins import Entrance, bearer
from tests.probing import kind_of
from tests.worlds import Headers, TenantWorld

PATH = "/api/v1/operators"


@pytest.fixture
def entrance(client: httpx.AsyncClient, settings: Settings, database: Database) -> Entrance:
    return Entrance(client, settings, database)


async def add(client: httpx.AsyncClient, headers: Headers, email: str) -> httpx.Response:
    return await client.post(PATH, headers=headers, json={"email": email, "name": "Olga"})


async def test_an_operator_lets_another_in_who_logs_in_and_is_listed(
    entrance: Entrance, operator_headers: Headers
) -> None:
    made = await add(entrance.client, operator_headers, "Olga@Example.com")
    taken = await add(entrance.client, operator_headers, "olga@example.com")

    tokens = await entrance.log_in("olga@example.com")
    listed = await entrance.client.get(f"{PATH}?search=OLGA&sort=-email", headers=bearer(tokens))

    assert made.status_code == 201, made.text
    assert kind_of(taken) == (409, "operator-email-taken")
    assert tokens["role"] == "SUPERADMIN"
    assert listed.json()["results"] == [made.json()]
    assert (await entrance.client.get(PATH, headers=operator_headers)).json()["paging"][
        "total"
    ] == 2


async def test_a_removed_operator_stops_at_once_and_may_come_back(
    entrance: Entrance, operator_headers: Headers, acme: TenantWorld
) -> None:
    olga = (await add(entrance.client, operator_headers, "olga@example.com")).json()
    tokens = await entrance.log_in("olga@example.com")
    in_tenant = {**bearer(tokens), **acme.public_headers}

    removed = await entrance.client.delete(f"{PATH}/{olga['id']}", headers=operator_headers)
    again = await entrance.client.delete(f"{PATH}/{olga['id']}", headers=operator_headers)

    assert (removed.status_code, kind_of(again)) == (204, (404, "operator-unknown"))
    for path, headers in (("operators", bearer(tokens)), ("users", in_tenant)):
        stopped = await entrance.client.get(f"/api/v1/{path}", headers=headers)
        assert kind_of(stopped) == (401, "unauthenticated")
    assert (await entrance.refresh(tokens["refresh_token"])).status_code == 401
    await entrance.ask("olga@example.com")
    code = entrance.code("olga@example.com")
    assert (await entrance.type("olga@example.com", code)).status_code == 401
    back = await add(entrance.client, operator_headers, "olga@example.com")
    assert back.json()["id"] != olga["id"]


async def test_the_last_operator_stays_even_when_two_remove_each_other(
    entrance: Entrance, operator_headers: Headers
) -> None:
    client = entrance.client
    me = (await client.get("/api/v1/auth/me", headers=operator_headers)).json()
    alone = await client.delete(f"{PATH}/{me['id']}", headers=operator_headers)
    olga = (await add(client, operator_headers, "olga@example.com")).json()
    hers = bearer(await entrance.log_in("olga@example.com"))

    answers = await asyncio.gather(
        client.delete(f"{PATH}/{olga['id']}", headers=operator_headers),
        client.delete(f"{PATH}/{me['id']}", headers=hers),
    )

    assert kind_of(alone) == (409, "last-operator")
    assert min(answer.status_code for answer in answers) == 204
    assert max(answer.status_code for answer in answers) in {401, 409}
    assert entrance.sql("SELECT count(*) FROM app.operators WHERE deleted_at IS NULL") == [(1,)]


async def test_operators_are_nobody_elses_business(
    client: httpx.AsyncClient, acme: TenantWorld, operator_headers: Headers, database: Database
) -> None:
    for headers in (acme.headers, acme.viewer_headers, acme.human_headers):
        assert kind_of(await client.get(PATH, headers=headers)) == (403, "forbidden")
        assert kind_of(await add(client, headers, "x@example.com")) == (403, "forbidden")
    assert kind_of(await client.get(PATH)) == (401, "unauthenticated")
    await add(client, operator_headers, "olga@example.com")
    with psycopg.connect(database.admin_dsn) as admin:
        log = admin.execute(
            "SELECT action, split_part(actor, ':', 1) FROM app.platform_audit_log ORDER BY at"
        )
        assert log.fetchall() == [("insert", "system"), ("insert", "operator")]
