"""Form fields, as staff add, change, order and remove them."""

import asyncio

import httpx
import pytest

from tests.factories import FIELD, Json, change, make_field, make_popup
from tests.probing import kind_of, pointers
from tests.worlds import TenantWorld

EVERYTHING: Json = {
    "key": "shirt",
    "label": "Which shirt?",
    "type": "select",
    "section": "Merch",
    "position": 4,
    "required": True,
    "options": ["S", "M", "ż 🎪"],
    "placeholder": "Choose",
    "help": "They are\nsmall",
    "minimum": None,
    "maximum": None,
    "shown_if": {"field": "first_name", "any_of": []},
}


@pytest.fixture
async def popup(client: httpx.AsyncClient, acme: TenantWorld) -> Json:
    """A popup that asks the usual of the profile and nothing else yet."""
    return await make_popup(client, acme)


async def asked(client: httpx.AsyncClient, world: TenantWorld, popup: Json) -> list[str]:
    """Return the keys of a popup's own fields, in order."""
    response = await client.get(
        f"/api/v1/form-fields?popup_id={popup['id']}", headers=world.headers
    )
    return [row["key"] for row in response.json()["results"]]


async def test_create_field_keeps_everything_that_was_sent(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    body = {**EVERYTHING, "popup_id": popup["id"]}

    created = await client.post("/api/v1/form-fields", headers=acme.headers, json=body)

    assert created.status_code == 201, created.text
    row = created.json()
    assert {name: row[name] for name in body} == body
    read = await client.get(f"/api/v1/form-fields/{row['id']}", headers=acme.headers)
    assert read.content == created.content


async def test_create_field_needs_little(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    row = await make_field(client, acme, popup)

    assert row == {
        **FIELD,
        "id": row["id"],
        "popup_id": popup["id"],
        "section": "",
        "position": 0,
        "required": False,
        "options": [],
        "placeholder": None,
        "help": None,
        "minimum": None,
        "maximum": None,
        "shown_if": None,
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
    }


async def test_create_field_puts_it_last_unless_told(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    await make_field(client, acme, popup, key="a", position=5)
    last = await make_field(client, acme, popup, key="b")
    await make_field(client, acme, popup, key="c", position=1)

    assert last["position"] == 6
    assert await asked(client, acme, popup) == ["c", "a", "b"]


@pytest.mark.parametrize("taken", ["diet", "first_name"])
async def test_create_field_refuses_a_key_the_form_has_already(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json, taken: str
) -> None:
    await make_field(client, acme, popup, key="diet")
    elsewhere = await make_popup(client, acme, slug="other")
    await make_field(client, acme, elsewhere, key="diet")

    response = await client.post(
        "/api/v1/form-fields",
        headers=acme.headers,
        json={**FIELD, "popup_id": popup["id"], "key": taken},
    )

    assert kind_of(response) == (409, "form-inconsistent")
    assert pointers(response) == [f"/{taken}/key"]
    assert await asked(client, acme, popup) == ["diet"]


async def test_two_who_add_the_same_key_at_once_add_one_field(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    body = {**FIELD, "popup_id": popup["id"]}

    answers = await asyncio.gather(
        *(client.post("/api/v1/form-fields", headers=acme.headers, json=body) for _ in range(3))
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert await asked(client, acme, popup) == ["diet"]


async def test_condition_and_its_field_cannot_be_parted_at_once(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    """Each change alone makes sense; together they would leave a condition that asks nothing."""
    first = await make_field(client, acme, popup, key="first")
    second = await make_field(client, acme, popup, key="second")
    condition = {"shown_if": {"field": "first", "any_of": []}}

    removed, changed = await asyncio.gather(
        client.delete(f"/api/v1/form-fields/{first['id']}", headers=acme.headers),
        client.patch(f"/api/v1/form-fields/{second['id']}", headers=acme.headers, json=condition),
    )

    assert (removed.status_code, changed.status_code) in {(204, 409), (409, 200)}


SENSELESS: list[tuple[Json, str]] = [
    ({"type": "select"}, "/other/options"),
    ({"type": "multiselect", "options": []}, "/other/options"),
    ({"type": "select", "options": ["a", "a"]}, "/other/options"),
    ({"options": ["a"]}, "/other/options"),
    ({"minimum": 1}, "/other/minimum"),
    ({"type": "date", "maximum": 1}, "/other/maximum"),
    ({"type": "number", "minimum": 2, "maximum": 1}, "/other/maximum"),
    ({"help": "a\tb"}, "/other/help"),
]

MISFITS: list[tuple[Json, str]] = [
    ({"shown_if": {"field": "nothing", "any_of": []}}, "/other/shown_if"),
    ({"shown_if": {"field": "other", "any_of": []}}, "/other/shown_if"),
    ({"shown_if": {"field": "diet", "any_of": ["vegan"]}}, "/other/shown_if"),
    ({"shown_if": {"field": "first_name", "any_of": ["Ada"]}}, "/other/shown_if"),
    ({"shown_if": {"field": "shirt", "any_of": ["XL"]}}, "/other/shown_if"),
    ({"shown_if": {"field": "shirt", "any_of": ["S", "S"]}}, "/other/shown_if"),
    ({"shown_if": {"field": "shirt", "any_of": [True]}}, "/other/shown_if"),
]


async def test_form_refuses_fields_that_make_no_sense(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    await make_field(client, acme, popup, key="diet")
    await make_field(client, acme, popup, key="shirt", type="select", options=["S", "M"])
    wanted: list[tuple[tuple[int, str], list[str]]] = []
    told: list[tuple[tuple[int, str], list[str]]] = []
    for cases, kind in ((SENSELESS, (422, "field-invalid")), (MISFITS, (409, "form-inconsistent"))):
        for faulty, pointer in cases:
            body = {**FIELD, "popup_id": popup["id"], "key": "other", **faulty}
            created = await client.post("/api/v1/form-fields", headers=acme.headers, json=body)
            wanted.append((kind, [pointer]))
            told.append((kind_of(created), pointers(created)))

    assert told == wanted
    assert await asked(client, acme, popup) == ["diet", "shirt"]


async def test_update_field_refuses_what_makes_no_sense_with_what_is_kept(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    await make_field(client, acme, popup, key="diet")
    field = await make_field(client, acme, popup, key="other")
    wanted = [((422, "field-invalid"), [pointer]) for _, pointer in SENSELESS]
    wanted += [((409, "form-inconsistent"), [pointer]) for _, pointer in MISFITS[:4]]
    told = []
    for faulty, _ in (*SENSELESS, *MISFITS[:4]):
        changed = await client.patch(
            f"/api/v1/form-fields/{field['id']}", headers=acme.headers, json=faulty
        )
        told.append((kind_of(changed), pointers(changed)))

    assert told == wanted
    read = await client.get(f"/api/v1/form-fields/{field['id']}", headers=acme.headers)
    assert read.json() == field


async def test_update_field_keeps_the_conditions_of_others_possible(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    shirt = await make_field(client, acme, popup, key="shirt", type="select", options=["S", "M"])
    await make_field(client, acme, popup, shown_if={"field": "shirt", "any_of": ["S"]})
    path = f"/api/v1/form-fields/{shirt['id']}"

    without = await client.patch(path, headers=acme.headers, json={"options": ["M"]})
    as_text = await client.patch(path, headers=acme.headers, json={"type": "text", "options": []})
    removed = await client.delete(path, headers=acme.headers)
    more = await client.patch(path, headers=acme.headers, json={"options": ["S", "M", "L"]})

    for answer in (without, as_text, removed):
        assert kind_of(answer) == (409, "form-inconsistent")
        assert pointers(answer) == ["/diet/shown_if"]
    assert more.json()["options"] == ["S", "M", "L"]


async def test_conditions_cannot_go_round_in_a_circle(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    first = await make_field(client, acme, popup, key="a")
    await make_field(client, acme, popup, key="b", shown_if={"field": "a", "any_of": []})

    response = await client.patch(
        f"/api/v1/form-fields/{first['id']}",
        headers=acme.headers,
        json={"shown_if": {"field": "b", "any_of": []}},
    )

    assert kind_of(response) == (409, "form-inconsistent")
    assert sorted(pointers(response)) == ["/a/shown_if", "/b/shown_if"]


async def test_update_field_with_nothing_changes_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    field = await make_field(client, acme, popup, **EVERYTHING)

    response = await client.patch(
        f"/api/v1/form-fields/{field['id']}", headers=acme.headers, json={}
    )

    assert response.status_code == 200
    assert response.json() == field


async def test_update_field_changes_what_was_sent_and_nothing_else(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    field = await make_field(client, acme, popup)
    sent = {name: value for name, value in EVERYTHING.items() if name != "key"}

    changed = await change(client, acme, f"form-fields/{field['id']}", **sent)

    assert changed == {**field, **sent, "updated_at": changed["updated_at"]}
    assert str(changed["updated_at"]) > str(field["updated_at"])


async def test_update_field_takes_null_where_there_may_be_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    field = await make_field(client, acme, popup, **EVERYTHING)
    nullable = dict.fromkeys(("placeholder", "help", "minimum", "maximum", "shown_if"))

    changed = await change(client, acme, f"form-fields/{field['id']}", **nullable)

    assert {name: changed[name] for name in nullable} == nullable
    async with acme.session() as session:
        assert await session.fetch("SELECT shown_if IS NULL FROM app.form_fields") == [(True,)]


async def test_update_field_refuses_null_where_there_has_to_be_something(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    field = await make_field(client, acme, popup)
    names = ["label", "options", "position", "required", "section", "type"]

    response = await client.patch(
        f"/api/v1/form-fields/{field['id']}", headers=acme.headers, json=dict.fromkeys(names)
    )

    assert kind_of(response) == (422, "invalid-request")
    assert sorted(pointers(response)) == [f"/body/{name}" for name in names]


@pytest.mark.parametrize("name", ["key", "popup_id"])
async def test_field_keeps_its_key_and_its_popup(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json, name: str
) -> None:
    field = await make_field(client, acme, popup)

    response = await client.patch(
        f"/api/v1/form-fields/{field['id']}", headers=acme.headers, json={name: field[name]}
    )

    assert kind_of(response) == (422, "invalid-request")
    assert pointers(response) == [f"/body/{name}"]


async def test_delete_field_takes_it_out_of_the_form(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    doomed = await make_field(client, acme, popup, key="doomed")
    await make_field(client, acme, popup, key="kept")

    response = await client.delete(f"/api/v1/form-fields/{doomed['id']}", headers=acme.headers)

    assert (response.status_code, response.content) == (204, b"")
    assert await asked(client, acme, popup) == ["kept"]
    again = await client.delete(f"/api/v1/form-fields/{doomed['id']}", headers=acme.headers)
    assert kind_of(again) == (404, "not-found")


async def test_two_who_delete_a_field_at_once_delete_it_once(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    field = await make_field(client, acme, popup)
    path = f"/api/v1/form-fields/{field['id']}"

    answers = await asyncio.gather(*(client.delete(path, headers=acme.headers) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [204, 404, 404]


async def test_form_of_an_archived_popup_is_a_record(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    field = await make_field(client, acme, popup)
    await change(client, acme, f"popups/{popup['id']}", status="archived")
    path = f"/api/v1/form-fields/{field['id']}"
    body = {**FIELD, "popup_id": popup["id"], "key": "late"}
    order = {"popup_id": popup["id"], "field_ids": [field["id"]]}

    answers = [
        await client.post("/api/v1/form-fields", headers=acme.headers, json=body),
        await client.patch(path, headers=acme.headers, json={"label": "Other"}),
        await client.delete(path, headers=acme.headers),
        await client.put("/api/v1/form-fields/order", headers=acme.headers, json=order),
    ]

    assert [kind_of(answer) for answer in answers] == [(409, "popup-archived")] * 4
    read = await client.get(path, headers=acme.headers)
    assert read.json() == field


async def test_form_has_a_most_of_fields(
    client: httpx.AsyncClient, acme: TenantWorld, popup: Json
) -> None:
    await change(client, acme, f"popups/{popup['id']}", profile_fields=[])
    async with acme.session() as session:
        await session.fetch(
            "INSERT INTO app.form_fields (tenant_id, id, popup_id, popup_is_published, key, label,"
            " type, section, position, required, options)"
            " SELECT %(tenant)s, gen_random_uuid(), %(popup)s, false, 'k' || n, 'L', 'text', '', n,"
            " false, '[]' FROM generate_series(1, 199) n",
            {"tenant": acme.tenant_id, "popup": popup["id"]},
        )

    last = await client.post(
        "/api/v1/form-fields", headers=acme.headers, json={**FIELD, "popup_id": popup["id"]}
    )
    beyond = await client.post(
        "/api/v1/form-fields",
        headers=acme.headers,
        json={**FIELD, "popup_id": popup["id"], "key": "beyond"},
    )

    assert last.status_code == 201
    assert kind_of(beyond) == (409, "form-inconsistent")
