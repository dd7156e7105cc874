"""Accounts at payment providers: staff send keys in, and nobody reads them out."""

import json

import httpx
import pytest

from app.api.payment.lifecycle import PaymentProvider
from app.core.config import Environment, Settings
from app.core.db import Database
from app.core.encryption import CannotDecrypt, Encryption
from app.core.tenant_db import DatabaseRole, PlatformContext
from app.main import create_app
from app.services import providers
from app.services.payments.protocol import ProviderRefused
from app.services.providers import Desk
from app.services.sandbox import SandboxProvider
from tests.api.payment.buying import buy, make_buyer, open_popup
from tests.factories import Json, make_product
from tests.probing import kind_of
from tests.worlds import Headers, TenantWorld

PATH = "/api/v1/provider-accounts"
KEY = "a-key-that-nobody-may-ever-read-0123456789"


async def put(
    client: httpx.AsyncClient, headers: Headers, provider: str = "sandbox", **body: object
) -> httpx.Response:
    """Say how an organisation is paid."""
    return await client.put(f"{PATH}/{provider}", headers=headers, json=body)


async def sealed_keys(pools: Database) -> list[tuple[str, str]]:
    """Return whose keys there are, and how they are kept."""
    async with pools.platform(PlatformContext("system:test")) as session:
        rows = await session.fetch(
            "SELECT tenant_id::text, sealed FROM app.provider_secrets ORDER BY id"
        )
    return [(str(tenant), str(sealed)) for tenant, sealed in rows]


async def test_keys_are_sealed_and_shown_nowhere(
    client: httpx.AsyncClient, acme: TenantWorld, pools: Database, settings: Settings
) -> None:
    made = await put(client, acme.headers, keys={"signing_key": KEY})

    assert made.status_code == 200, made.text
    body = made.json()
    assert body["keys_changed_at"] is not None
    assert body["webhook_path"] == f"/api/v1/webhooks/sandbox/{acme.tenant_id}"
    ((owner, sealed),) = await sealed_keys(pools)
    assert owner == str(acme.tenant_id)
    encryption = Encryption.of(settings)
    opened = encryption.decrypt(sealed, tenant_id=acme.tenant_id, purpose="provider:sandbox")
    assert json.loads(opened) == {"signing_key": KEY}
    with pytest.raises(CannotDecrypt):
        encryption.decrypt(sealed, tenant_id=acme.tenant_id, purpose="provider:stripe")
    read = await client.get(f"{PATH}/sandbox", headers=acme.viewer_headers)
    listed = await client.get(PATH, headers=acme.viewer_headers)
    audit = await client.get("/api/v1/audit-log", headers=acme.headers)
    assert read.json() == body
    assert listed.json()["results"] == [body]
    assert {row["table_name"] for row in audit.json()["results"]} >= {"provider_accounts"}
    for answer in (made, read, listed, audit):
        assert KEY not in answer.text
        assert sealed not in answer.text


async def test_keys_that_are_not_sent_stay_and_new_ones_take_their_place(
    client: httpx.AsyncClient, acme: TenantWorld, pools: Database
) -> None:
    first = (await put(client, acme.headers)).json()
    made_up = await sealed_keys(pools)

    switched = (await put(client, acme.headers, is_active=False)).json()
    kept = await sealed_keys(pools)
    await put(client, acme.headers, keys={"signing_key": KEY})
    changed = await sealed_keys(pools)

    assert switched == {**first, "is_active": False, "updated_at": switched["updated_at"]}
    assert kept == made_up
    assert len(changed) == 1
    assert changed != made_up


@pytest.mark.parametrize(
    ("provider", "body", "refusal"),
    [
        ("sandbox", {"keys": {"signing": KEY}}, (422, "provider-keys-invalid")),
        ("sandbox", {"keys": {}}, (422, "invalid-request")),
        ("sandbox", {"keys": {"signing_key": ""}}, (422, "invalid-request")),
        ("manual", {"keys": {"signing_key": KEY}}, (422, "provider-keys-invalid")),
        ("paypal", {}, (422, "invalid-request")),
        ("sandbox", {"public_settings": {"A b": "x"}}, (422, "invalid-request")),
    ],
)
async def test_what_is_no_account_is_refused_and_leaves_nothing(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    pools: Database,
    provider: str,
    body: Json,
    refusal: tuple[int, str],
) -> None:
    answer = await put(client, acme.headers, provider, **body)

    assert kind_of(answer) == refusal
    assert KEY not in answer.text
    assert await sealed_keys(pools) == []
    assert (await client.get(PATH, headers=acme.headers)).json()["results"] == []


async def test_production_has_no_sandbox(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)
    await put(client, acme.headers)
    strict = create_app(settings.model_copy(update={"environment": Environment.PRODUCTION}))
    async with strict.router.lifespan_context(strict):
        transport = httpx.ASGITransport(app=strict)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as production:
            refused = await put(production, acme.headers)
            offered = await production.get(f"{PATH}/offered", headers=acme.public_headers)
            wished = await buy(production, buyer, buyer.cart(week, provider="sandbox"))

    assert kind_of(refused) == (409, "sandbox-not-for-sale")
    assert offered.json() == [{"provider": "manual", "public_settings": {}}]
    assert kind_of(wished) == (422, "provider-not-offered")
    assert wished.json()["offered"] == ["manual"]


async def test_visitors_see_active_accounts_of_their_organisation_alone(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    path = f"{PATH}/offered"
    before = (await client.get(path, headers=acme.public_headers)).json()
    await put(client, globex.headers, public_settings={"name": "Globex"})
    await put(client, acme.headers, "manual", public_settings={"iban": "PT50"})
    await put(client, acme.headers, "sandbox", is_active=False)

    offered = (await client.get(path, headers=acme.public_headers)).json()

    assert before == [{"provider": "manual", "public_settings": {}}]
    assert offered == [{"provider": "manual", "public_settings": {"iban": "PT50"}}]
    theirs = (await client.get(path, headers=globex.public_headers)).json()
    assert theirs == [{"provider": "sandbox", "public_settings": {"name": "Globex"}}]


async def test_an_account_is_deleted_with_its_keys_unless_orders_need_it(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, pools: Database
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)
    await put(client, acme.headers, "manual")
    await put(client, acme.headers)
    await put(client, globex.headers)
    assert (await buy(client, buyer, buyer.cart(week, provider="manual"))).status_code == 201

    dropped = await client.delete(f"{PATH}/sandbox", headers=acme.headers)
    again = await client.delete(f"{PATH}/sandbox", headers=acme.headers)
    used = await client.delete(f"{PATH}/manual", headers=acme.headers)

    assert dropped.status_code == 204
    assert kind_of(again) == (404, "provider-account-unknown")
    assert kind_of(used) == (409, "provider-in-use")
    assert [owner for owner, _ in await sealed_keys(pools)] == [str(globex.tenant_id)]


async def test_only_staff_who_may_write_change_accounts(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    for headers in (acme.viewer_headers, acme.human_headers):
        assert kind_of(await put(client, headers)) == (403, "forbidden")
        refused = await client.delete(f"{PATH}/sandbox", headers=headers)
        assert kind_of(refused) == (403, "forbidden")
    listed = await client.get(PATH, headers=acme.human_headers)
    assert kind_of(listed) == (403, "forbidden")


@pytest.mark.parametrize("role", list(DatabaseRole))
async def test_no_role_of_a_tenant_reads_keys(
    client: httpx.AsyncClient, acme: TenantWorld, role: DatabaseRole
) -> None:
    await put(client, acme.headers)

    async with acme.session(role) as session:
        rights = await session.fetch(
            "SELECT has_table_privilege('app.provider_secrets', 'SELECT, INSERT, UPDATE, DELETE'),"
            " has_function_privilege('tenancy.set_provider_keys(text,text)', 'EXECUTE')"
        )

    assert rights == [(False, role is DatabaseRole.READ_WRITE)]


async def test_the_adapter_is_made_of_the_organisations_own_keys(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    pools: Database,
    settings: Settings,
) -> None:
    await put(client, acme.headers, keys={"signing_key": KEY})
    await put(client, globex.headers, keys={"signing_key": KEY[::-1]})

    adapters = [
        await providers.adapter_of(Desk(settings, pools), world.tenant_id, PaymentProvider.SANDBOX)
        for world in (acme, globex)
    ]

    keys = [one.keys.signing_key for one in adapters if isinstance(one, SandboxProvider)]
    assert keys == [KEY, KEY[::-1]]


async def test_keys_copied_into_another_organisation_do_not_open(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    pools: Database,
    settings: Settings,
) -> None:
    await put(client, acme.headers)
    await put(client, globex.headers)
    async with pools.platform(PlatformContext("system:test")) as session:
        await session.fetch(
            "UPDATE app.provider_secrets SET sealed = (SELECT sealed FROM app.provider_secrets"
            " WHERE tenant_id = %(theirs)s) WHERE tenant_id = %(own)s",
            {"theirs": globex.tenant_id, "own": acme.tenant_id},
        )

    with pytest.raises(ProviderRefused):
        await providers.adapter_of(Desk(settings, pools), acme.tenant_id, PaymentProvider.SANDBOX)
