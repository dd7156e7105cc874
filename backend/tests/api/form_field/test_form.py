"""The form as one document: for staff at any time, for the public once its popup is published."""

import httpx

from app.api.form_field.profile import LABELS, asked_of_profile
from app.api.human.schemas import HumanProfile
from app.api.popup.profile import ProfileKey, ProfileQuestion
from tests.factories import Json, change, make_field, make_popup
from tests.probing import kind_of, pointers
from tests.worlds import TenantWorld

PUBLIC = "/api/v1/popups/public/summer-city/form"


def question(key: str, label: str, source: str, **changes: object) -> Json:
    return {
        "key": key,
        "label": label,
        "type": "text",
        "source": source,
        "required": False,
        "options": [],
        "placeholder": None,
        "help": None,
        "minimum": None,
        "maximum": None,
        "max_length": 500,
        "shown_if": None,
        **changes,
    }


async def form(client: httpx.AsyncClient, world: TenantWorld, popup: Json) -> Json:
    response = await client.get(
        f"/api/v1/form-fields/schema?popup_id={popup['id']}", headers=world.headers
    )
    assert response.status_code == 200, response.text
    document: Json = response.json()
    return document


def test_every_part_of_the_profile_can_be_asked_for() -> None:
    everything = [ProfileQuestion(key=key, required=False) for key in ProfileKey]

    fields = asked_of_profile(everything)

    assert {key.value for key in ProfileKey} == set(HumanProfile.model_fields)
    assert [field.key for field in fields] == [key.value for key in ProfileKey]
    assert set(LABELS) == set(ProfileKey)


async def test_form_joins_profile_and_own_fields_in_sections(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    asked = [{"key": "picture_url", "required": False}, {"key": "first_name", "required": True}]
    popup = await make_popup(client, acme, profile_fields=asked)
    await make_field(client, acme, popup, key="why", label="Why?", type="textarea", position=9)
    await make_field(client, acme, popup, key="age", label="Age", section="About you")
    await make_field(client, acme, popup, key="kids", label="Kids?", type="boolean", position=1)
    condition = {"field": "kids", "any_of": [True]}
    await make_field(
        client,
        acme,
        popup,
        key="how_many",
        label="How many?",
        type="number",
        minimum=1,
        maximum=9,
        position=2,
        shown_if=condition,
    )

    document = await form(client, acme, popup)

    assert document["sections"] == [
        {
            "title": "About you",
            "fields": [
                question("picture_url", "A picture of you", "profile", type="url", max_length=2000),
                question("first_name", "First name", "profile", required=True),
                question("age", "Age", "custom"),
            ],
        },
        {
            "title": "",
            "fields": [
                question("kids", "Kids?", "custom", type="boolean", max_length=None),
                question(
                    "how_many",
                    "How many?",
                    "custom",
                    type="number",
                    minimum=1,
                    maximum=9,
                    max_length=None,
                    shown_if=condition,
                ),
                question("why", "Why?", "custom", type="textarea", max_length=10_000),
            ],
        },
    ]


async def test_version_changes_with_the_form_and_with_nothing_else(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme)
    versions = [(await form(client, acme, popup))["version"]]
    field = await make_field(client, acme, popup)
    versions.append((await form(client, acme, popup))["version"])
    await change(client, acme, f"form-fields/{field['id']}", label="Food?")
    versions.append((await form(client, acme, popup))["version"])
    await change(client, acme, f"popups/{popup['id']}", profile_fields=[])
    versions.append((await form(client, acme, popup))["version"])

    await change(client, acme, f"popups/{popup['id']}", name="Other", status="active")
    await change(client, acme, f"form-fields/{field['id']}", position=7)

    assert len(set(versions)) == 4
    assert (await form(client, acme, popup))["version"] == versions[-1]


async def test_public_reads_the_form_that_staff_read(
    client: httpx.AsyncClient, acme: TenantWorld, globex: TenantWorld
) -> None:
    popup = await make_popup(client, acme, status="active")
    await make_field(client, acme, popup)
    theirs = await make_popup(client, globex, status="active")
    await make_field(client, globex, theirs, key="secret", label="Theirs")

    response = await client.get(PUBLIC, headers=acme.public_headers)

    assert response.status_code == 200
    assert response.json() == await form(client, acme, popup)
    assert "Theirs" not in response.text


async def test_form_of_a_popup_without_questions_is_empty(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    popup = await make_popup(client, acme, profile_fields=[])

    document = await form(client, acme, popup)

    assert document["sections"] == []


async def test_form_takes_as_many_statements_however_long_it_is(
    client: httpx.AsyncClient, acme: TenantWorld, statements: list[str]
) -> None:
    popup = await make_popup(client, acme, status="active")
    counts = []
    for key in "abc":
        await make_field(client, acme, popup, key=key)
        statements.clear()
        await client.get(PUBLIC, headers=acme.public_headers)
        counts.append(len(statements))

    assert counts == [2, 2, 2]


async def test_form_needs_a_popup(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    path = "/api/v1/form-fields/schema"

    unnamed = await client.get(path, headers=acme.headers)
    garbled = await client.get(f"{path}?popup_id=1", headers=acme.headers)
    human = await client.get(f"{path}?popup_id={acme.tenant_id}", headers=acme.human_headers)

    assert kind_of(unnamed) == kind_of(garbled) == (422, "invalid-request")
    assert pointers(unnamed) == pointers(garbled) == ["/query/popup_id"]
    assert kind_of(human) == (403, "forbidden")
