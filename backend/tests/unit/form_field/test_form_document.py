"""What the document of a form says, and when its version changes."""

import json
from dataclasses import replace
from itertools import permutations

import pytest

from app.api.form_field.definition import Condition, FieldDefinition, FieldType
from app.api.form_field.form import Form, form_version

FREE = FieldDefinition(key="free", label="Free", type=FieldType.TEXT)
NUMBER = replace(FREE, type=FieldType.NUMBER)
WITH_KIDS = FieldDefinition(
    key="kids", label="With kids?", type=FieldType.BOOLEAN, required=True, position=1
)
AGES = FieldDefinition(
    key="ages",
    label="Their ages",
    type=FieldType.MULTISELECT,
    options=("0-5", "6-12"),
    required=True,
    position=2,
    shown_if=Condition(field="kids", any_of=(True,)),
)
NANNY = FieldDefinition(
    key="nanny",
    label="Nanny?",
    type=FieldType.TEXT,
    position=3,
    shown_if=Condition(field="ages", any_of=("0-5",)),
)
FAMILY = Form((NANNY, AGES, WITH_KIDS))


def test_document_holds_all_that_the_page_needs() -> None:
    name = replace(FREE, key="first_name", label="First name", section="You", required=True)
    kids = replace(WITH_KIDS, section="Family")
    ages = replace(AGES, section="Family", help="All of them", placeholder="Pick")
    nick = replace(FREE, key="nick", section="You", position=9)
    height = replace(NUMBER, key="height", section="", position=10, minimum=0, maximum=3)
    form = Form((height, nick, ages, kids), (name,))

    document = form.document()

    assert document == {
        "version": form.version,
        "sections": [
            {
                "title": "You",
                "fields": [
                    {
                        "key": "first_name",
                        "label": "First name",
                        "type": "text",
                        "source": "profile",
                        "required": True,
                        "options": [],
                        "placeholder": None,
                        "help": None,
                        "minimum": None,
                        "maximum": None,
                        "max_length": 500,
                        "shown_if": None,
                    },
                    {
                        "key": "nick",
                        "label": "Free",
                        "type": "text",
                        "source": "custom",
                        "required": False,
                        "options": [],
                        "placeholder": None,
                        "help": None,
                        "minimum": None,
                        "maximum": None,
                        "max_length": 500,
                        "shown_if": None,
                    },
                ],
            },
            {
                "title": "Family",
                "fields": [
                    {
                        "key": "kids",
                        "label": "With kids?",
                        "type": "boolean",
                        "source": "custom",
                        "required": True,
                        "options": [],
                        "placeholder": None,
                        "help": None,
                        "minimum": None,
                        "maximum": None,
                        "max_length": None,
                        "shown_if": None,
                    },
                    {
                        "key": "ages",
                        "label": "Their ages",
                        "type": "multiselect",
                        "source": "custom",
                        "required": True,
                        "options": ["0-5", "6-12"],
                        "placeholder": "Pick",
                        "help": "All of them",
                        "minimum": None,
                        "maximum": None,
                        "max_length": None,
                        "shown_if": {"field": "kids", "any_of": [True]},
                    },
                ],
            },
            {
                "title": "",
                "fields": [
                    {
                        "key": "height",
                        "label": "Free",
                        "type": "number",
                        "source": "custom",
                        "required": False,
                        "options": [],
                        "placeholder": None,
                        "help": None,
                        "minimum": 0,
                        "maximum": 3,
                        "max_length": None,
                        "shown_if": None,
                    }
                ],
            },
        ],
    }
    assert json.loads(json.dumps(document)) == document


def test_version_ignores_the_order_of_rows() -> None:
    versions = {form_version(fields) for fields in permutations(FAMILY.fields)}

    assert versions == {FAMILY.version}


@pytest.mark.parametrize(
    "changed",
    [
        replace(AGES, label="Ages"),
        replace(AGES, section="Family"),
        replace(AGES, position=7),
        replace(AGES, required=False),
        replace(AGES, options=("0-5", "6-12", "13+")),
        replace(AGES, placeholder="Pick"),
        replace(AGES, help="All"),
        replace(AGES, shown_if=None),
    ],
)
def test_version_changes_with_the_form(changed: FieldDefinition) -> None:
    assert form_version([WITH_KIDS, changed, NANNY]) != FAMILY.version


def test_version_is_the_same_on_every_machine() -> None:
    assert form_version([FREE]) == "11d140658924fa9a"
