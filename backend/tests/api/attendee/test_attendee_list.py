"""The staff's attendees: found, filtered, and never another organisation's."""

from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import col, select

from app.api.attendee.models import Attendee
from app.api.ticket.models import CheckIn, Ticket
from app.core.config import Settings
from app.core.security import utc_now
from tests.api.payment.buying import Buyer, act_on, make_buyer, make_crowd, open_popup, ordered
from tests.factories import Json, make_product
from tests.probing import indistinguishable, kind_of
from tests.worlds import TenantWorld

PATH = "/api/v1/attendees"
FAMILY: Json = {"allows_spouse": True, "allows_children": True}


async def make_companion(
    client: httpx.AsyncClient, world: TenantWorld, buyer: Buyer, **changes: object
) -> Json:
    body = {"application_id": str(buyer.application_id), "category": "kid", "name": "Cy", **changes}
    response = await client.post(PATH, headers=world.headers, json=body)
    assert response.status_code == 201, response.text
    made: Json = response.json()
    return made


async def buy_ticket(
    client: httpx.AsyncClient, world: TenantWorld, buyer: Buyer, product: Json
) -> None:
    payment = await ordered(client, buyer, buyer.cart(product))
    approved = await act_on(client, world.headers, payment, "approve")
    assert approved.status_code == 200, approved.text


async def scan(world: TenantWorld) -> None:
    """See every ticket at the door."""
    async with world.session() as session:
        for ticket in (await session.exec(select(Ticket))).all():
            session.add(
                CheckIn(
                    popup_id=ticket.popup_id,
                    ticket_id=ticket.id,
                    scan_id=uuid4(),
                    scanned_at=utc_now(),
                    received_at=utc_now(),
                    scanner="door",
                )
            )


async def test_list_attendees_finds_sorts_and_filters(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    for world in (globex, acme):
        popup = await open_popup(client, world, **FAMILY)
        product = await make_product(client, world, popup)
        buyer = await make_buyer(world, popup)
        other = await open_popup(client, world, slug="other")
        elsewhere = await make_buyer(world, other)
        await make_companion(client, world, buyer, name="Cy")
        await make_companion(
            client, world, buyer, name="Bo", category="spouse", email="Bo@X.example"
        )
        await buy_ticket(client, world, buyer, product)
        await scan(world)

    async def found(**params: str) -> list[tuple[str, str]]:
        answer = await client.get(PATH, headers=acme.headers, params={"sort": "name", **params})
        page = answer.json()
        assert page["paging"]["total"] == len(page["results"]), answer.text
        return [(row["name"], row["popup_id"]) for row in page["results"]]

    here, there = str(popup["id"]), str(other["id"])
    assert sorted(await found()) == sorted(
        [("Ada", here), ("Ada", there), ("Bo", here), ("Cy", here)]
    )
    assert await found(popup_id=here) == [("Ada", here), ("Bo", here), ("Cy", here)]
    assert await found(popup_id=here, sort="-name") == [("Cy", here), ("Bo", here), ("Ada", here)]
    assert await found(application_id=str(elsewhere.application_id)) == [("Ada", there)]
    assert await found(search="BO@x") == [("Bo", here)]
    assert await found(search="%") == []
    assert await found(category="kid") == [("Cy", here)]
    assert await found(product_id=str(product["id"])) == [("Ada", here)]
    assert await found(product_id=str(uuid4())) == []
    assert await found(is_checked_in="true") == [("Ada", here)]
    assert await found(is_checked_in="false", popup_id=here) == [("Bo", here), ("Cy", here)]
    page = await client.get(PATH, headers=acme.headers, params={"limit": 1, "popup_id": here})
    assert page.json()["paging"]["total"] == 3


async def test_attendee_shows_account_application_and_tickets(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, **FAMILY)
    product = await make_product(client, acme, popup)
    buyer = await make_buyer(acme, popup)
    await buy_ticket(client, acme, buyer, product)
    path = f"{PATH}/{buyer.attendee_id}"

    before = (await client.get(path, headers=acme.viewer_headers)).json()
    await scan(acme)
    after = (await client.get(path, headers=acme.viewer_headers)).json()

    assert before["application_status"] == "accepted"
    assert before["human"]["id"] == str(acme.human_id)
    (ticket,) = before["tickets"]
    assert (ticket["product_name"], ticket["status"]) == ("Week", "issued")
    assert ticket["checked_in_at"] is None
    assert after["tickets"][0]["checked_in_at"] is not None
    assert "code" not in ticket


async def test_staff_add_change_and_remove_a_companion(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    buyer = await make_buyer(acme, await open_popup(client, acme, **FAMILY))

    made = await make_companion(client, acme, buyer)
    path = f"{PATH}/{made['id']}"
    changed = await client.patch(path, headers=acme.headers, json={"age": "8"})
    gone = await client.delete(path, headers=acme.headers)
    unknown = await client.get(path, headers=acme.headers)

    assert (changed.json()["age"], gone.status_code) == ("8", 204)
    assert kind_of(unknown) == (404, "attendee-unknown")


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"category": "spouse"}, "spouse-not-allowed"),
        ({"category": "kid"}, "kids-not-allowed"),
        ({"category": "kid", "application_id": str(UUID(int=7))}, "application-unknown"),
    ],
    ids=str,
)
async def test_staff_are_held_to_the_popups_rules(
    client: httpx.AsyncClient, acme: TenantWorld, body: Json, refused: str
) -> None:
    buyer = await make_buyer(acme, await open_popup(client, acme))

    asked = {"application_id": str(buyer.application_id), "name": "Bo", **body}
    response = await client.post(PATH, headers=acme.headers, json=asked)

    assert kind_of(response)[1] == refused


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_anothers_attendee_is_not_found(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, method: str
) -> None:
    theirs = await make_buyer(globex, await open_popup(client, globex, **FAMILY))
    kid = await make_companion(client, globex, theirs)

    body: Json | None = {"name": "Mallory"} if method == "PATCH" else None
    answer = await indistinguishable(
        client, acme.headers, method, "attendees/{id}", kid["id"], body
    )

    assert kind_of(answer) == (404, "attendee-unknown")
    async with globex.session() as session:
        names = (await session.exec(select(Attendee.name).order_by(col(Attendee.name)))).all()
    assert list(names) == ["Ada", "Cy"]


async def test_viewer_and_human_do_not_write(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    buyer = await make_buyer(acme, await open_popup(client, acme, **FAMILY))
    path = f"{PATH}/{buyer.attendee_id}"

    answers = [
        await client.patch(path, headers=acme.viewer_headers, json={"name": "Z"}),
        await client.patch(path, headers=acme.human_headers, json={"name": "Z"}),
        await client.get(PATH, headers=acme.human_headers),
    ]

    assert [kind_of(answer) for answer in answers] == [(403, "forbidden")] * 3


async def test_list_attendees_takes_one_statement_however_many_there_are(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, statements: list[str]
) -> None:
    popup = await open_popup(client, acme)
    counts = []
    crowd = await make_crowd(acme, settings, popup, 3)
    async with acme.session() as session:
        ids = [buyer.attendee_id for buyer in crowd[1:]]
        rows = (await session.exec(select(Attendee).where(col(Attendee.id).in_(ids)))).all()
        for row in rows:
            row.name = "Other"
    for search, wanted in (("ada", 1), ("a", 1), ("", 3)):
        statements.clear()
        params = {"popup_id": str(popup["id"])} | ({"search": search} if search else {})
        response = await client.get(PATH, headers=acme.headers, params=params)
        assert len(response.json()["results"]) == wanted
        counts.append(len(statements))

    assert counts == [1, 1, 1]
    assert UUID(str(popup["id"]))
