"""Organisations: founded and closed by operators, dressed by their own staff, seen by all."""

import asyncio
from collections import Counter
from uuid import uuid4

import httpx
import psycopg

from tests.database import Database
from tests.factories import Json
from tests.logins import told
from tests.probing import UNICODE, kind_of, pointers
from tests.worlds import Headers, TenantWorld

EVERYTHING: Json = {
    "name": UNICODE,
    "slug": "initech",
    "sender_email": "Hello@Initech.example",
    "sender_name": "Initech Events",
    "image_url": "https://initech.example/image.png",
    "icon_url": "https://initech.example/icon.png",
    "default_currency": "USD",
    "default_timezone": "America/New_York",
    "language": "es",
}

BRANDING = {
    "id",
    "name",
    "slug",
    "image_url",
    "icon_url",
    "default_currency",
    "default_timezone",
    "language",
}


async def found(client: httpx.AsyncClient, operator: Headers, **body: object) -> httpx.Response:
    return await client.post("/api/v1/tenants", headers=operator, json=body)


async def test_an_operator_founds_an_organisation_and_its_admin_is_invited(
    client: httpx.AsyncClient, operator_headers: Headers, database: Database
) -> None:
    made = await found(client, operator_headers, **EVERYTHING, admin_email="Boss@Initech.example")

    assert made.status_code == 201, made.text
    row = made.json()
    expected = {**EVERYTHING, "sender_email": "hello@initech.example"}
    assert {name: row[name] for name in expected} == expected
    assert row["status"] == "active"
    path = f"/api/v1/tenants/{row['id']}"
    assert (await client.get(path, headers=operator_headers)).json() == row
    staff = await client.get(
        "/api/v1/users", headers={**operator_headers, "X-Tenant-Id": row["id"]}
    )
    assert [(u["email"], u["role"]) for u in staff.json()["results"]] == [
        ("boss@initech.example", "ADMIN")
    ]
    with psycopg.connect(database.admin_dsn) as admin:
        mail = admin.execute(
            "SELECT tenant_id::text, kind, language FROM app.mail_messages"
            " WHERE recipient = 'boss@initech.example'"
        )
        assert mail.fetchall() == [(row["id"], "staff_invitation", "es")]


async def test_a_slug_is_one_organisations_for_good(
    client: httpx.AsyncClient, operator_headers: Headers, acme: TenantWorld
) -> None:
    await client.delete(f"/api/v1/tenants/{acme.tenant_id}", headers=operator_headers)
    path = f"/api/v1/tenants/{acme.tenant_id}"

    taken = await found(client, operator_headers, name="Other", slug="acme")
    changed = await client.patch(path, headers=operator_headers, json={"slug": "new"})
    at_once = await asyncio.gather(
        *(found(client, operator_headers, name="Race", slug="race") for _ in range(4))
    )

    assert kind_of(taken) == (409, "tenant-slug-taken")
    assert (kind_of(changed), pointers(changed)) == ((422, "invalid-request"), ["/body/slug"])
    assert Counter(answer.status_code for answer in at_once) == {201: 1, 409: 3}


async def test_a_deleted_organisation_is_over_but_not_forgotten(
    client: httpx.AsyncClient, operator_headers: Headers, acme: TenantWorld
) -> None:
    path = f"/api/v1/tenants/{acme.tenant_id}"

    deleted = await client.delete(path, headers=operator_headers)
    again = await client.delete(path, headers=operator_headers)
    revived = await client.patch(path, headers=operator_headers, json={"status": "active"})
    read = await client.get(path, headers=operator_headers)

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert kind_of(again) == kind_of(revived) == (404, "tenant-unknown")
    assert read.json()["status"] == "deleted"
    humans = await client.get("/api/v1/humans", headers={**operator_headers, **acme.public_headers})
    assert humans.json()["paging"]["total"] == 1


async def test_nobody_marks_an_organisation_deleted_by_changing_it(
    client: httpx.AsyncClient, operator_headers: Headers, acme: TenantWorld
) -> None:
    answer = await client.patch(
        f"/api/v1/tenants/{acme.tenant_id}", headers=operator_headers, json={"status": "deleted"}
    )

    assert (kind_of(answer), pointers(answer)) == ((422, "invalid-request"), ["/body/status"])


async def test_an_admin_dresses_the_organisation_and_changes_nothing_else(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    path = "/api/v1/tenants/current"
    before = (await client.get(path, headers=acme.viewer_headers)).json()

    unchanged = await client.patch(path, headers=acme.headers, json={})
    changed = await client.patch(
        path,
        headers=acme.headers,
        json={"name": "Acme!", "icon_url": "https://a.example/i.png", "language": "es"},
    )
    by_viewer = await client.patch(path, headers=acme.viewer_headers, json={"name": "x"})
    refused = {
        key: await client.patch(path, headers=acme.headers, json={key: value})
        for key, value in {
            "status": "suspended",
            "slug": "new",
            "id": str(globex.tenant_id),
            "is_active": False,
            "name": None,
            "default_currency": "euro",
            "default_timezone": "Mars/Olympus",
            "image_url": "javascript:alert(1)",
            "language": "fr",
        }.items()
    }

    assert unchanged.json() == before
    assert (changed.json()["name"], changed.json()["language"]) == ("Acme!", "es")
    assert kind_of(by_viewer) == (403, "forbidden")
    assert {key: pointers(answer) for key, answer in refused.items()} == {
        key: [f"/body/{key}"] for key in refused
    }
    theirs = (await client.get(path, headers=globex.headers)).json()
    assert (theirs["name"], theirs["slug"], theirs["language"]) == ("Globex", "globex", "en")


async def test_nobody_is_paid_in_a_currency_that_is_not(
    client: httpx.AsyncClient, acme: TenantWorld, operator_headers: Headers
) -> None:
    path = f"/api/v1/tenants/{acme.tenant_id}"
    body: Json = {"default_currency": "XIE"}

    answers = [
        await found(client, operator_headers, name="New", slug="new", **body),
        await client.patch(path, headers=operator_headers, json=body),
        await client.patch("/api/v1/tenants/current", headers=acme.headers, json=body),
    ]

    assert {kind_of(answer) for answer in answers} == {(422, "currency-unknown")}
    kept = await client.get(path, headers=operator_headers)
    assert kept.json()["default_currency"] == "EUR"


async def test_the_public_sees_the_branding_by_header_or_slug_and_no_more(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, operator_headers: Headers
) -> None:
    by_header = await client.get("/api/v1/tenants/public", headers=acme.public_headers)
    by_slug = await client.get("/api/v1/tenants/public/acme")
    unknown = await client.get("/api/v1/tenants/public", headers={"X-Tenant-Id": str(uuid4())})
    nameless = await client.get("/api/v1/tenants/public")
    await client.patch(
        f"/api/v1/tenants/{globex.tenant_id}",
        headers=operator_headers,
        json={"status": "suspended"},
    )

    assert by_header.json() == by_slug.json()
    assert set(by_header.json()) == BRANDING
    assert by_header.json()["id"] == str(acme.tenant_id)
    assert kind_of(unknown) == (404, "tenant-unknown")
    assert kind_of(nameless) == (422, "invalid-request")
    closed = await client.get("/api/v1/tenants/public", headers=globex.public_headers)
    assert told(closed) == told(unknown)
    assert kind_of(await client.get("/api/v1/tenants/public/globex")) == (404, "tenant-unknown")
    assert kind_of(await client.get("/api/v1/tenants/public/nobody")) == (404, "tenant-unknown")


FOUND = {
    "": ["acme", "globex", "initech"],
    "sort=-created_at": ["initech", "globex", "acme"],
    "sort=-name": ["initech", "globex", "acme"],
    "sort=slug": ["acme", "globex", "initech"],
    "status=suspended": ["globex"],
    "status=active&search=I": ["initech"],
    "search=lob": ["globex"],
    "limit=1&skip=1": ["globex"],
}


async def test_operators_list_and_admins_do_not(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    operator_headers: Headers,
    statements: list[str],
) -> None:
    await found(client, operator_headers, name="Initech", slug="initech")
    await client.patch(
        f"/api/v1/tenants/{globex.tenant_id}",
        headers=operator_headers,
        json={"status": "suspended"},
    )
    seen, sent = {}, set()
    for query in FOUND:
        statements.clear()
        answer = await client.get(f"/api/v1/tenants?{query}", headers=operator_headers)
        seen[query] = [row["slug"] for row in answer.json()["results"]]
        sent.add(len(statements))

    assert seen == FOUND
    assert len(sent) == 1
    refused = await client.get("/api/v1/tenants", headers=acme.headers)
    assert kind_of(refused) == (403, "forbidden")


async def test_the_audit_log_of_an_organisation_tells_what_operators_did_to_it(
    client: httpx.AsyncClient, acme: TenantWorld, operator_headers: Headers
) -> None:
    await client.patch(
        f"/api/v1/tenants/{acme.tenant_id}", headers=operator_headers, json={"name": "Acme II"}
    )

    log = await client.get("/api/v1/audit-log?table_name=tenants", headers=acme.headers)

    newest = log.json()["results"][0]
    assert newest["actor"].startswith("operator:")
    assert newest["changes"] == {"name": ["Acme", "Acme II"]}
