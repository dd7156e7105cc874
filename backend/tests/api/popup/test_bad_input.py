"""Popups refuse junk, whole, and say where it is."""

import httpx

from tests.factories import POPUP, make_popup
from tests.probing import (
    CONTROL_CHARACTERS,
    NOT_FLAGS,
    STAFF_ONLY,
    UNICODE,
    answers_by_caller,
    answers_to_ids,
    kind_of,
    pointers,
    refusals,
    refused_at,
)
from tests.worlds import TenantWorld

TEXTS = {"name": 200, "tagline": 200, "description": 10_000, "location": 200}

FLAGS = ("allows_spouse", "allows_children", "allows_coupons")

BAD_VALUES = [
    *((name, text) for name in TEXTS for text in CONTROL_CHARACTERS),
    *((name, "x" * (longest + 1)) for name, longest in TEXTS.items()),
    *((name, value) for name in TEXTS for value in (1, True, ["x"], {"x": "y"})),
    ("name", ""),
    ("name", "   "),
    ("name", "two\nlines"),
    ("name", "two\u2028lines"),
    ("slug", ""),
    ("slug", "Upper"),
    ("slug", "-edge"),
    ("slug", "edge-"),
    ("slug", "sl/ash"),
    ("slug", "x" * 64),
    ("slug", "trailing\n"),
    ("timezone", "Europe/Atlantis"),
    ("timezone", "../../etc/passwd"),
    ("timezone", "\x00"),
    ("starts_on", "2026-02-30"),
    ("starts_on", "2026-06-01T12:00:00"),
    ("starts_on", "2026-06-01T00:00:00"),
    ("starts_on", "tomorrow"),
    ("starts_on", "1780272000"),
    ("starts_on", 1_780_272_000),
    ("starts_on", True),
    ("ends_on", "10000-01-01"),
    ("currency", "eur"),
    ("currency", "EURO"),
    ("currency", "€"),
    ("contribution_percent", -1),
    ("contribution_percent", 101),
    ("contribution_percent", 2.5),
    ("contribution_percent", "5"),
    ("contribution_percent", True),
    ("contribution_percent", 10**30),
    *((name, value) for name in FLAGS for value in NOT_FLAGS),
    ("image_url", "javascript:alert(1)"),
    ("image_url", "not a url"),
    ("icon_url", "ftp://example.org/x"),
    ("website_url", "https://" + "x" * 2000),
    ("terms_url", "https://exa\x00mple.org"),
    ("profile_fields", "first_name"),
    ("profile_fields", {"key": "age", "required": True}),
]


async def test_popup_refuses_bad_values(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme, slug="there")

    answers = await refusals(client, acme, POPUP, f"popups/{popup['id']}", BAD_VALUES)

    assert answers == refused_at(BAD_VALUES)
    listed = await client.get("/api/v1/popups", headers=acme.headers)
    assert listed.json()["results"] == [popup]


BAD_QUESTIONS = [
    ([{"key": "shoe_size", "required": True}], "/body/profile_fields/0/key"),
    ([{"key": "age"}], "/body/profile_fields/0/required"),
    ([{"key": "age", "required": None}], "/body/profile_fields/0/required"),
    ([{"key": "age", "required": 1}], "/body/profile_fields/0/required"),
    ([{"key": "age", "required": True, "x": 1}], "/body/profile_fields/0/x"),
    ([{"key": "age", "required": True}] * 2, "/body/profile_fields"),
    ([{"key": "age", "required": True}] * 10, "/body/profile_fields"),
    ([None], "/body/profile_fields/0"),
]


async def test_popup_refuses_bad_profile_fields(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    told = []
    for questions, _ in BAD_QUESTIONS:
        body = {**POPUP, "profile_fields": questions}
        response = await client.post("/api/v1/popups", headers=acme.headers, json=body)
        told.append((kind_of(response), pointers(response)))

    assert told == [((422, "invalid-request"), [pointer]) for _, pointer in BAD_QUESTIONS]


async def test_create_popup_refuses_a_missing_key(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    told = {}
    for missing in POPUP:
        body = {name: value for name, value in POPUP.items() if name != missing}
        response = await client.post("/api/v1/popups", headers=acme.headers, json=body)
        told[missing] = (kind_of(response), pointers(response))

    assert told == {name: ((422, "invalid-request"), [f"/body/{name}"]) for name in POPUP}


async def test_popup_refuses_unknown_keys(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme)
    unknown = ["id", "tenant_id", "is_published", "created_at", "colour"]

    answers = await refusals(
        client, acme, POPUP, f"popups/{popup['id']}", [(name, "x") for name in unknown]
    )

    assert answers == refused_at([(name, "x") for name in unknown])


async def test_create_popup_makes_drafts_alone(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    body = {**POPUP, "status": "active"}

    response = await client.post("/api/v1/popups", headers=acme.headers, json=body)

    assert kind_of(response) == (422, "invalid-request")
    assert pointers(response) == ["/body/status"]


async def test_create_popup_refuses_a_body_that_is_no_object(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    headers = {**acme.headers, "Content-Type": "application/json"}
    texts = ["{", "", "[]", '"text"', "null", '{"name": NaN}', "\ufeff{}", '{"name": "\\ud800"}']

    answers = [await client.post("/api/v1/popups", headers=headers, content=text) for text in texts]

    assert [kind_of(answer) for answer in answers] == [(422, "invalid-request")] * len(texts)


async def test_popup_keeps_unicode_as_it_was_sent(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, name=UNICODE, description=f"{UNICODE}\n{UNICODE}")

    assert (popup["name"], popup["description"]) == (UNICODE, f"{UNICODE}\n{UNICODE}")


async def test_popup_refuses_an_id_that_is_none(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    answers = await answers_to_ids(client, acme, "popups")

    assert answers == {((422, "invalid-request"), "/path/popup_id")}


async def test_popups_are_for_staff(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme)

    answers = await answers_by_caller(client, acme, f"popups/{popup['id']}", POPUP)

    assert answers == STAFF_ONLY


async def test_viewer_reads_what_admin_wrote(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme)

    one = await client.get(f"/api/v1/popups/{popup['id']}", headers=acme.viewer_headers)
    listed = await client.get("/api/v1/popups", headers=acme.viewer_headers)

    assert one.json() == popup
    assert listed.json()["results"] == [popup]
