"""Which questions may be asked, alone and together."""

from dataclasses import replace

import pytest

from app.api.form_field.definition import (
    LARGEST_NUMBER,
    MOST_FIELDS,
    MOST_OPTIONS,
    Condition,
    FieldDefinition,
    FieldType,
    validate_definition,
    validate_field,
)
from app.api.form_field.errors import FieldInvalid, FormInconsistent

TEXT = FieldDefinition(key="name", label="Name", type=FieldType.TEXT)
SELECT = FieldDefinition(key="diet", label="Diet", type=FieldType.SELECT, options=("vegan", "any"))
NUMBER = FieldDefinition(key="age", label="Age", type=FieldType.NUMBER)
YES_NO = FieldDefinition(key="kids", label="With kids?", type=FieldType.BOOLEAN)


def asked_if(key: str, on: str, *any_of: str | bool) -> FieldDefinition:
    return replace(TEXT, key=key, shown_if=Condition(field=on, any_of=any_of))


@pytest.mark.parametrize("kind", list(FieldType))
def test_validate_field_takes_every_type(kind: FieldType) -> None:
    options = ("a", "b") if kind in {FieldType.SELECT, FieldType.MULTISELECT} else ()

    validate_field(replace(TEXT, type=kind, options=options))


@pytest.mark.parametrize(
    ("field", "pointer", "detail"),
    [
        pytest.param(
            replace(TEXT, key="Name"),
            "/Name/key",
            "A key is a lower-case letter, then up to 62 letters, digits or underscores",
            id="key with a capital",
        ),
        pytest.param(
            replace(TEXT, key="name\n"),
            "/name\\n/key",
            "A key is a lower-case letter, then up to 62 letters, digits or underscores",
            id="key with a line end",
        ),
        pytest.param(
            replace(TEXT, key="k" * 64),
            "/" + "k" * 64 + "/key",
            "A key is a lower-case letter, then up to 62 letters, digits or underscores",
            id="key too long",
        ),
        pytest.param(replace(TEXT, label=" "), "/name/label", "A label is not empty", id="blank"),
        pytest.param(
            replace(TEXT, label="l" * 201), "/name/label", "At most 200 characters", id="long label"
        ),
        pytest.param(
            replace(TEXT, section="s" * 101),
            "/name/section",
            "At most 100 characters",
            id="long section",
        ),
        pytest.param(
            replace(TEXT, placeholder="p" * 201),
            "/name/placeholder",
            "At most 200 characters",
            id="long placeholder",
        ),
        pytest.param(
            replace(TEXT, help="h" * 2001), "/name/help", "At most 2000 characters", id="long help"
        ),
        pytest.param(
            replace(TEXT, label="nul\x00"),
            "/name/label",
            "Text may not hold control characters",
            id="NUL in a label",
        ),
        pytest.param(
            replace(TEXT, section="two\nlines"),
            "/name/section",
            "Text may not hold control characters",
            id="line end in a heading",
        ),
        pytest.param(
            replace(TEXT, options=("a",)),
            "/name/options",
            "A text field has no options",
            id="text with options",
        ),
        pytest.param(
            replace(SELECT, options=()),
            "/diet/options",
            "A select field needs at least one option",
            id="select without options",
        ),
        pytest.param(
            replace(SELECT, options=tuple(map(str, range(MOST_OPTIONS + 1)))),
            "/diet/options",
            "At most 300 options",
            id="too many options",
        ),
        pytest.param(
            replace(SELECT, options=("a", "a")),
            "/diet/options",
            "Two options are the same",
            id="the same option twice",
        ),
        pytest.param(
            replace(SELECT, options=("a ",)),
            "/diet/options",
            "An option has 1 to 200 characters and no space around it",
            id="space around an option",
        ),
        pytest.param(
            replace(SELECT, options=("",)),
            "/diet/options",
            "An option has 1 to 200 characters and no space around it",
            id="empty option",
        ),
        pytest.param(
            replace(SELECT, options=("o" * 201,)),
            "/diet/options",
            "An option has 1 to 200 characters and no space around it",
            id="long option",
        ),
        pytest.param(
            replace(SELECT, options=("a\x1bb",)),
            "/diet/options",
            "Text may not hold control characters",
            id="escape in an option",
        ),
        pytest.param(
            replace(TEXT, minimum=1), "/name/minimum", "Only a number has bounds", id="text minimum"
        ),
        pytest.param(
            replace(NUMBER, maximum=LARGEST_NUMBER + 1),
            "/age/maximum",
            "A bound has at most fifteen digits",
            id="huge bound",
        ),
        pytest.param(
            replace(NUMBER, minimum=2, maximum=1),
            "/age/maximum",
            "The maximum is not below the minimum",
            id="bounds crossed",
        ),
    ],
)
def test_validate_field_refuses(field: FieldDefinition, pointer: str, detail: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        validate_field(field)

    assert refused.value.status == 422
    assert refused.value.members == {"errors": [{"pointer": pointer, "detail": detail}]}


def test_validate_field_lets_help_have_lines() -> None:
    validate_field(replace(TEXT, help="First.\nSecond."))


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([], id="empty form"),
        pytest.param([YES_NO, asked_if("ages", "kids", True)], id="on a boolean"),
        pytest.param([SELECT, asked_if("why", "diet", "vegan", "any")], id="on options"),
        pytest.param([TEXT, asked_if("nick", "name")], id="on being answered"),
        pytest.param(
            [YES_NO, asked_if("ages", "kids", True), asked_if("names", "ages")], id="a chain"
        ),
    ],
)
def test_validate_definition_takes(fields: list[FieldDefinition]) -> None:
    validate_definition(fields)


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        pytest.param(
            [TEXT, NUMBER, TEXT],
            [("/name/key", "Another field of this form has that key")],
            id="key",
        ),
        pytest.param(
            [asked_if("a", "nowhere")],
            [("/a/shown_if", "The form has no field with the key that this condition names")],
            id="unknown key",
        ),
        pytest.param(
            [asked_if("a", "a")],
            [("/a/shown_if", "This condition leads back to the field itself")],
            id="on itself",
        ),
        pytest.param(
            [asked_if("a", "b"), asked_if("b", "c"), asked_if("c", "b")],
            [
                ("/b/shown_if", "This condition leads back to the field itself"),
                ("/c/shown_if", "This condition leads back to the field itself"),
            ],
            id="a circle, and a chain into it",
        ),
        pytest.param(
            [SELECT, asked_if("a", "diet", "meat")],
            [("/a/shown_if", "diet cannot be answered as this condition asks")],
            id="no such option",
        ),
        pytest.param(
            [SELECT, asked_if("a", "diet", True)],
            [("/a/shown_if", "diet cannot be answered as this condition asks")],
            id="true, of a select",
        ),
        pytest.param(
            [YES_NO, asked_if("a", "kids", "yes")],
            [("/a/shown_if", "kids cannot be answered as this condition asks")],
            id="text, of a boolean",
        ),
        pytest.param(
            [YES_NO, asked_if("a", "kids", True, True)],
            [("/a/shown_if", "Two answers of this condition are the same")],
            id="an answer twice",
        ),
        pytest.param(
            [TEXT, asked_if("a", "name", "Bob")],
            [("/a/shown_if", "Of a text field a condition can only ask whether it is answered")],
            id="a value of free text",
        ),
    ],
)
def test_validate_definition_refuses(
    fields: list[FieldDefinition], errors: list[tuple[str, str]]
) -> None:
    with pytest.raises(FormInconsistent) as refused:
        validate_definition(fields)

    told = [{"pointer": pointer, "detail": detail} for pointer, detail in errors]
    assert refused.value.status == 409
    assert refused.value.members == {"errors": told}


def test_validate_definition_counts_profile_and_custom_fields_together() -> None:
    half = MOST_FIELDS // 2
    profile = [replace(TEXT, key=f"p{i}") for i in range(half)]
    custom = [replace(TEXT, key=f"c{i}") for i in range(half)]

    validate_definition(custom, profile)
    with pytest.raises(FormInconsistent, match="at most 200 fields"):
        validate_definition([*custom, TEXT], profile)


def test_validate_definition_refuses_a_key_of_the_profile() -> None:
    with pytest.raises(FormInconsistent):
        validate_definition([TEXT], [TEXT])


def test_validate_definition_checks_each_field_first() -> None:
    with pytest.raises(FieldInvalid):
        validate_definition([replace(TEXT, label="")])
