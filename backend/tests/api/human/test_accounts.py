"""Attendee accounts: one's own, and as staff see them."""

import asyncio
from collections import Counter

import httpx
import psycopg
from sqlmodel import select, update

from app.api.attendee.models import Attendee
from app.core.config import Settings
from tests.api.payment.buying import make_buyer, make_crowd, open_popup
from tests.database import Database
from tests.factories import Json
from tests.probing import UNICODE, indistinguishable, kind_of, pointers
from tests.worlds import TenantWorld

PROFILE: Json = {
    "first_name": "Ada",
    "last_name": UNICODE,
    "telegram": "@ada",
    "organization": "Analytical Engines",
    "job_title": "Countess",
    "gender": "she/her",
    "age": "25-34",
    "residence": "London",
    "picture_url": "https://pictures.example/ada.png",
}


async def make(client: httpx.AsyncClient, world: TenantWorld, **body: object) -> httpx.Response:
    return await client.post("/api/v1/humans", headers=world.headers, json=body)


async def test_staff_make_an_account_that_keeps_everything(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    made = await make(client, acme, email=" Ada@Example.com ", **PROFILE)

    assert made.status_code == 201, made.text
    row = made.json()
    assert {name: row[name] for name in PROFILE} == PROFILE
    assert (row["email"], row["is_red_flagged"]) == ("ada@example.com", False)
    read = await client.get(f"/api/v1/humans/{row['id']}", headers=acme.viewer_headers)
    assert read.content == made.content


async def test_an_address_has_one_account_per_organisation_even_when_made_at_once(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    answers = await asyncio.gather(
        *(make(client, world, email="One@example.com") for world in (acme, globex) * 3)
    )

    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: 4}
    refused = [answer for answer in answers if answer.status_code == 409]
    assert {kind_of(answer) for answer in refused} == {(409, "human-email-taken")}


async def test_a_human_reads_and_changes_their_own_account_and_never_the_flag(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    path = f"/api/v1/humans/{acme.human_id}"
    flagged = await client.patch(path, headers=acme.headers, json={"is_red_flagged": True})

    changed = await client.patch(
        "/api/v1/humans/me", headers=acme.human_headers, json={"residence": "Turin"}
    )
    refused = await client.patch(
        "/api/v1/humans/me", headers=acme.human_headers, json={"is_red_flagged": False}
    )
    own = await client.get("/api/v1/humans/me", headers=acme.human_headers)

    assert flagged.json()["is_red_flagged"] is True
    assert (changed.json()["first_name"], changed.json()["residence"]) == ("Ada", "Turin")
    assert own.json() == changed.json()
    assert "is_red_flagged" not in own.json()
    assert (kind_of(refused), pointers(refused)) == (
        (422, "invalid-request"),
        ["/body/is_red_flagged"],
    )
    theirs = await client.get("/api/v1/humans/me", headers=globex.human_headers)
    assert theirs.json()["residence"] == ""
    staff = await client.get(path, headers=acme.headers)
    assert (staff.json()["is_red_flagged"], staff.json()["residence"]) == (True, "Turin")


async def test_update_changes_exactly_what_was_sent(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    made = (await make(client, acme, email="ada@example.com", **PROFILE)).json()
    path = f"/api/v1/humans/{made['id']}"

    unchanged = await client.patch(path, headers=acme.headers, json={})
    emptied = await client.patch(
        path, headers=acme.headers, json={"picture_url": None, "telegram": ""}
    )
    null = await client.patch(path, headers=acme.headers, json={"telegram": None})

    assert unchanged.json() == made
    assert {**emptied.json(), "updated_at": ""} == {
        **made,
        "picture_url": None,
        "telegram": "",
        "updated_at": "",
    }
    assert (kind_of(null), pointers(null)) == ((422, "invalid-request"), ["/body/telegram"])


async def test_a_closed_account_is_forgotten_and_its_address_is_free(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, database: Database
) -> None:
    made = (await make(client, acme, email="ada@example.com", **PROFILE)).json()
    path = f"/api/v1/humans/{made['id']}"

    foreign = await indistinguishable(client, globex.headers, "DELETE", "humans/{id}", made["id"])
    refused = await client.delete(path, headers=acme.viewer_headers)
    closed = await client.delete(path, headers=acme.headers)
    again = await client.delete(path, headers=acme.headers)

    assert kind_of(foreign) == (404, "not-found")
    assert kind_of(refused) == (403, "forbidden")
    assert closed.status_code == 204
    assert kind_of(again) == (404, "not-found")
    assert kind_of(await client.get(path, headers=acme.headers)) == (404, "not-found")
    listed = await client.get("/api/v1/humans", headers=acme.headers)
    assert [row["id"] for row in listed.json()["results"]] == [str(acme.human_id)]
    assert (await make(client, acme, email="ada@example.com")).status_code == 201
    with psycopg.connect(database.admin_dsn) as admin:
        kept = admin.execute("SELECT h::text FROM app.humans h WHERE id = %s", [made["id"]])
        (text,) = kept.fetchone() or ("",)
    assert [value for value in PROFILE.values() if str(value) in text] == []
    assert "ada@" not in text


async def test_whoever_closes_an_account_keeps_a_place_under_no_name(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme)
    leaving, staying = await make_crowd(acme, settings, popup, 2)
    theirs = await make_buyer(globex, await open_popup(client, globex))
    async with acme.session() as session:
        told = update(Attendee).values(email="ada@example.com", gender="she", age="33")
        await session.exec(told)

    closed = await client.delete(f"/api/v1/humans/{leaving.human_id}", headers=acme.headers)

    assert closed.status_code == 204, closed.text
    kept: dict[object, tuple[object, ...]] = {}
    for world in (acme, globex):
        async with world.session() as session:
            rows = (await session.exec(select(Attendee))).all()
        kept |= {row.id: (row.name, row.email, row.gender, row.age) for row in rows}
    assert kept == {
        leaving.attendee_id: ("Closed account", None, "", ""),
        staying.attendee_id: ("Ada", "ada@example.com", "she", "33"),
        theirs.attendee_id: ("Ada", None, "", ""),
    }


FOUND = {
    "": ["zoe", "abe", "human"],
    "sort=created_at": ["human", "abe", "zoe"],
    "sort=email": ["abe", "human", "zoe"],
    "sort=-last_name": ["zoe", "abe", "human"],
    "is_red_flagged=true": ["abe"],
    "is_red_flagged=false&sort=email": ["human", "zoe"],
    "search=LISBON": ["zoe"],
    "search=ada": ["human"],
    "search=nobody": [],
    "limit=1&skip=1": ["abe"],
}


async def test_list_finds_sorts_and_filters(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, statements: list[str]
) -> None:
    for world in (acme, globex):
        abe = await make(client, world, email="abe@example.com", last_name="A")
        await make(client, world, email="zoe@example.com", last_name="Z", organization="Lisbon U")
        await client.patch(
            f"/api/v1/humans/{abe.json()['id']}",
            headers=world.headers,
            json={"is_red_flagged": True},
        )
    found, sent = {}, set()
    for query in FOUND:
        statements.clear()
        answer = await client.get(f"/api/v1/humans?{query}", headers=acme.viewer_headers)
        found[query] = [row["email"].partition("@")[0] for row in answer.json()["results"]]
        sent.add(len(statements))

    assert found == FOUND
    assert sent == {1}
