"""Exports: all rows, in pieces, harmless in a spreadsheet, and never another organisation's."""

import csv
import io
from uuid import UUID, uuid4

import anyio
import httpx
import psycopg
import pytest
from fastapi import FastAPI
from sqlmodel import col, update
from starlette.types import Message

from app.api.application.models import Application
from app.api.attendee.models import Attendee
from app.core.db import Database as Pools
from tests.api.payment.buying import Buyer, make_buyer, open_popup
from tests.database import Database
from tests.factories import Json, make_field
from tests.probing import indistinguishable, kind_of
from tests.worlds import TenantWorld

PATH = "/api/v1/attendees/export.csv"
ODD = ['Zoë "Zo"', "two\nlines, and a comma", "שלום 🎪", "it's", "a\r\nb", ""]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def plant_kids(world: TenantWorld, popup: Json, buyer: Buyer, count: int) -> None:
    async with world.session() as session:
        await session.fetch(
            "INSERT INTO app.attendees (tenant_id, id, popup_id, application_id, owner_id,"
            " category, name, gender, age) SELECT %(tenant)s, gen_random_uuid(), %(popup)s,"
            " %(application)s, %(owner)s, 'kid', 'Kid ' || n, '', ''"
            " FROM generate_series(1, %(count)s::int) AS n",
            {
                "tenant": world.tenant_id,
                "popup": UUID(str(popup["id"])),
                "application": buyer.application_id,
                "owner": buyer.human_id,
                "count": count,
            },
        )


async def pieces_of(
    app: FastAPI, world: TenantWorld, popup: Json, leave_after: int | None = None
) -> list[bytes]:
    """Ask for an export as a server would; hang up after so many pieces."""
    got: list[bytes] = []
    left = anyio.Event()

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body" and message["body"]:
            got.append(message["body"])
            if leave_after is not None and len(got) >= leave_after:
                left.set()
                await anyio.sleep(60)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": f"popup_id={popup['id']}".encode(),
        "root_path": "",
        "headers": [(n.lower().encode(), v.encode()) for n, v in world.headers.items()],
        "client": ("192.0.2.1", 50000),
        "server": ("test", 80),
    }
    with anyio.fail_after(30):
        await app(scope, receive, send)
    return got


async def test_three_thousand_attendees_come_in_pieces(
    client: httpx.AsyncClient, app: FastAPI, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    await plant_kids(acme, popup, await make_buyer(acme, popup), 2_999)
    theirs = await open_popup(client, globex)
    await plant_kids(globex, theirs, await make_buyer(globex, theirs), 5)

    pieces = await pieces_of(app, acme, popup)

    rows = read(b"".join(pieces).decode())
    assert len(pieces) == 7
    assert max(map(len, pieces)) < 200_000
    assert len({row["id"] for row in rows}) == len(rows) == 3_000
    assert {row["popup_id"] for row in rows} == {popup["id"]}


async def test_who_hangs_up_frees_the_connection(
    client: httpx.AsyncClient, app: FastAPI, acme: TenantWorld, pools: Pools, database: Database
) -> None:
    popup = await open_popup(client, acme)
    await plant_kids(acme, popup, await make_buyer(acme, popup), 2_999)

    for _ in range(12):
        assert len(await pieces_of(app, acme, popup, leave_after=2)) == 2

    assert pools.exports == 0
    with psycopg.connect(database.admin_dsn) as admin:
        (open_ones,) = admin.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'edgeos-app_login'"
            " AND datname = current_database() AND state <> 'idle'"
        ).fetchall()[0]
    assert open_ones == 0
    assert len(read(b"".join(await pieces_of(app, acme, popup)).decode())) == 3_000


async def test_too_many_exports_at_once_wait_their_turn(
    client: httpx.AsyncClient, acme: TenantWorld, pools: Pools
) -> None:
    popup = await open_popup(client, acme)
    pools.exports = pools.most_exports

    full = await client.get(PATH, headers=acme.headers, params={"popup_id": str(popup["id"])})
    pools.exports = 0
    free = await client.get(PATH, headers=acme.headers, params={"popup_id": str(popup["id"])})

    assert (kind_of(full), free.status_code) == ((503, "unavailable"), 200)


async def test_export_is_a_file_that_reads_back_as_it_was_written(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    buyer = await make_buyer(acme, popup)
    await plant_kids(acme, popup, buyer, 2)
    async with acme.session() as session:
        one = update(Attendee).where(col(Attendee.name) == "Kid 1")
        await session.exec(one.values(name=ODD[0], gender=ODD[1], age=ODD[2]))
        two = update(Attendee).where(col(Attendee.name) == "Kid 2")
        await session.exec(two.values(name="=cmd|'/c calc'!A0", gender="-5", age="\t@x"))

    answer = await client.get(
        PATH, headers=acme.viewer_headers, params={"popup_id": str(popup["id"]), "category": "kid"}
    )

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert (
        answer.headers["content-disposition"] == 'attachment; filename="attendees-summer-city.csv"'
    )
    rows = sorted(read(answer.text), key=lambda row: row["name"])
    assert [(row["name"], row["gender"], row["age"]) for row in rows] == [
        ("'=cmd|'/c calc'!A0", "-5", "'\t@x"),
        (ODD[0], ODD[1], ODD[2]),
    ]


async def test_applications_have_a_column_for_each_question(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    await make_field(client, acme, popup, key="diet")
    buyer = await make_buyer(acme, popup)
    answers = {"diet": "+vegan", "status": "old", "days": ["Mon", "Tue"], "car": False}
    async with acme.session() as session:
        mine = update(Application).where(col(Application.id) == buyer.application_id)
        await session.exec(mine.values(answers=answers))

    async def exported(**params: str) -> list[dict[str, str]]:
        answer = await client.get(
            "/api/v1/applications/export.csv",
            headers=acme.headers,
            params={"popup_id": str(popup["id"]), **params},
        )
        assert answer.status_code == 200, answer.text
        return read(answer.text)

    (row,) = await exported()
    assert (row["status"], row["email"]) == ("accepted", "human@example.com")
    told = {key: row[f"answer.{key}"] for key in answers}
    assert told == {"diet": "'+vegan", "status": "old", "days": "Mon; Tue", "car": "no"}
    assert row["answer.first_name"] == ""
    assert await exported(status="draft") == []
    assert len(await exported(answer="diet:+vegan", search="human@")) == 1


@pytest.mark.parametrize("resource", ["attendees", "applications"])
async def test_anothers_popup_is_not_exported(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, resource: str
) -> None:
    theirs = await open_popup(client, globex)
    await make_buyer(globex, theirs)

    path = f"{resource}/export.csv?popup_id={{id}}"
    answer = await indistinguishable(client, acme.headers, "GET", path, theirs["id"])
    by_human = await client.get(
        f"/api/v1/{resource}/export.csv",
        headers=acme.human_headers,
        params={"popup_id": str(uuid4())},
    )

    assert kind_of(answer) == (404, "popup-unknown")
    assert kind_of(by_human) == (403, "forbidden")
