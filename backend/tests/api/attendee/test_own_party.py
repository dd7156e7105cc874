"""A human's own party: whom they bring, and what keeps somebody in it."""

import asyncio
from uuid import UUID

import httpx
import pytest
from sqlmodel import col, select

from app.api.application.lifecycle import ApplicationStatus
from app.api.application.models import Application
from app.api.attendee.crud import attendee_crud
from app.api.attendee.errors import MainAttendeeExists, SpouseExists
from app.api.attendee.models import Attendee
from app.api.attendee.party import AttendeeCategory
from app.api.shared.types import new_id
from app.core.config import Settings
from tests.api.payment.buying import Buyer, accept, act_on, make_crowd, open_popup
from tests.api.payment.buying import ordered as order
from tests.factories import Json, change, make_product
from tests.probing import kind_of
from tests.worlds import TenantWorld

FAMILY: Json = {"allows_spouse": True, "allows_children": True}
SPOUSE: Json = {"category": "spouse", "name": "Bo", "email": "Bo@X.example"}
KID: Json = {"category": "kid", "name": "Cy", "age": "7"}


async def applicant(world: TenantWorld, popup: Json) -> Buyer:
    """Accept an application of the world's human, whose attendee comes first by its id."""
    buyer = Buyer(world.human_id, new_id(), new_id(), world.human_headers)
    await accept(world, popup, buyer)
    return buyer


def party_of(buyer: Buyer, attendee_id: object = "") -> str:
    path = f"/api/v1/applications/mine/{buyer.application_id}/attendees"
    return f"{path}/{attendee_id}" if attendee_id else path


async def bring(client: httpx.AsyncClient, buyer: Buyer, body: Json) -> Json:
    response = await client.post(party_of(buyer), headers=buyer.headers, json=body)
    assert response.status_code == 201, response.text
    made: Json = response.json()
    return made


async def planted(world: TenantWorld) -> list[tuple[str, str]]:
    async with world.session() as session:
        rows = (await session.exec(select(Attendee).order_by(col(Attendee.id)))).all()
    return [(row.category.value, row.name) for row in rows]


async def test_party_is_listed_with_those_who_were_brought(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, **FAMILY)
    buyer = await applicant(acme, popup)

    spouse = await bring(client, buyer, SPOUSE)
    kids = [await bring(client, buyer, KID), await bring(client, buyer, KID)]

    listed = (await client.get(party_of(buyer), headers=buyer.headers)).json()
    assert (spouse["email"], spouse["tickets"]) == ("bo@x.example", [])
    assert [row["category"] for row in listed["results"]] == ["main", "spouse", "kid", "kid"]
    assert listed["results"][1:] == [spouse, *kids]
    assert listed["paging"]["total"] == 4
    assert "human_id" not in spouse


@pytest.mark.parametrize(
    ("allowed", "body", "refused"),
    [
        ({"allows_children": True}, SPOUSE, "spouse-not-allowed"),
        ({"allows_spouse": True}, KID, "kids-not-allowed"),
    ],
    ids=["spouse", "kid"],
)
async def test_add_companion_is_refused_where_the_popup_does_not_allow_it(
    client: httpx.AsyncClient, acme: TenantWorld, allowed: Json, body: Json, refused: str
) -> None:
    popup = await open_popup(client, acme, **allowed)
    buyer = await applicant(acme, popup)

    response = await client.post(party_of(buyer), headers=buyer.headers, json=body)

    assert kind_of(response) == (409, refused)
    assert await planted(acme) == [("main", "Ada")]


async def test_two_spouses_at_once_are_one(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    buyer = await applicant(acme, await open_popup(client, acme, **FAMILY))

    answers = await asyncio.gather(
        *(client.post(party_of(buyer), headers=buyer.headers, json=SPOUSE) for _ in range(5))
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    refused = [kind_of(answer) for answer in answers if answer.status_code == 409]
    assert set(refused) == {(409, "spouse-exists")}
    assert await planted(acme) == [("main", "Ada"), ("spouse", "Bo")]


@pytest.mark.parametrize(
    ("category", "refusal"),
    [
        (AttendeeCategory.SPOUSE, SpouseExists),
        (AttendeeCategory.MAIN, MainAttendeeExists),
    ],
)
async def test_the_database_itself_refuses_a_second_one(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    category: AttendeeCategory,
    refusal: type[Exception],
) -> None:
    buyer = await applicant(acme, popup := await open_popup(client, acme, **FAMILY))

    async def two() -> None:
        async with acme.session() as session:
            for _ in range(2):
                session.add(
                    Attendee(
                        popup_id=UUID(str(popup["id"])),
                        application_id=buyer.application_id,
                        owner_id=buyer.human_id,
                        category=category,
                        name="Bo",
                    )
                )
                await attendee_crud.flush(session)

    with pytest.raises(refusal):
        await two()


async def test_update_attendee_changes_exactly_what_was_sent(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    buyer = await applicant(acme, await open_popup(client, acme, **FAMILY))
    kid = await bring(client, buyer, KID)

    path = party_of(buyer, kid["id"])
    renamed = await client.patch(path, headers=buyer.headers, json={"name": "Di"})
    nothing = await client.patch(path, headers=buyer.headers, json={})
    spouse = await client.patch(path, headers=buyer.headers, json={"category": "spouse"})

    assert renamed.json() == {**kid, "name": "Di", "updated_at": renamed.json()["updated_at"]}
    assert nothing.json() == renamed.json()
    assert spouse.json()["category"] == "spouse"


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"category": "spouse"}, (409, "spouse-exists")),
        ({"category": "main"}, (422, "invalid-request")),
        ({"name": None}, (422, "invalid-request")),
        ({"human_id": str(UUID(int=7))}, (422, "invalid-request")),
    ],
    ids=str,
)
async def test_update_companion_is_refused_what_they_cannot_be(
    client: httpx.AsyncClient, acme: TenantWorld, body: Json, refused: tuple[int, str]
) -> None:
    buyer = await applicant(acme, await open_popup(client, acme, **FAMILY))
    await bring(client, buyer, SPOUSE)
    kid = await bring(client, buyer, KID)

    response = await client.patch(party_of(buyer, kid["id"]), headers=buyer.headers, json=body)

    assert kind_of(response) == refused
    assert await planted(acme) == [("main", "Ada"), ("spouse", "Bo"), ("kid", "Cy")]


async def test_the_main_attendee_stays(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    buyer = await applicant(acme, await open_popup(client, acme, **FAMILY))
    path = party_of(buyer, buyer.attendee_id)

    removed = await client.delete(path, headers=buyer.headers)
    moved = await client.patch(path, headers=buyer.headers, json={"category": "kid"})
    readdressed = await client.patch(path, headers=buyer.headers, json={"email": "a@x.example"})
    by_staff = await client.delete(f"/api/v1/attendees/{buyer.attendee_id}", headers=acme.headers)

    assert kind_of(removed) == kind_of(moved) == kind_of(by_staff) == (409, "main-attendee-stays")
    assert kind_of(readdressed) == (409, "main-attendee-address-fixed")
    assert await planted(acme) == [("main", "Ada")]


async def test_companion_with_tickets_or_orders_stays(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, **FAMILY)
    product = await make_product(client, acme, popup)
    buyer = await applicant(acme, popup)
    kid = await bring(client, buyer, KID)
    cart = buyer.cart(product)
    cart["lines"] = [{"product_id": product["id"], "attendee_id": kid["id"], "quantity": 1}]
    payment = await order(client, buyer, cart)
    paths = party_of(buyer, kid["id"]), f"/api/v1/attendees/{kid['id']}"

    async def removals() -> list[tuple[int, str]]:
        own = await client.delete(paths[0], headers=buyer.headers)
        return [kind_of(own), kind_of(await client.delete(paths[1], headers=acme.headers))]

    pending = await removals()
    await act_on(client, acme.headers, payment, "approve")
    sold = await removals()
    moved = await client.patch(paths[0], headers=buyer.headers, json={"category": "spouse"})

    assert pending == [(409, "attendee-has-orders")] * 2
    assert sold == [(409, "attendee-has-tickets")] * 2
    assert kind_of(moved) == (409, "attendee-has-tickets")
    listed = (await client.get(party_of(buyer), headers=buyer.headers)).json()["results"][1]
    (ticket,) = listed["tickets"]
    assert (ticket["product_name"], ticket["status"]) == ("Week", "issued")
    assert "code" not in ticket


async def test_companion_without_tickets_is_taken_out(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    buyer = await applicant(acme, await open_popup(client, acme, **FAMILY))
    kid = await bring(client, buyer, KID)

    gone = await client.delete(party_of(buyer, kid["id"]), headers=buyer.headers)
    again = await client.delete(party_of(buyer, kid["id"]), headers=buyer.headers)

    assert (gone.status_code, kind_of(again)) == (204, (404, "attendee-unknown"))
    assert await planted(acme) == [("main", "Ada")]


@pytest.mark.parametrize("status", ["ended", "archived"])
async def test_party_is_read_only_once_the_popup_is_over(
    client: httpx.AsyncClient, acme: TenantWorld, status: str
) -> None:
    popup = await open_popup(client, acme, **FAMILY)
    buyer = await applicant(acme, popup)
    kid = await bring(client, buyer, KID)
    await change(client, acme, f"popups/{popup['id']}", status=status)

    path = party_of(buyer, kid["id"])
    answers = [
        await client.post(party_of(buyer), headers=buyer.headers, json=KID),
        await client.patch(path, headers=buyer.headers, json={"name": "Di"}),
        await client.delete(path, headers=buyer.headers),
    ]

    assert [kind_of(answer) for answer in answers] == [(409, "popup-closed")] * 3
    assert await planted(acme) == [("main", "Ada"), ("kid", "Cy")]
    listed = await client.get(party_of(buyer), headers=buyer.headers)
    assert listed.json()["paging"]["total"] == 2
    by_staff = await client.patch(
        f"/api/v1/attendees/{kid['id']}", headers=acme.headers, json={"name": "Di"}
    )
    is_record = status == "archived"
    assert kind_of(by_staff) == (409, "popup-archived") if is_record else by_staff.is_success


@pytest.mark.parametrize("status", [ApplicationStatus.REJECTED, ApplicationStatus.WITHDRAWN])
async def test_party_of_a_refused_application_is_closed(
    client: httpx.AsyncClient, acme: TenantWorld, status: ApplicationStatus
) -> None:
    buyer = await applicant(acme, await open_popup(client, acme, **FAMILY))
    kid = await bring(client, buyer, KID)
    async with acme.session() as session:
        application = await session.get(Application, (acme.tenant_id, buyer.application_id))
        assert application is not None
        application.status = status

    path = party_of(buyer, kid["id"])
    answers = [
        await client.post(party_of(buyer), headers=buyer.headers, json=KID),
        await client.patch(path, headers=buyer.headers, json={"name": "Di"}),
        await client.delete(path, headers=buyer.headers),
        await client.delete(f"/api/v1/attendees/{kid['id']}", headers=acme.headers),
    ]

    assert [kind_of(answer) for answer in answers] == [(409, "party-closed")] * 4
    assert await planted(acme) == [("main", "Ada"), ("kid", "Cy")]


async def test_a_party_has_an_end(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await open_popup(client, acme, **FAMILY)
    buyer = await applicant(acme, popup)
    async with acme.session() as session:
        session.add_all(
            Attendee(
                popup_id=UUID(str(popup["id"])),
                application_id=buyer.application_id,
                owner_id=buyer.human_id,
                category=AttendeeCategory.KID,
                name="Cy",
            )
            for _ in range(49)
        )

    refused = await client.post(party_of(buyer), headers=buyer.headers, json=KID)

    assert kind_of(refused) == (409, "party-too-large")


async def test_anothers_party_does_not_exist(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld, settings: Settings
) -> None:
    popup = await open_popup(client, acme, **FAMILY)
    own = await applicant(acme, popup)
    (neighbour,) = await make_crowd(acme, settings, popup, 1)
    stranger = await applicant(globex, await open_popup(client, globex, **FAMILY))
    kids = [(one, await bring(client, one, KID)) for one in (neighbour, stranger)]
    before = await planted(acme), await planted(globex)

    for other, kid in kids:
        answers = [
            await client.get(party_of(other), headers=own.headers),
            await client.post(party_of(other), headers=own.headers, json=KID),
            await client.patch(party_of(other, kid["id"]), headers=own.headers, json=KID),
            await client.delete(party_of(other, kid["id"]), headers=own.headers),
        ]
        assert [kind_of(answer) for answer in answers] == [(404, "application-unknown")] * 4
        through_own = [
            await client.patch(party_of(own, kid["id"]), headers=own.headers, json={"name": "Z"}),
            await client.delete(party_of(own, kid["id"]), headers=own.headers),
        ]
        assert [kind_of(answer) for answer in through_own] == [(404, "attendee-unknown")] * 2
    assert (await planted(acme), await planted(globex)) == before


async def test_own_party_takes_the_same_statements_however_large(
    client: httpx.AsyncClient, acme: TenantWorld, statements: list[str]
) -> None:
    buyer = await applicant(acme, await open_popup(client, acme, **FAMILY))
    counts = []
    for _ in range(3):
        statements.clear()
        await client.get(party_of(buyer), headers=buyer.headers)
        counts.append(len(statements))
        await bring(client, buyer, KID)

    assert counts == [2, 2, 2]
