"""Popups, as staff make, change and delete them."""

from itertools import product as pairs

import httpx
import pytest

from app.api.popup.lifecycle import NEXT, PopupStatus
from tests.api.payment.buying import make_buyer, open_popup, ordered
from tests.factories import POPUP, Json, change, make_field, make_popup, make_product
from tests.probing import kind_of, pointers
from tests.worlds import TenantWorld

USUALLY_ASKED = [
    {"key": "first_name", "required": True},
    {"key": "last_name", "required": True},
    {"key": "telegram", "required": False},
    {"key": "organization", "required": False},
    {"key": "job_title", "required": False},
    {"key": "gender", "required": False},
    {"key": "age", "required": False},
    {"key": "residence", "required": False},
]

EVERYTHING: Json = {
    "name": "Winter City",
    "slug": "winter-city",
    "tagline": "A month of snow",
    "description": "Skiing\nand talks",
    "location": "Innsbruck",
    "application_deposit_minor": 5_000,
    "timezone": "Europe/Vienna",
    "starts_on": "2026-12-01",
    "ends_on": "2026-12-31",
    "currency": "CHF",
    "allows_spouse": True,
    "allows_children": True,
    "allows_coupons": True,
    "contribution_percent": 5,
    "profile_fields": [{"key": "picture_url", "required": True}],
    "image_url": "https://files.example/winter.png",
    "icon_url": "https://files.example/winter.ico",
    "website_url": "https://winter.example",
    "terms_url": "https://winter.example/terms",
}


async def test_create_popup_keeps_everything_that_was_sent(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    created = await client.post("/api/v1/popups", headers=acme.headers, json=EVERYTHING)

    assert created.status_code == 201, created.text
    row = created.json()
    assert {name: row[name] for name in EVERYTHING} == EVERYTHING
    assert row["status"] == "draft"
    read = await client.get(f"/api/v1/popups/{row['id']}", headers=acme.headers)
    assert read.content == created.content


async def test_create_popup_takes_currency_and_time_zone_of_the_organisation(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    await change(
        client, acme, "tenants/current", default_currency="USD", default_timezone="Asia/Bangkok"
    )

    popup = await make_popup(client, acme)

    assert (popup["currency"], popup["timezone"]) == ("USD", "Asia/Bangkok")
    assert popup["profile_fields"] == USUALLY_ASKED


async def test_create_popup_refuses_a_slug_already_taken(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    await make_popup(client, acme, slug="summer")

    response = await client.post(
        "/api/v1/popups", headers=acme.headers, json={**POPUP, "slug": "summer"}
    )

    assert kind_of(response) == (409, "popup-slug-taken")


async def test_update_popup_refuses_a_slug_already_taken(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    await make_popup(client, acme, slug="summer")
    other = await make_popup(client, acme, slug="winter")

    response = await client.patch(
        f"/api/v1/popups/{other['id']}", headers=acme.headers, json={"slug": "summer"}
    )

    assert kind_of(response) == (409, "popup-slug-taken")
    read = await client.get(f"/api/v1/popups/{other['id']}", headers=acme.headers)
    assert read.json() == other


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        pytest.param("2026-06-02", "2026-06-01", id="ends before it starts"),
        pytest.param("1999-12-31", "2000-01-01", id="before the first day there is"),
        pytest.param("2199-12-31", "2200-01-01", id="after the last day there is"),
        pytest.param("2026-01-01", "2029-06-01", id="longer than a popup lasts"),
    ],
)
async def test_popup_refuses_days_that_no_popup_has(
    client: httpx.AsyncClient, acme: TenantWorld, starts_on: str, ends_on: str
) -> None:
    dates = {"starts_on": starts_on, "ends_on": ends_on}
    popup = await make_popup(client, acme, slug="there")

    created = await client.post("/api/v1/popups", headers=acme.headers, json={**POPUP, **dates})
    changed = await client.patch(f"/api/v1/popups/{popup['id']}", headers=acme.headers, json=dates)

    assert kind_of(created) == (422, "popup-dates-invalid")
    assert kind_of(changed) == (422, "popup-dates-invalid")


async def test_update_popup_judges_a_new_day_with_the_one_it_keeps(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)

    response = await client.patch(
        f"/api/v1/popups/{popup['id']}", headers=acme.headers, json={"ends_on": "2026-05-31"}
    )

    assert kind_of(response) == (422, "popup-dates-invalid")


async def test_popup_of_one_day_is_fine(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme, starts_on="2026-06-01", ends_on="2026-06-01")

    assert popup["starts_on"] == popup["ends_on"] == "2026-06-01"


async def test_popup_refuses_a_currency_nobody_is_paid_in(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, slug="there")
    body = {"currency": "ZZZ"}

    created = await client.post("/api/v1/popups", headers=acme.headers, json={**POPUP, **body})
    changed = await client.patch(f"/api/v1/popups/{popup['id']}", headers=acme.headers, json=body)

    assert kind_of(created) == (422, "currency-unknown")
    assert kind_of(changed) == (422, "currency-unknown")


async def test_update_popup_changes_the_currency_until_there_is_a_product(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, currency="EUR")
    path = f"popups/{popup['id']}"
    changed = await change(client, acme, path, currency="USD")
    await make_product(client, acme, popup)

    refused = await client.patch(f"/api/v1/{path}", headers=acme.headers, json={"currency": "EUR"})
    same = await change(client, acme, path, currency="USD")

    assert changed["currency"] == "USD"
    assert kind_of(refused) == (409, "popup-currency-fixed")
    assert same["currency"] == "USD"


async def test_popup_moves_as_its_life_allows_and_no_other_way(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    answers = {}
    for start, end in pairs(PopupStatus, PopupStatus):
        popup = await make_popup(client, acme, slug=f"from-{start}-to-{end}", status=start)
        response = await client.patch(
            f"/api/v1/popups/{popup['id']}", headers=acme.headers, json={"status": end}
        )
        read = await client.get(f"/api/v1/popups/{popup['id']}", headers=acme.headers)
        answers[start, end] = (response.status_code, read.json()["status"])

    assert answers == {
        (start, end): (200, end) if end in {start, *NEXT[start]} else (409, start)
        for start, end in pairs(PopupStatus, PopupStatus)
    }


async def test_popup_move_refused_says_what_is_allowed(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)

    response = await client.patch(
        f"/api/v1/popups/{popup['id']}", headers=acme.headers, json={"status": "ended"}
    )

    assert kind_of(response) == (409, "popup-move-refused")
    assert response.json()["allowed"] == ["active", "archived"]


async def test_archived_popup_changes_only_on_its_way_back_to_a_draft(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, status="archived")
    path = f"/api/v1/popups/{popup['id']}"

    alone = await client.patch(path, headers=acme.headers, json={"name": "Other"})
    staying = await client.patch(
        path, headers=acme.headers, json={"name": "Other", "status": "archived"}
    )
    returning = await client.patch(
        path, headers=acme.headers, json={"name": "Other", "status": "draft"}
    )

    assert kind_of(alone) == (409, "popup-archived")
    assert kind_of(staying) == (409, "popup-archived")
    assert returning.status_code == 200
    assert (returning.json()["name"], returning.json()["status"]) == ("Other", "draft")


@pytest.mark.parametrize("status", ["active", "ended"])
async def test_published_popup_can_be_changed_by_staff(
    client: httpx.AsyncClient, acme: TenantWorld, status: str
) -> None:
    popup = await make_popup(client, acme, status=status)

    changed = await change(client, acme, f"popups/{popup['id']}", tagline="Thanks for coming")

    assert changed["tagline"] == "Thanks for coming"
    assert changed["status"] == status


async def test_update_popup_with_nothing_changes_nothing(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)

    response = await client.patch(f"/api/v1/popups/{popup['id']}", headers=acme.headers, json={})

    assert response.status_code == 200
    assert response.json() == popup


async def test_update_popup_changes_what_was_sent_and_nothing_else(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    sent = {key: value for key, value in EVERYTHING.items() if key != "slug"}

    changed = await change(client, acme, f"popups/{popup['id']}", **sent)

    kept = {key: popup[key] for key in ("id", "slug", "status", "created_at")}
    assert changed == {**sent, **kept, "updated_at": changed["updated_at"]}
    assert str(changed["updated_at"]) > str(popup["updated_at"])


@pytest.mark.parametrize("name", ["image_url", "icon_url", "website_url", "terms_url"])
async def test_update_popup_takes_null_where_there_may_be_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, name: str
) -> None:
    popup = await make_popup(client, acme, **{name: "https://example.org/file"})

    changed = await change(client, acme, f"popups/{popup['id']}", **{name: None})

    assert changed[name] is None


async def test_update_popup_refuses_null_where_there_has_to_be_something(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    may_be_null = {"application_deposit_minor", "image_url", "icon_url", "website_url", "terms_url"}
    names = sorted({*EVERYTHING, "status"} - may_be_null)

    response = await client.patch(
        f"/api/v1/popups/{popup['id']}", headers=acme.headers, json=dict.fromkeys(names)
    )

    assert kind_of(response) == (422, "invalid-request")
    assert sorted(pointers(response)) == [f"/body/{name}" for name in names]


async def test_update_popup_asks_for_parts_of_the_profile_in_order(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    asked = [{"key": "age", "required": True}, {"key": "first_name", "required": False}]

    changed = await change(client, acme, f"popups/{popup['id']}", profile_fields=asked)

    assert changed["profile_fields"] == asked


async def test_update_popup_refuses_profile_fields_that_its_form_does_not_fit(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    condition = {"field": "telegram", "any_of": []}
    await make_field(client, acme, popup, shown_if=condition)
    await make_field(client, acme, popup, key="picture_url")

    orphaned = await client.patch(
        f"/api/v1/popups/{popup['id']}", headers=acme.headers, json={"profile_fields": []}
    )
    doubled = await client.patch(
        f"/api/v1/popups/{popup['id']}",
        headers=acme.headers,
        json={"profile_fields": [*USUALLY_ASKED, {"key": "picture_url", "required": False}]},
    )

    assert kind_of(orphaned) == (409, "form-inconsistent")
    assert pointers(orphaned) == ["/diet/shown_if"]
    assert kind_of(doubled) == (409, "form-inconsistent")
    assert pointers(doubled) == ["/picture_url/key"]


async def test_delete_popup_takes_its_products_and_its_form_with_it(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    doomed = await make_popup(client, acme, slug="doomed")
    kept = await make_popup(client, acme, slug="kept")
    for popup in (doomed, kept):
        await make_product(client, acme, popup)
        await make_field(client, acme, popup)

    response = await client.delete(f"/api/v1/popups/{doomed['id']}", headers=acme.headers)

    assert (response.status_code, response.content) == (204, b"")
    left = await client.get("/api/v1/popups", headers=acme.headers)
    assert [row["id"] for row in left.json()["results"]] == [kept["id"]]
    for path in ("products", "form-fields"):
        listed = await client.get(f"/api/v1/{path}", headers=acme.headers)
        assert [row["popup_id"] for row in listed.json()["results"]] == [kept["id"]]


@pytest.mark.parametrize("status", ["active", "ended", "archived"])
async def test_delete_popup_refuses_one_that_is_no_draft(
    client: httpx.AsyncClient, acme: TenantWorld, status: str
) -> None:
    popup = await make_popup(client, acme, status=status)

    response = await client.delete(f"/api/v1/popups/{popup['id']}", headers=acme.headers)

    assert kind_of(response) == (409, "popup-not-draft")
    read = await client.get(f"/api/v1/popups/{popup['id']}", headers=acme.headers)
    assert read.json() == popup


async def test_a_popup_that_was_sold_for_never_is_a_draft_again(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    buyer = await make_buyer(acme, popup)
    await ordered(client, buyer, buyer.cart(await make_product(client, acme, popup)))
    path = f"/api/v1/popups/{popup['id']}"

    withdrawn = await client.patch(path, headers=acme.headers, json={"status": "draft"})
    archived = await client.patch(path, headers=acme.headers, json={"status": "archived"})
    revived = await client.patch(path, headers=acme.headers, json={"status": "draft"})
    ended = await client.patch(path, headers=acme.headers, json={"status": "ended"})

    assert kind_of(withdrawn) == (409, "popup-move-refused")
    assert withdrawn.json()["allowed"] == ["archived", "ended"]
    assert archived.json()["status"] == "archived"
    assert kind_of(revived) == (409, "popup-move-refused")
    assert revived.json()["allowed"] == ["ended"]
    assert ended.json()["status"] == "ended"


async def test_a_draft_that_was_applied_to_is_not_deleted(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await open_popup(client, acme)
    await make_buyer(acme, popup)
    path = f"/api/v1/popups/{popup['id']}"
    draft = await client.patch(path, headers=acme.headers, json={"status": "draft"})

    response = await client.delete(path, headers=acme.headers)

    assert kind_of(response) == (409, "popup-has-applications")
    assert (await client.get(path, headers=acme.headers)).json() == draft.json()
