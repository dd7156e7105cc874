"""The audit log, as staff read it: every change, who made it, and nothing of anybody else's."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import psycopg
import pytest

from app.core.tenant_db import DatabaseRole
from tests.database import Database
from tests.factories import make_popup
from tests.probing import kind_of
from tests.worlds import Headers, TenantWorld

PATH = "/api/v1/audit-log"


async def log(
    client: httpx.AsyncClient, headers: Headers, query: str = ""
) -> list[dict[str, object]]:
    answer = await client.get(f"{PATH}?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["paging"]["total"] in {None, len(page["results"])} or "limit" in query
    results: list[dict[str, object]] = page["results"]
    return results


async def test_a_change_is_told_with_its_author_its_time_and_what_it_was(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, operator_headers: Headers
) -> None:
    popup = await make_popup(client, acme, name="Summer")
    await make_popup(client, globex, name="Summer")
    path = f"/api/v1/popups/{popup['id']}"
    as_operator = {**operator_headers, **acme.public_headers}

    await client.patch(path, headers=as_operator, json={"name": "Autumn"})
    await client.patch(path, headers=acme.headers, json={})
    await client.patch(path, headers=acme.headers, json={"name": "Autumn"})
    await client.delete(path, headers=acme.headers)

    told = await log(client, acme.viewer_headers, f"row_id={popup['id']}&table_name=popups")
    me = (await client.get("/api/v1/auth/me", headers=operator_headers)).json()
    assert [(entry["action"], entry["actor"]) for entry in told] == [
        ("delete", f"user:{acme.admin_id}"),
        ("update", f"operator:{me['id']}"),
        ("insert", f"user:{acme.admin_id}"),
    ]
    deleted, renamed, created = (entry["changes"] for entry in told)
    assert created is None
    assert renamed == {"name": ["Summer", "Autumn"]}
    assert isinstance(deleted, dict)
    assert (deleted["name"], deleted["tenant_id"]) == ("Autumn", str(acme.tenant_id))
    at = datetime.fromisoformat(str(told[0]["at"]))
    assert timedelta(0) < datetime.now(UTC) - at < timedelta(minutes=1)


async def test_a_refused_request_leaves_no_trace(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    before = await log(client, acme.headers)

    refused = await client.delete(f"/api/v1/users/{acme.admin_id}", headers=acme.headers)

    assert kind_of(refused) == (409, "last-admin")
    assert await log(client, acme.headers) == before


async def test_filters_search_order_and_pages(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    database: Database,
    statements: list[str],
) -> None:
    row = UUID("0197f1c2-7b1e-7c3a-9d8e-2f4a6b8c0d1e")
    with psycopg.connect(database.admin_dsn) as admin:
        admin.execute("DELETE FROM app.audit_log")
        for world in (acme, globex):
            for hour, (actor, table) in enumerate(
                [("user:1", "popups"), ("human:2", "humans"), ("user:1", "products")]
            ):
                admin.execute(
                    "INSERT INTO app.audit_log VALUES (%s, gen_random_uuid(), %s, %s, 'insert',"
                    " %s, %s, NULL)",
                    [world.tenant_id, f"2026-05-01T0{hour}:00Z", actor, table, row],
                )
    expected = {
        "": ["products", "humans", "popups"],
        "sort=at": ["popups", "humans", "products"],
        "actor=user:1": ["products", "popups"],
        "table_name=humans": ["humans"],
        f"row_id={row}&limit=1&skip=1": ["humans"],
        "at_from=2026-05-01T01:00:00Z": ["products", "humans"],
        "at_until=2026-05-01T02:00:00%2B01:00": ["popups"],
        "at_from=2026-05-01T01:00:00Z&at_until=2026-05-01T02:00:00Z": ["humans"],
        "search=HUMAN": ["humans"],
        "search=o": ["products", "popups"],
        "search=%25": [],
        "count=false": ["products", "humans", "popups"],
    }
    seen, sent = {}, set()
    for query in expected:
        statements.clear()
        seen[query] = [entry["table_name"] for entry in await log(client, acme.headers, query)]
        sent.add(len(statements))

    assert seen == expected
    assert sent == {1, 2}


@pytest.mark.parametrize("sort", ["at", "-at"])
async def test_the_log_is_paged_by_key_also_within_a_transaction(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, database: Database, sort: str
) -> None:
    with psycopg.connect(database.admin_dsn) as owner:
        for world in (acme, globex):
            for at in ("2026-05-01", "2026-05-02", "2026-05-02", "2026-05-02", "2026-05-03"):
                owner.execute(
                    "INSERT INTO app.audit_log VALUES (%s, gen_random_uuid(), %s, 'user:1',"
                    " 'insert', 'popups', gen_random_uuid(), NULL)",
                    [world.tenant_id, at],
                )
    query = f"actor=user:1&sort={sort}&limit=9"
    whole = [entry["id"] for entry in await log(client, acme.headers, query)]
    (foreign, *_) = await log(client, globex.headers, query)

    after = {
        entry: [row["id"] for row in await log(client, acme.headers, f"{query}&after={entry}")]
        for entry in whole
    }

    assert len(whole) == 5
    assert after == {entry: whole[place + 1 :] for place, entry in enumerate(whole)}
    assert await log(client, acme.headers, f"{query}&after={foreign['id']}") == []


async def test_humans_and_strangers_read_nothing_and_bad_filters_are_refused(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    assert kind_of(await client.get(PATH, headers=acme.human_headers)) == (403, "forbidden")
    assert kind_of(await client.get(PATH, headers=acme.public_headers)) == (401, "unauthenticated")
    for query in (
        "table_name=Popups;--",
        "row_id=1",
        "at_from=yesterday",
        "at_from=2026-05-01T00:00:00",
        "at_until=9999-12-31T23:59:59-14:00",
        "actor=%00",
        "sort=actor",
        "tenant_id=1",
    ):
        answer = await client.get(f"{PATH}?{query}", headers=acme.headers)
        assert kind_of(answer) == (422, "invalid-request"), query


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE app.audit_log SET actor = 'user:somebody-else' WHERE tenant_id = {t}",
        "DELETE FROM app.audit_log WHERE tenant_id = {t}",
        "TRUNCATE app.audit_log",
    ],
)
async def test_the_application_can_neither_change_nor_delete_the_log(
    acme: TenantWorld, statement: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with acme.session(DatabaseRole.READ_WRITE) as session:
            await session.fetch(statement.format(t=f"'{acme.tenant_id}'"))
