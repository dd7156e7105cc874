"""Form fields refuse junk, whole, and say where it is."""

import httpx

from tests.factories import FIELD, make_field, make_popup
from tests.probing import (
    CONTROL_CHARACTERS,
    NOT_FLAGS,
    NOT_UUIDS,
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

NOT_WHOLE = (1.5, "1", True, [1], 10**30)

BAD_VALUES = [
    *((name, text) for name in ("label", "section", "help") for text in CONTROL_CHARACTERS),
    *(("options", [text]) for text in (*CONTROL_CHARACTERS, "", "  ", "two\nlines", 1, None)),
    ("label", ""),
    ("label", "x" * 201),
    ("label", "two\nlines"),
    ("type", "file"),
    ("type", 1),
    ("section", "x" * 101),
    *(("position", value) for value in (*NOT_WHOLE, -1, 10_001)),
    *(("required", value) for value in NOT_FLAGS),
    ("options", "S"),
    ("options", ["x" * 201]),
    ("options", [str(number) for number in range(301)]),
    ("placeholder", "x" * 201),
    ("placeholder", "two\nlines"),
    ("help", "x" * 2001),
    *(("minimum", value) for value in (*NOT_WHOLE, 10**15, -(10**15))),
    *(("maximum", value) for value in (*NOT_WHOLE, 10**15, -(10**15))),
    ("shown_if", "first_name"),
    ("shown_if", {}),
    ("shown_if", {"field": "first_name"}),
    ("shown_if", {"field": "First Name", "any_of": []}),
    ("shown_if", {"field": "first_name", "any_of": "yes"}),
    ("shown_if", {"field": "first_name", "any_of": [1]}),
    ("shown_if", {"field": "first_name", "any_of": [None]}),
    ("shown_if", {"field": "first_name", "any_of": [["x"]]}),
    ("shown_if", {"field": "first_name", "any_of": [], "none_of": []}),
    ("id", "x"),
    ("tenant_id", "x"),
    ("popup_is_published", True),
    ("colour", "red"),
]

BAD_KEYS = ("", "Diet", "1st", "_a", "a-b", "a b", "a.b", "é", "a" * 64, "a\n", "nul\x00", 1, None)


async def test_field_refuses_bad_values(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme)
    field = await make_field(client, acme, popup)
    good = {**FIELD, "popup_id": popup["id"], "key": "other"}

    answers = await refusals(client, acme, good, f"form-fields/{field['id']}", BAD_VALUES)

    assert answers == refused_at(BAD_VALUES)
    listed = await client.get("/api/v1/form-fields", headers=acme.headers)
    assert listed.json()["results"] == [field]


async def test_create_field_refuses_a_bad_key(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme)

    answers = [
        await client.post(
            "/api/v1/form-fields",
            headers=acme.headers,
            json={**FIELD, "popup_id": popup["id"], "key": key},
        )
        for key in BAD_KEYS
    ]

    told = [(kind_of(answer), pointers(answer)) for answer in answers]
    assert told == [((422, "invalid-request"), ["/body/key"])] * len(BAD_KEYS)


async def test_create_field_refuses_a_missing_key(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    good = {**FIELD, "popup_id": popup["id"]}
    told = {}
    for missing in good:
        body = {name: value for name, value in good.items() if name != missing}
        response = await client.post("/api/v1/form-fields", headers=acme.headers, json=body)
        told[missing] = (kind_of(response), pointers(response))

    assert told == {name: ((422, "invalid-request"), [f"/body/{name}"]) for name in good}


async def test_field_keeps_unicode_as_it_was_sent(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    sent = {"label": UNICODE, "type": "select", "options": [UNICODE, '"\\/<&'], "help": UNICODE}

    field = await make_field(client, acme, popup, **sent)

    assert {name: field[name] for name in sent} == sent
    read = await client.get(f"/api/v1/form-fields/{field['id']}", headers=acme.headers)
    assert read.json() == field


async def test_order_refuses_bad_values(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme)
    bodies = {
        "/body/popup_id": {"popup_id": "1", "field_ids": []},
        "/body/field_ids": {"popup_id": popup["id"], "field_ids": "all"},
        "/body/field_ids/0": {"popup_id": popup["id"], "field_ids": [NOT_UUIDS[1]]},
        "/body/x": {"popup_id": popup["id"], "field_ids": [], "x": 1},
    }

    told = {}
    for pointer, body in bodies.items():
        answer = await client.put("/api/v1/form-fields/order", headers=acme.headers, json=body)
        told[pointer] = (kind_of(answer), pointers(answer))

    assert told == {pointer: ((422, "invalid-request"), [pointer]) for pointer in bodies}


async def test_field_refuses_an_id_that_is_none(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    answers = await answers_to_ids(client, acme, "form-fields")

    assert answers == {((422, "invalid-request"), "/path/field_id")}


async def test_form_fields_are_for_staff(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    popup = await make_popup(client, acme)
    field = await make_field(client, acme, popup)
    body = {**FIELD, "popup_id": popup["id"], "key": "other"}
    order = {"popup_id": popup["id"], "field_ids": [field["id"]]}

    answers = await answers_by_caller(client, acme, f"form-fields/{field['id']}", body)
    ordering = [
        await client.put("/api/v1/form-fields/order", headers=headers, json=order)
        for headers in (acme.public_headers, acme.human_headers, acme.viewer_headers)
    ]

    assert answers == STAFF_ONLY
    assert tuple(kind_of(answer) for answer in ordering) == STAFF_ONLY["update"]
