"""People join a group and leave it: seats hold, applications follow, nothing is half-done."""

import asyncio
from collections import Counter
from uuid import UUID

import httpx
import pytest
from sqlmodel import select

from app.api.allotment.models import Allotment
from app.api.application.models import Application
from app.api.group.models import GroupMember
from app.core.config import Settings
from app.jobs.worker import run_worker
from tests.api.payment.buying import Buyer, make_buyer, open_popup, ordered
from tests.crashing import crash_everywhere
from tests.database import Database
from tests.factories import Json, change, make_coupon, make_group, make_product
from tests.logins import Entrance
from tests.probing import kind_of
from tests.worlds import TenantWorld

ADA = "human@example.com"


async def add(
    client: httpx.AsyncClient, world: TenantWorld, group: Json, email: str
) -> httpx.Response:
    path = f"/api/v1/groups/{group['id']}/members"
    return await client.post(path, headers=world.headers, json={"email": email})


async def outcome(client: httpx.AsyncClient, world: TenantWorld, group: Json, email: str) -> str:
    answer = await add(client, world, group, email)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["outcome"])


async def make_human(client: httpx.AsyncClient, world: TenantWorld, email: str) -> Json:
    answer = await client.post("/api/v1/humans", headers=world.headers, json={"email": email})
    made: Json = answer.json()
    return made


async def taken(world: TenantWorld, group: Json) -> int:
    async with world.session() as session:
        statement = select(Allotment.taken).where(Allotment.id == UUID(str(group["id"])))
        return (await session.exec(statement)).one()


async def applications(world: TenantWorld, popup: Json) -> list[tuple[str, bool]]:
    async with world.session() as session:
        statement = select(Application).where(Application.popup_id == UUID(str(popup["id"])))
        rows = (await session.exec(statement)).all()
    return sorted((str(row.status), row.group_id is not None) for row in rows)


async def members(world: TenantWorld) -> int:
    async with world.session() as session:
        return len((await session.exec(select(GroupMember))).all())


async def test_whoever_has_an_account_is_a_member_at_once_with_an_accepted_application(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    await client.put(
        f"/api/v1/approval-strategies/{popup['id']}",
        headers=acme.headers,
        json={"kind": "any_reviewer"},
    )
    group = await make_group(client, acme, popup, seats=2, leader_id=str(acme.human_id))
    path = f"/api/v1/groups/mine/{group['id']}/members"

    answer = await client.post(path, headers=acme.human_headers, json={"email": ADA.upper()})
    listed = await client.get(path, headers=acme.human_headers)

    assert answer.json()["outcome"] == "joined"
    assert [row["human"]["email"] for row in listed.json()["results"]] == [ADA]
    assert await applications(acme, popup) == [("accepted", True)]
    assert await taken(acme, group) == 1
    mine = await client.get("/api/v1/applications/mine", headers=acme.human_headers)
    assert [row["group_id"] for row in mine.json()["results"]] == [group["id"]]
    assert await outcome(client, acme, group, ADA) == "has_seat"


async def test_a_batch_answers_each_row_and_a_bad_one_leaves_the_others(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    group = await make_group(client, acme, popup, seats=3)
    other = await make_group(client, acme, popup, slug="other")
    flagged = await make_human(client, acme, "flagged@example.com")
    await change(client, acme, f"humans/{flagged['id']}", is_red_flagged=True)
    await make_human(client, acme, "elsewhere@example.com")
    await outcome(client, acme, other, "elsewhere@example.com")
    wanted = [ADA, "elsewhere@example.com", "flagged@example.com", ADA, "z@example.com"]

    answer = await client.post(
        f"/api/v1/groups/{group['id']}/members/batch",
        headers=acme.headers,
        json={"people": [{"email": email} for email in wanted]},
    )

    told = [(row["email"], row["outcome"]) for row in answer.json()["results"]]
    assert told == [
        (ADA, "joined"),
        ("elsewhere@example.com", "refused"),
        ("flagged@example.com", "refused"),
        (ADA, "repeated"),
        ("z@example.com", "no_seat"),
    ]
    assert await taken(acme, group) == 1
    assert await applications(acme, popup) == [
        ("accepted", True),
        ("accepted", True),
        ("rejected", False),
    ]
    assert await outcome(client, acme, group, "z@example.com") == "invited"
    assert await taken(acme, group) == 2


async def test_an_invited_address_joins_when_it_signs_up(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings, entrance: Entrance
) -> None:
    popup = await open_popup(client, acme)
    group = await make_group(client, acme, popup, seats=1, discount_percent=10)
    assert await outcome(client, acme, group, "new@example.com") == "invited"
    full = await add(client, acme, group, "late@example.com")

    await entrance.ask("new@example.com", acme.tenant_id)
    await entrance.log_in("new@example.com", acme.tenant_id)
    await run_worker(settings, until_empty=True)
    await entrance.log_in("new@example.com", acme.tenant_id)
    mails = await entrance.mails()

    listed = await client.get(f"/api/v1/groups/{group['id']}/members", headers=acme.headers)
    invited = await client.get(f"/api/v1/groups/{group['id']}/invitations", headers=acme.headers)
    assert kind_of(full) == (409, "group-full")
    assert [row["human"]["email"] for row in listed.json()["results"]] == ["new@example.com"]
    assert [row["status"] for row in invited.json()["results"]] == ["accepted"]
    assert await applications(acme, popup) == [("accepted", True)]
    assert (await taken(acme, group), await members(acme)) == (1, 1)
    subjects = [str(mail["Subject"]) for mail in mails if mail["To"] == "new@example.com"]
    assert [subject for subject in subjects if "invites you" in subject] == [
        "Compiler Club invites you to Summer City"
    ]


async def test_an_invitation_is_taken_back_once_and_can_be_made_again(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    group = await make_group(client, acme, await open_popup(client, acme), seats=1)
    invited = (await add(client, acme, group, "new@example.com")).json()
    path = f"/api/v1/groups/{group['id']}/invitations/{invited['id']}"

    answers = await asyncio.gather(*(client.delete(path, headers=acme.headers) for _ in range(3)))

    assert Counter(answer.status_code for answer in answers) == {204: 1, 404: 2}
    assert await taken(acme, group) == 0
    assert await outcome(client, acme, group, "new@example.com") == "invited"
    assert await taken(acme, group) == 1


async def test_thirty_at_once_get_two_seats(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    group = await make_group(client, acme, await open_popup(client, acme), seats=2)
    emails = [f"{number}@example.com" for number in range(30)]
    for email in emails[::2]:
        await make_human(client, acme, email)

    answers = await asyncio.gather(*(add(client, acme, group, email) for email in emails))

    assert Counter(answer.status_code for answer in answers) == {200: 2, 409: 28}
    refused = {kind_of(answer) for answer in answers if answer.status_code == 409}
    assert refused == {(409, "group-full")}
    assert await taken(acme, group) == 2
    fewer = await client.patch(
        f"/api/v1/groups/{group['id']}", headers=acme.headers, json={"seats": 1}
    )
    gone = await client.delete(f"/api/v1/groups/{group['id']}", headers=acme.headers)
    assert kind_of(fewer) == (409, "seats-below-members")
    assert kind_of(gone) == (409, "group-in-use")


async def test_who_withdraws_frees_the_seat_once_and_only_they_come_back(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    group = await make_group(client, acme, popup, seats=1)
    member = (await add(client, acme, group, ADA)).json()["id"]
    (mine,) = (await client.get("/api/v1/applications/mine", headers=acme.human_headers)).json()[
        "results"
    ]
    withdraw = f"/api/v1/applications/mine/{mine['id']}/withdraw"
    remove = f"/api/v1/groups/{group['id']}/members/{member}"

    answers = await asyncio.gather(
        *(client.post(withdraw, headers=acme.human_headers) for _ in range(2)),
        *(client.delete(remove, headers=acme.headers) for _ in range(2)),
    )

    assert sum(answer.is_success for answer in answers) == 1
    assert {answer.status_code for answer in answers} <= {200, 204, 404, 409}
    assert (await taken(acme, group), await members(acme)) == (0, 0)
    assert await applications(acme, popup) == [("withdrawn", False)]
    assert await outcome(client, acme, group, ADA) == "refused"
    assert await taken(acme, group) == 0


async def test_a_member_accepted_before_stays_accepted_and_one_who_bought_stays_a_member(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    week = await make_product(client, acme, popup)
    group = await make_group(client, acme, popup, seats=1, discount_percent=20)
    buyer = await make_buyer(acme, popup)
    async with acme.session() as session:
        row = (await session.exec(select(Application))).one()
        row.decided_at = row.created_at
    path = f"/api/v1/groups/{group['id']}/members"

    first = (await add(client, acme, group, ADA)).json()
    removed = await client.delete(f"{path}/{first['id']}", headers=acme.headers)
    after = await applications(acme, popup)
    second = (await add(client, acme, group, ADA)).json()
    await ordered(client, buyer, buyer.cart(week))
    kept = await client.delete(f"{path}/{second['id']}", headers=acme.headers)

    assert (first["outcome"], removed.status_code) == ("joined", 204)
    assert after == [("accepted", False)]
    assert kind_of(kept) == (409, "application-move-refused")
    assert await taken(acme, group) == 1


async def test_nobody_joins_a_group_that_is_off_or_whose_popup_is_not_open(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    group = await make_group(client, acme, popup, is_active=False)
    off = await add(client, acme, group, ADA)
    await change(client, acme, f"groups/{group['id']}", is_active=True)
    await change(client, acme, f"popups/{popup['id']}", status="ended")

    assert kind_of(off) == (409, "group-closed")
    assert kind_of(await add(client, acme, group, ADA)) == (409, "popup-closed")
    assert await taken(acme, group) == 0


@pytest.mark.parametrize(
    ("scholarship", "wins"), [(None, ("coupon", 50)), (60, ("scholarship", 60)), (50, None)]
)
async def test_the_best_of_group_coupon_and_scholarship_wins_alone(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    scholarship: int | None,
    wins: tuple[str, int] | None,
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    week = await make_product(client, acme, popup)
    await make_coupon(client, acme, popup)
    group = await make_group(client, acme, popup, discount_percent=20)
    granted = {"scholarship_status": "granted", "scholarship_percent": scholarship}
    buyer = await make_buyer(acme, popup, **(granted if scholarship else {}))
    assert await outcome(client, acme, group, ADA) == "joined"

    with_code = await quote(client, buyer, buyer.cart(week, coupon_code="half"))
    without = await quote(client, buyer, buyer.cart(week))
    paid = await ordered(client, buyer, buyer.cart(week, coupon_code="half"))

    source, percent = wins or ("scholarship", 50)
    of_old = ("scholarship", scholarship) if scholarship else ("group", 20)
    assert told(with_code) == [(source, percent)]
    assert told(without) == [of_old]
    assert told(paid) == [(source, percent)]
    assert paid["discount_minor"] == 25_000 * percent // 100


async def quote(client: httpx.AsyncClient, buyer: Buyer, cart: Json) -> Json:
    answer = await client.post("/api/v1/checkout/preview", headers=buyer.headers, json=cart)
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()
    return made


def told(order: Json) -> list[tuple[object, object]]:
    lines = order["lines"]
    assert isinstance(lines, list)
    return [(line["discount_source"], line["discount_percent"]) for line in lines]


async def test_a_crash_at_any_statement_leaves_no_half_joined_member(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    popup = await open_popup(client, acme)
    group = await make_group(client, acme, popup, seats=1)

    again = await crash_everywhere(
        monkeypatch, database, lambda: add(client, acme, group, ADA), writes=15
    )

    assert again.json()["outcome"] == "has_seat"
    assert (await taken(acme, group), await members(acme)) == (1, 1)
    assert await applications(acme, popup) == [("accepted", True)]
