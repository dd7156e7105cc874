"""The organisation a request is about: what the token says, and what the header may add."""

from uuid import uuid4

import httpx
import pytest

from tests.logins import told
from tests.probing import kind_of, pointers
from tests.worlds import Headers, TenantWorld

NOT_UUIDS = ("", "acme", "1", "0197f1c2-7b1e-7c3a-9d8e-2f4a6b8c0d1", "null", "' OR 1=1 --")


@pytest.mark.parametrize("who", ["headers", "viewer_headers", "human_headers"])
async def test_a_token_is_of_one_organisation_whatever_the_header_says(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, who: str
) -> None:
    token: Headers = getattr(acme, who)
    own = {**token, **acme.public_headers}

    answers = {
        path: [
            await client.get(f"/api/v1/{path}", headers={**token, "X-Tenant-Id": str(named)})
            for named in (acme.tenant_id, globex.tenant_id, uuid4())
        ]
        for path in ("auth/me", "tenants/public", "popups/public")
    }

    for right, foreign, unknown in answers.values():
        assert right.status_code == 200, right.text
        assert kind_of(foreign) == (403, "tenant-mismatch")
        assert told(foreign) == told(unknown)
    assert (await client.get("/api/v1/auth/me", headers=own)).json()["tenant_id"] == str(
        acme.tenant_id
    )


async def test_an_operator_names_the_organisation(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    operator_headers: Headers,
) -> None:
    async def staff(headers: Headers) -> httpx.Response:
        return await client.get("/api/v1/users", headers={**operator_headers, **headers})

    seen = [(await staff(world.public_headers)).json() for world in (acme, globex)]
    unnamed = await staff({})
    unknown = await staff({"X-Tenant-Id": str(uuid4())})

    assert [[row["id"] for row in page["results"]] for page in seen] == [
        [str(world.admin_id), str(world.viewer_id)] for world in (acme, globex)
    ]
    assert kind_of(unnamed) == (422, "invalid-request")
    assert unnamed.json()["errors"][0]["pointer"] == "/header/X-Tenant-Id"
    assert kind_of(unknown) == (404, "tenant-unknown")


async def test_a_header_that_is_no_uuid_is_refused_whoever_sends_it(
    client: httpx.AsyncClient, acme: TenantWorld, operator_headers: Headers
) -> None:
    for named in NOT_UUIDS:
        for headers in ({}, acme.headers, operator_headers):
            answer = await client.get(
                "/api/v1/tenants/public", headers={**headers, "X-Tenant-Id": named}
            )

            assert kind_of(answer) == (422, "invalid-request")
            assert pointers(answer) == ["/header/x-tenant-id"]
