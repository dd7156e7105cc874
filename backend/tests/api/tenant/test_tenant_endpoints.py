"""Organisations, over HTTP."""

import httpx

from tests.worlds import Headers, TenantWorld


async def test_create_tenant_founds_an_organisation(
    client: httpx.AsyncClient, operator_headers: Headers
) -> None:
    body = {"name": "Initech", "slug": "initech", "admin_email": "Boss@Initech.example"}

    created = await client.post("/api/v1/tenants", headers=operator_headers, json=body)

    assert created.status_code == 201, created.text
    read = await client.get(f"/api/v1/tenants/{created.json()['id']}", headers=operator_headers)
    assert read.json() == created.json()
    listed = await client.get("/api/v1/tenants", headers=operator_headers)
    assert listed.json()["results"] == [created.json()]
    assert listed.json()["paging"] == {"skip": 0, "limit": 100, "total": 1}


async def test_read_branding_answers_the_public(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    response = await client.get("/api/v1/tenants/public", headers=acme.public_headers)

    assert response.status_code == 200, response.text
    assert response.json()["slug"] == "acme"


async def test_users_list(client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld) -> None:
    response = await client.get("/api/v1/users", headers=acme.headers)

    assert response.status_code == 200, response.text
    assert [row["id"] for row in response.json()["results"]] == [
        str(acme.admin_id),
        str(acme.viewer_id),
    ]
    other = await client.get(f"/api/v1/users/{globex.admin_id}", headers=acme.headers)
    assert other.status_code == 404
    me = await client.patch("/api/v1/humans/me", headers=acme.human_headers, json={"last_name":"L"})
    assert me.json()["last_name"] == "L", me.text
    me = await client.get("/api/v1/humans/me", headers=acme.human_headers)
    assert me.json()["last_name"] == "L", me.text
    created = await client.post("/api/v1/humans", headers=acme.headers, json={"email":"a@b.example"})
    assert created.status_code == 201, created.text
    invited = await client.post("/api/v1/users", headers=acme.headers, json={"email":"a@b.example"})
    assert invited.status_code == 201, invited.text
