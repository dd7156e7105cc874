"""Applications over HTTP: a human applies, the staff or the votes decide."""

from typing import TypeAlias
from uuid import uuid4

import httpx
import pytest
from sqlmodel import select

from app.api.attendee.models import Attendee
from app.api.mail.models import MailMessage
from tests.factories import make_field, make_popup
from tests.probing import kind_of
from tests.worlds import TenantWorld

Json: TypeAlias = dict[str, object]

ANSWERS: Json = {"first_name": "Ada", "last_name": "Lovelace"}
LATER: Json = {"starts_on": "2100-06-01", "ends_on": "2100-06-30"}
MINE = "/api/v1/applications/mine"


async def apply(client: httpx.AsyncClient, world: TenantWorld, popup: Json, **body: object) -> Json:
    """Start an application of the world's human."""
    response = await client.post(
        MINE, headers=world.human_headers, json={"popup_id": popup["id"], **body}
    )
    assert response.status_code == 201, response.text
    made: Json = response.json()
    return made


async def submit(client: httpx.AsyncClient, world: TenantWorld, application: Json) -> Json:
    """Submit it."""
    response = await client.post(f"{MINE}/{application['id']}/submit", headers=world.human_headers)
    assert response.status_code == 200, response.text
    moved: Json = response.json()
    return moved


async def decides_by(
    client: httpx.AsyncClient, world: TenantWorld, popup: Json, **strategy: object
) -> None:
    """Give a popup a strategy and two reviewers."""
    put = await client.put(
        f"/api/v1/approval-strategies/{popup['id']}", headers=world.headers, json=strategy
    )
    assert put.status_code == 200, put.text
    for user_id in (world.admin_id, world.viewer_id):
        body = {"popup_id": popup["id"], "user_id": str(user_id)}
        await client.post("/api/v1/popup-reviewers", headers=world.headers, json=body)


async def vote(
    client: httpx.AsyncClient, headers: dict[str, str], application: Json, vote: str
) -> httpx.Response:
    """Cast a vote."""
    return await client.put(
        f"/api/v1/applications/{application['id']}/reviews/mine",
        headers=headers,
        json={"vote": vote},
    )


async def test_submit_application_is_accepted_where_nobody_reviews(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    draft = await apply(client, acme, popup, answers=ANSWERS)

    accepted = await submit(client, acme, draft)

    assert draft["status"] == "draft"
    assert accepted["status"] == "accepted"
    assert accepted["answers"] == ANSWERS
    listed = (await client.get("/api/v1/applications", headers=acme.headers)).json()["results"]
    assert [row["human"]["last_name"] for row in listed] == ["Lovelace"]
    async with acme.session() as session:
        attendees = (await session.exec(select(Attendee))).all()
        mails = (await session.exec(select(MailMessage.kind))).all()
    assert [(person.category, person.human_id) for person in attendees] == [("main", acme.human_id)]
    assert list(mails) == ["application_accepted"]


async def test_submit_application_refuses_what_the_form_does_not_take(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    await make_field(client, acme, popup, key="diet", required=True)
    draft = await apply(client, acme, popup, answers=ANSWERS)

    open_one = await client.post(f"{MINE}/{draft['id']}/submit", headers=acme.human_headers)
    unknown = await client.patch(
        f"{MINE}/{draft['id']}",
        headers=acme.human_headers,
        json={"answers": {**ANSWERS, "shoe_size": "44"}},
    )

    assert open_one.status_code == 422
    assert open_one.json()["errors"][0]["pointer"] == "/diet"
    assert unknown.status_code == 422
    kept = (await client.get(f"{MINE}/{draft['id']}", headers=acme.human_headers)).json()
    assert (kept["status"], kept["answers"]) == ("draft", ANSWERS)


async def test_apply_twice_is_refused(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    await apply(client, acme, popup)

    again = await client.post(MINE, headers=acme.human_headers, json={"popup_id": popup["id"]})

    assert again.status_code == 409
    assert again.json()["type"].endswith("/application-exists")


@pytest.mark.parametrize("status", ["draft", "archived"])
async def test_apply_to_a_popup_that_is_not_published_finds_none(
    client: httpx.AsyncClient, acme: TenantWorld, status: str
) -> None:
    popup = await make_popup(client, acme, **LATER, status=status)

    hidden = await client.post(MINE, headers=acme.human_headers, json={"popup_id": popup["id"]})
    unknown = await client.post(MINE, headers=acme.human_headers, json={"popup_id": str(uuid4())})

    assert hidden.status_code == 404
    assert hidden.json() == unknown.json()


async def test_votes_decide_as_the_strategy_says(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    await decides_by(client, acme, popup, kind="all_reviewers")
    waiting = await submit(client, acme, await apply(client, acme, popup, answers=ANSWERS))
    queue = await client.get("/api/v1/applications/queue", headers=acme.viewer_headers)

    first = await vote(client, acme.headers, waiting, "yes")
    between = await client.get(f"/api/v1/applications/{waiting['id']}", headers=acme.headers)
    second = await vote(client, acme.viewer_headers, waiting, "no")

    assert waiting["status"] == "in_review"
    assert queue.json()["paging"]["total"] == 1
    assert [first.status_code, second.status_code] == [200, 200]
    assert between.json()["status"] == "in_review"
    after = await client.get(f"/api/v1/applications/{waiting['id']}", headers=acme.headers)
    assert after.json()["status"] == "rejected"
    late = await vote(client, acme.headers, waiting, "strong_yes")
    assert late.json()["type"].endswith("/votes-closed")


async def test_vote_changes_until_the_outcome(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    await decides_by(client, acme, popup, kind="all_reviewers")
    waiting = await submit(client, acme, await apply(client, acme, popup, answers=ANSWERS))
    await vote(client, acme.headers, waiting, "yes")

    await vote(client, acme.headers, waiting, "strong_yes")

    path = f"/api/v1/applications/{waiting['id']}/reviews"
    summary = (await client.get(path, headers=acme.headers)).json()
    assert [review["vote"] for review in summary["reviews"]] == ["strong_yes"]
    assert summary["decision"] == "undecided"


async def test_vote_of_somebody_who_does_not_review_is_refused(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    path = f"/api/v1/approval-strategies/{popup['id']}"
    await client.put(path, headers=acme.headers, json={"kind": "any_reviewer"})
    waiting = await submit(client, acme, await apply(client, acme, popup, answers=ANSWERS))

    refused = await vote(client, acme.headers, waiting, "yes")

    assert refused.status_code == 403
    assert refused.json()["type"].endswith("/not-reviewer")


async def test_red_flag_rejects_what_is_in_review_and_what_is_submitted(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    first = await make_popup(client, acme, **LATER, status="active")
    second = await make_popup(client, acme, **LATER, status="active", slug="second")
    await decides_by(client, acme, first, kind="any_reviewer")
    waiting = await submit(client, acme, await apply(client, acme, first, answers=ANSWERS))
    draft = await apply(client, acme, second, answers=ANSWERS)

    flagged = await client.patch(
        f"/api/v1/humans/{acme.human_id}", headers=acme.headers, json={"is_red_flagged": True}
    )

    assert flagged.json()["is_red_flagged"] is True
    one = await client.get(f"/api/v1/applications/{waiting['id']}", headers=acme.headers)
    assert one.json()["status"] == "rejected"
    assert (await submit(client, acme, draft))["status"] == "rejected"


async def test_a_draft_is_withdrawn_and_taken_up_again(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    draft = await apply(client, acme, popup, answers={"first_name": "Ada"})
    moves = ("withdraw", "withdraw", "resume")

    answers = [
        await client.post(f"{MINE}/{draft['id']}/{move}", headers=acme.human_headers)
        for move in moves
    ]

    assert kind_of(answers[1]) == (409, "application-move-refused")
    told = [(answer.status_code, answer.json()["status"]) for answer in (answers[0], answers[2])]
    assert told == [(200, "withdrawn"), (200, "draft")]
    assert answers[2].json()["answers"] == {"first_name": "Ada"}


async def test_staff_decide_withdraw_and_take_up_again(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    await decides_by(client, acme, popup, kind="any_reviewer")
    waiting = await submit(client, acme, await apply(client, acme, popup, answers=ANSWERS))
    path = f"/api/v1/applications/{waiting['id']}"

    rejected = await client.post(f"{path}/reject", headers=acme.headers)
    reopened = await client.post(f"{path}/reopen", headers=acme.headers)
    accepted = await client.post(f"{path}/accept", headers=acme.headers)
    withdrawn = await client.post(f"{MINE}/{waiting['id']}/withdraw", headers=acme.human_headers)
    again = await client.post(f"{path}/accept", headers=acme.headers)
    resumed = await client.post(f"{MINE}/{waiting['id']}/resume", headers=acme.human_headers)

    states = [answer.json()["status"] for answer in (rejected, reopened, accepted, withdrawn)]
    assert states == ["rejected", "in_review", "accepted", "withdrawn"]
    assert again.status_code == 409
    assert again.json()["type"].endswith("/application-move-refused")
    assert resumed.json()["status"] == "draft"
    snapshots = (await client.get(f"{path}/snapshots", headers=acme.headers)).json()
    assert [kept["event"] for kept in snapshots] == [
        "submit",
        "reject",
        "reopen",
        "accept",
        "withdraw",
    ]


async def test_scholarship_is_asked_for_and_decided(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    draft = await apply(
        client, acme, popup, answers=ANSWERS, scholarship={"reason": "I am a student"}
    )
    path = f"/api/v1/applications/{draft['id']}/scholarship"

    granted = await client.put(path, headers=acme.headers, json={"percent": 40})
    refused = await client.put(path, headers=acme.headers, json={"percent": None})

    assert granted.json()["scholarship_status"] == "granted"
    assert granted.json()["scholarship_percent"] == 40
    assert refused.json()["scholarship_status"] == "refused"
    assert refused.json()["scholarship_percent"] is None


async def test_list_applications_searches_counts_and_filters_answers(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    await make_field(client, acme, popup, key="diet")
    await apply(client, acme, popup, answers={**ANSWERS, "diet": "vegan"})
    body = {"popup_id": popup["id"], "email": "Bob@x.example", "answers": {"diet": "meat"}}
    made = await client.post("/api/v1/applications", headers=acme.headers, json=body)
    theirs = await make_popup(client, globex, **LATER, status="active")
    await apply(client, globex, theirs, answers=ANSWERS)

    async def found(**params: str) -> list[str]:
        answer = await client.get("/api/v1/applications", headers=acme.headers, params=params)
        assert answer.json()["paging"]["total"] == len(answer.json()["results"]), answer.text
        return [row["human"]["email"] for row in answer.json()["results"]]

    assert made.status_code == 201, made.text
    assert await found(search="bob@") == ["bob@x.example"]
    assert await found(answer="diet:vegan") == ["human@example.com"]
    assert await found(status="accepted") == []
    assert len(await found(popup_id=str(popup["id"]))) == 2
    counts = await client.get(
        "/api/v1/applications/counts",
        headers=acme.headers,
        params={"popup_id": str(popup["id"])},
    )
    assert (counts.json()["draft"], counts.json()["total"]) == (2, 2)


async def test_application_of_another_human_does_not_exist(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await make_popup(client, acme, **LATER, status="active")
    body = {"popup_id": popup["id"], "email": "bob@x.example", "answers": {}}
    bobs = (await client.post("/api/v1/applications", headers=acme.headers, json=body)).json()
    theirs = await apply(client, globex, await make_popup(client, globex, **LATER, status="active"))

    for path, method in (("", "GET"), ("", "PATCH"), ("/submit", "POST"), ("/withdraw", "POST")):
        answers = [
            await client.request(
                method,
                f"{MINE}/{application_id}{path}",
                headers=acme.human_headers,
                json={"answers": {}} if method == "PATCH" else None,
            )
            for application_id in (bobs["id"], theirs["id"], uuid4())
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in answers}) == 1
