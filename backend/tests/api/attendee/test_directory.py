"""The directory of a popup: whom it shows to whom, and what stays hidden."""

from uuid import UUID

import httpx
import pytest
from sqlmodel import col, update

from app.api.application.models import Application
from app.api.human.models import Human
from app.core.config import Settings
from tests.api.payment.buying import Buyer, make_buyer, make_crowd, open_popup
from tests.factories import Json, change
from tests.probing import kind_of
from tests.worlds import TenantWorld

PROFILE: Json = {
    "first_name": "Grace",
    "last_name": "Hopper",
    "telegram": "@grace",
    "organization": "Navy",
    "residence": "Arlington",
}


async def describe(world: TenantWorld, buyer: Buyer, hidden: list[str], **profile: object) -> None:
    async with world.session() as session:
        told = update(Human).where(col(Human.id) == buyer.human_id).values(**profile)
        await session.exec(told)
        hiding = update(Application).where(col(Application.id) == buyer.application_id)
        await session.exec(hiding.values(hidden_fields=hidden))


async def directory(
    client: httpx.AsyncClient, buyer: Buyer, popup: Json, **params: str
) -> list[Json]:
    path = f"/api/v1/popups/{popup['id']}/directory"
    answer = await client.get(path, headers=buyer.headers, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.json()["paging"]["total"] == len(answer.json()["results"])
    assert "@example.com" not in answer.text
    found: list[Json] = answer.json()["results"]
    return found


async def test_directory_shows_what_each_shows_and_nothing_hidden_is_found(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    me = await make_buyer(acme, popup)
    open_one, shy = await make_crowd(acme, settings, popup, 2)
    await describe(acme, open_one, [], **PROFILE)
    hidden = ["last_name", "telegram", "organization"]
    await describe(acme, shy, hidden, **PROFILE, picture_url="https://x.example/p.png")
    theirs = await make_buyer(globex, await open_popup(client, globex))
    await describe(globex, theirs, [], **PROFILE)

    seen = {row["id"]: row for row in await directory(client, me, popup)}

    assert set(seen) == {str(one.attendee_id) for one in (me, open_one, shy)}
    shown = seen[str(open_one.attendee_id)]
    assert {name: shown[name] for name in PROFILE} == PROFILE
    partly = seen[str(shy.attendee_id)]
    assert (partly["first_name"], partly["residence"]) == ("Grace", "Arlington")
    assert [partly[name] for name in hidden] == [None] * 3
    # The popup's form does not ask for a picture, so nobody could hide theirs.
    assert partly["picture_url"] is None
    for search in ("hopper", "@grace", "navy", "grace hopper"):
        found = await directory(client, me, popup, search=search)
        assert [row["id"] for row in found] == [str(open_one.attendee_id)], search
    assert len(await directory(client, me, popup, search="arlington")) == 2
    ordered = await directory(client, me, popup, sort="organization")
    assert ordered[0]["id"] == str(open_one.attendee_id)


async def test_hide_oneself_takes_effect_at_once_after_submitting(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    me = await make_buyer(acme, popup)
    (shy,) = await make_crowd(acme, settings, popup, 1)
    await describe(acme, shy, [], **PROFILE)
    theirs = await make_buyer(globex, await open_popup(client, globex))

    async def hide(headers: dict[str, str], application: UUID, *names: str) -> httpx.Response:
        path = f"/api/v1/applications/mine/{application}/privacy"
        return await client.patch(path, headers=headers, json={"hidden_fields": names})

    async def last_name() -> object:
        rows = {row["id"]: row for row in await directory(client, me, popup)}
        return rows[str(shy.attendee_id)]["last_name"]

    before = await last_name()
    hidden = await hide(shy.headers, shy.application_id, "last_name")
    after = await last_name()
    refused = [
        await hide(me.headers, shy.application_id),
        await hide(shy.headers, theirs.application_id),
        await hide(shy.headers, shy.application_id, "email"),
        await hide(acme.headers, shy.application_id),
    ]
    still = await last_name()
    shown = await hide(shy.headers, shy.application_id)

    assert (before, after, still, await last_name()) == ("Hopper", None, None, "Hopper")
    assert (hidden.json()["hidden_fields"], shown.json()["hidden_fields"]) == (["last_name"], [])
    assert hidden.json()["status"] == "accepted"
    assert [kind_of(answer) for answer in refused] == [
        (404, "application-unknown"),
        (404, "application-unknown"),
        (422, "invalid-request"),
        (403, "forbidden"),
    ]


async def test_directory_is_for_those_who_come(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    other = await open_popup(client, acme, slug="other")
    (comes,) = await make_crowd(acme, settings, popup, 1)
    await make_buyer(acme, other)
    theirs = await open_popup(client, globex)

    async def asked(popup: Json) -> tuple[int, str]:
        path = f"/api/v1/popups/{popup['id']}/directory"
        return kind_of(await client.get(path, headers=acme.human_headers))

    elsewhere = await asked(popup)
    foreign = await asked(theirs)
    assert len(await directory(client, comes, popup)) == 1
    await change(client, acme, f"popups/{popup['id']}", status="archived")
    gone = await client.get(f"/api/v1/popups/{popup['id']}/directory", headers=comes.headers)

    assert elsewhere == (403, "not-coming")
    assert foreign == kind_of(gone) == (404, "popup-unknown")


@pytest.mark.parametrize("status", ["draft", "in_review", "rejected", "withdrawn"])
async def test_directory_neither_shows_nor_serves_who_is_not_accepted(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, status: str
) -> None:
    popup = await open_popup(client, acme)
    (comes,) = await make_crowd(acme, settings, popup, 1)
    await make_buyer(acme, popup, status=status)

    path = f"/api/v1/popups/{popup['id']}/directory"
    refused = await client.get(path, headers=acme.human_headers)

    assert kind_of(refused) == (403, "not-coming")
    assert [row["id"] for row in await directory(client, comes, popup)] == [str(comes.attendee_id)]


async def test_directory_takes_the_same_statements_however_many_come(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, statements: list[str]
) -> None:
    popup = await open_popup(client, acme)
    me = await make_buyer(acme, popup)
    counts = []
    for people in (1, 3):
        statements.clear()
        assert len(await directory(client, me, popup)) == people
        counts.append(len(statements))
        if people == 1:
            await make_crowd(acme, settings, popup, 2)

    assert counts == [3, 3]
    assert UUID(str(popup["id"]))
