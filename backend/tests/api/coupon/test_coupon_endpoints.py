"""Coupons as staff keep them: made, listed, changed, switched off, and deleted while unused."""

import httpx
import pytest

from tests.api.payment.buying import act_on, let_time_pass, make_buyer, open_popup, ordered
from tests.factories import COUPON, Json, change, make_coupon, make_popup, make_product
from tests.probing import indistinguishable, kind_of
from tests.worlds import TenantWorld

SHOWN: Json = {
    "code": "HALF",
    "percent": 50,
    "max_uses": None,
    "uses_held": 0,
    "uses_taken": 0,
    "starts_at": None,
    "ends_at": None,
    "is_active": True,
}


async def test_a_coupon_is_made_with_its_code_in_capitals(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)

    made = await make_coupon(client, acme, popup, code=" early-Bird ")

    at = {"created_at": made["created_at"], "updated_at": made["updated_at"]}
    shown = {**SHOWN, "code": "EARLY-BIRD", "id": made["id"], "popup_id": popup["id"], **at}
    read = await client.get(f"/api/v1/coupons/{made['id']}", headers=acme.viewer_headers)
    assert made == read.json() == shown


async def test_a_code_is_one_coupons_of_its_popup_whatever_its_case(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    made = await make_coupon(client, acme, popup)
    await make_coupon(client, acme, await make_popup(client, acme, slug="other"))
    await make_coupon(client, globex, await make_popup(client, globex))

    body = {**COUPON, "code": "half", "popup_id": popup["id"]}
    again = await client.post("/api/v1/coupons", headers=acme.headers, json=body)

    listed = await client.get(f"/api/v1/coupons?popup_id={popup['id']}", headers=acme.headers)
    assert kind_of(again) == (409, "coupon-code-taken")
    assert listed.json()["results"] == [made]


REFUSED = {
    "code=ab": (422, "coupon-code-invalid"),
    "code=hälfte": (422, "coupon-code-invalid"),
    "percent=0": (422, "invalid-request"),
    "percent=101": (422, "invalid-request"),
    "percent=1.5": (422, "invalid-request"),
    "max_uses=0": (422, "invalid-request"),
    "starts_at=2100-01-01": (422, "invalid-request"),
    "uses_taken=1": (422, "invalid-request"),
    "window": (422, "coupon-terms-invalid"),
    "archived": (409, "popup-archived"),
}
BAD: dict[str, Json] = {
    "code=ab": {"code": "ab"},
    "code=hälfte": {"code": "hälfte"},
    "percent=0": {"percent": 0},
    "percent=101": {"percent": 101},
    "percent=1.5": {"percent": 1.5},
    "max_uses=0": {"max_uses": 0},
    "starts_at=2100-01-01": {"starts_at": "2100-01-01"},
    "uses_taken=1": {"uses_taken": 1},
    "window": {"starts_at": "2100-01-02T00:00:00Z", "ends_at": "2100-01-01T00:00:00Z"},
}


async def test_bad_coupons_are_refused_and_leave_nothing(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    archived = await make_popup(client, acme, slug="old", status="archived")
    bodies: dict[str, Json] = {name: {**bad, "popup_id": popup["id"]} for name, bad in BAD.items()}
    bodies["archived"] = {"popup_id": archived["id"]}

    told = {}
    for name, body in bodies.items():
        answer = await client.post("/api/v1/coupons", headers=acme.headers, json={**COUPON, **body})
        told[name] = kind_of(answer)

    assert told == REFUSED
    listed = await client.get("/api/v1/coupons", headers=acme.headers)
    assert listed.json()["paging"]["total"] == 0


async def test_a_change_keeps_what_was_not_sent_and_judges_the_whole(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    made = await make_coupon(client, acme, popup, max_uses=5, starts_at="2100-01-01T00:00:00+00:00")
    path = f"/api/v1/coupons/{made['id']}"

    changed = await change(client, acme, f"coupons/{made['id']}", percent=20, is_active=False)
    early = {"ends_at": "2099-01-01T00:00:00Z"}
    refused = await client.patch(path, headers=acme.headers, json=early)
    renamed = await client.patch(path, headers=acme.headers, json={"code": "OTHER"})
    read = await client.get(path, headers=acme.headers)

    at = changed["updated_at"]
    assert changed == {**made, "percent": 20, "is_active": False, "updated_at": at}
    assert kind_of(refused) == (422, "coupon-terms-invalid")
    assert kind_of(renamed) == (422, "invalid-request")
    assert read.json() == changed


async def test_uses_are_counted_and_hold_the_coupon_where_it_is(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme, allows_coupons=True)
    week = await make_product(client, acme, popup)
    coupon = await make_coupon(client, acme, popup, max_uses=3)
    path = f"/api/v1/coupons/{coupon['id']}"
    buyer = await make_buyer(acme, popup)
    cart = buyer.cart(week, coupon_code="half")

    payment = await ordered(client, buyer, cart)
    held = (await client.get(path, headers=acme.headers)).json()
    await act_on(client, acme.headers, payment, "approve")
    await ordered(client, buyer, cart)
    both = (await client.get(path, headers=acme.headers)).json()
    fewer = await client.patch(path, headers=acme.headers, json={"max_uses": 1})
    gone = await client.delete(path, headers=acme.headers)
    await let_time_pass(acme)
    lapsed = (await client.get(path, headers=acme.headers)).json()

    assert (held["uses_held"], held["uses_taken"]) == (1, 0)
    assert (both["uses_held"], both["uses_taken"]) == (1, 1)
    assert kind_of(fewer) == (409, "limit-below-taken")
    assert kind_of(gone) == (409, "coupon-used")
    assert (lapsed["uses_held"], lapsed["uses_taken"], lapsed["max_uses"]) == (0, 1, 3)


async def test_an_unused_coupon_is_deleted(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    made = await make_coupon(client, acme, await make_popup(client, acme))
    path = f"/api/v1/coupons/{made['id']}"

    assert (await client.delete(path, headers=acme.headers)).status_code == 204
    assert kind_of(await client.get(path, headers=acme.headers)) == (404, "coupon-unknown")


FOUND = {
    "": ["SPRING", "AUTUMN", "SUMMER", "SPRING"],
    "popup_id={popup}": ["SPRING", "AUTUMN", "SUMMER"],
    "popup_id={popup}&sort=code": ["AUTUMN", "SPRING", "SUMMER"],
    "popup_id={popup}&sort=-percent": ["SUMMER", "AUTUMN", "SPRING"],
    "popup_id={popup}&sort=ends_at": ["AUTUMN", "SPRING", "SUMMER"],
    "popup_id={popup}&sort=-created_at": ["SUMMER", "AUTUMN", "SPRING"],
    "is_active=false": ["SUMMER"],
    "search=umn": ["AUTUMN"],
    "search=s&is_active=true": ["SPRING", "SPRING"],
    "search=%25": [],
}


async def test_list_coupons_finds_sorts_and_filters(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    for world in (globex, acme):
        popup = await make_popup(client, world)
        await make_coupon(client, world, popup, code="SPRING", percent=10)
        await make_coupon(
            client, world, popup, code="AUTUMN", percent=20, ends_at="2100-01-01T00:00:00Z"
        )
        await make_coupon(client, world, popup, code="SUMMER", percent=30, is_active=False)
        await make_coupon(client, world, await make_popup(client, world, slug="b"), code="SPRING")

    found, totals = {}, {}
    for query in FOUND:
        asked = query.format(popup=popup["id"])
        answer = (await client.get(f"/api/v1/coupons?{asked}", headers=acme.headers)).json()
        found[query] = [row["code"] for row in answer["results"]]
        totals[query] = answer["paging"]["total"]

    assert found == FOUND
    assert totals == {query: len(codes) for query, codes in FOUND.items()}


@pytest.mark.parametrize(
    ("method", "body"), [("GET", None), ("PATCH", {"percent": 1}), ("PATCH", {}), ("DELETE", None)]
)
async def test_anothers_coupon_answers_like_none(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    method: str,
    body: Json | None,
) -> None:
    theirs = await make_coupon(client, globex, await make_popup(client, globex))

    answer = await indistinguishable(
        client, acme.headers, method, "coupons/{id}", theirs["id"], body
    )

    read = await client.get(f"/api/v1/coupons/{theirs['id']}", headers=globex.headers)
    assert kind_of(answer) == (404, "coupon-unknown")
    assert read.json() == theirs


async def test_list_coupons_takes_one_statement_however_many_there_are(
    client: httpx.AsyncClient, acme: TenantWorld, statements: list[str]
) -> None:
    popup = await make_popup(client, acme)
    counts = []
    for wanted, code in ((1, "ONE"), (2, "TWO"), (3, "THREE")):
        await make_coupon(client, acme, popup, code=code)
        statements.clear()
        answer = await client.get("/api/v1/coupons", headers=acme.headers)
        assert len(answer.json()["results"]) == wanted
        counts.append(len(statements))

    assert counts == [1, 1, 1]
