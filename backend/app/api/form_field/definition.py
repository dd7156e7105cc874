"""The questions of a form: what a field is, and which definitions make sense."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.api.form_field.errors import FieldInvalid, FormInconsistent

MOST_FIELDS = 200
"""Fields in one form, profile included: more than anyone fills in, few enough to check at once."""

MOST_OPTIONS = 300
"""Options of one field: a list of the world's countries fits."""

LONGEST_LABEL = 200
LONGEST_HELP = 2_000
LONGEST_SECTION = 100
LONGEST_OPTION = 200

LARGEST_NUMBER = 10**15 - 1
"""Fifteen digits: what a JSON number carries exactly in every client."""

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")


class FieldType(StrEnum):
    """What kind of answer a field takes."""

    TEXT = "text"
    TEXTAREA = "textarea"
    NUMBER = "number"
    BOOLEAN = "boolean"
    SELECT = "select"
    MULTISELECT = "multiselect"
    DATE = "date"
    EMAIL = "email"
    URL = "url"


WITH_OPTIONS = frozenset({FieldType.SELECT, FieldType.MULTISELECT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Show a field only when another field has been answered so.

    ``any_of`` lists the answers that show it: options of a select or multiselect field,
    or true and false. Empty means that any answer shows it, and is all that can be asked
    of a text, number, date, e-mail or URL field.
    """

    field: str
    any_of: tuple[str | bool, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDefinition:
    """One question. An option is both what is shown and what is kept.

    ``minimum`` and ``maximum`` bound a number, both included; they are whole numbers, so
    they are finite and mean the same in every client.
    """

    key: str
    label: str
    type: FieldType
    section: str = ""
    position: int = 0
    required: bool = False
    options: tuple[str, ...] = ()
    placeholder: str | None = None
    help: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    shown_if: Condition | None = None


def holds_control_characters(text: str, *, allowed: str = "") -> bool:
    r"""Tell whether ``text`` holds what no one types and no screen shows: NUL, escapes.

    So do Unicode's line and paragraph separators, and halves of a surrogate pair, which
    cannot be written as UTF-8.

    >>> holds_control_characters("nul \x00"), holds_control_characters("zażółć 🎪")
    (True, False)
    """
    return any(
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} and character not in allowed
        for character in text
    )


def pointer_to(*parts: str) -> str:
    r"""Return the JSON pointer (RFC 6901) of a key that a client made up.

    What cannot be shown is written as an escape, and a long key is cut, so that any key
    can stand in an answer.

    >>> pointer_to("a/b~c", "bad\x00"), len(pointer_to("k" * 1000))
    ('/a~1b~0c/bad\\x00', 81)
    """
    shown = (ascii(part)[1:-1].replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(f"/{part[:80]}" for part in shown)


def validate_field(field: FieldDefinition) -> None:
    """Refuse a field that makes no sense, whatever form it stands in.

    Raises:
        FieldInvalid: with every fault found.
    """
    faults = [
        {"pointer": pointer_to(field.key, part), "detail": detail}
        for part, detail in (*_text_faults(field), *_option_faults(field), *_bound_faults(field))
    ]
    if faults:
        raise FieldInvalid(f"The field {field.key[:80]!a} does not make sense", errors=faults)


def validate_definition(
    fields: Sequence[FieldDefinition], profile_fields: Sequence[FieldDefinition] = ()
) -> None:
    """Refuse a form whose fields make no sense, alone or together.

    Keys are unique over profile and custom fields, since a submission is one flat object.
    Conditions may chain and never cycle.

    Raises:
        FieldInvalid: a field makes no sense in itself.
        FormInconsistent: the fields do not fit together; every fault is named.
    """
    everything = [*profile_fields, *fields]
    if len(everything) > MOST_FIELDS:
        raise FormInconsistent(f"A form has at most {MOST_FIELDS} fields", errors=[])
    for field in everything:
        validate_field(field)
    by_key = {field.key: field for field in everything}
    faults = [
        {"pointer": pointer_to(key, "key"), "detail": "Another field of this form has that key"}
        for key, count in Counter(field.key for field in everything).items()
        if count > 1
    ]
    for field in everything:
        faults += [
            {"pointer": pointer_to(field.key, "shown_if"), "detail": detail}
            for detail in _condition_faults(field, by_key)
        ]
    if faults:
        raise FormInconsistent("The fields of this form do not fit together", errors=faults)


def _text_faults(field: FieldDefinition) -> Iterator[tuple[str, str]]:
    if not _KEY.fullmatch(field.key):
        yield "key", "A key is a lower-case letter, then up to 62 letters, digits or underscores"
    if not field.label.strip():
        yield "label", "A label is not empty"
    texts = (
        ("label", field.label, LONGEST_LABEL),
        ("section", field.section, LONGEST_SECTION),
        ("placeholder", field.placeholder or "", LONGEST_LABEL),
        ("help", field.help or "", LONGEST_HELP),
    )
    for part, text, longest in texts:
        if len(text) > longest:
            yield part, f"At most {longest} characters"
        if holds_control_characters(text, allowed="\n" if part == "help" else ""):
            yield part, "Text may not hold control characters"


def _option_faults(field: FieldDefinition) -> Iterator[tuple[str, str]]:
    if field.type not in WITH_OPTIONS:
        if field.options:
            yield "options", f"A {field.type} field has no options"
        return
    if not field.options:
        yield "options", f"A {field.type} field needs at least one option"
    if len(field.options) > MOST_OPTIONS:
        yield "options", f"At most {MOST_OPTIONS} options"
    if len(set(field.options)) < len(field.options):
        yield "options", "Two options are the same"
    for option in field.options:
        if option != option.strip() or not option or len(option) > LONGEST_OPTION:
            yield (
                "options",
                f"An option has 1 to {LONGEST_OPTION} characters and no space around it",
            )
        if holds_control_characters(option):
            yield "options", "Text may not hold control characters"


def _bound_faults(field: FieldDefinition) -> Iterator[tuple[str, str]]:
    bounds = (("minimum", field.minimum), ("maximum", field.maximum))
    for part, bound in bounds:
        if bound is not None and field.type is not FieldType.NUMBER:
            yield part, "Only a number has bounds"
        if bound is not None and abs(bound) > LARGEST_NUMBER:
            yield part, "A bound has at most fifteen digits"
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        yield "maximum", "The maximum is not below the minimum"


def _condition_faults(
    field: FieldDefinition, by_key: Mapping[str, FieldDefinition]
) -> Iterator[str]:
    if field.shown_if is None:
        return
    asked = by_key.get(field.shown_if.field)
    if asked is None:
        yield "The form has no field with the key that this condition names"
        return
    if _goes_round(field, by_key):
        yield "This condition leads back to the field itself"
    any_of = field.shown_if.any_of
    if len(set(any_of)) < len(any_of):
        yield "Two answers of this condition are the same"
    if asked.type in WITH_OPTIONS:
        answers: frozenset[str | bool] = frozenset(asked.options)
    elif asked.type is FieldType.BOOLEAN:
        answers = frozenset({True, False})
    elif any_of:
        yield f"Of a {asked.type} field a condition can only ask whether it is answered"
        return
    else:
        return
    if any(answer not in answers for answer in any_of):
        yield f"{asked.key} cannot be answered as this condition asks"


def _goes_round(field: FieldDefinition, by_key: Mapping[str, FieldDefinition]) -> bool:
    """Tell whether following conditions from ``field`` comes back to it.

    A chain that runs into another field's circle is that field's fault, not this one's.
    """
    seen: set[str] = set()
    here: FieldDefinition | None = field
    while here is not None and here.shown_if is not None and here.key not in seen:
        seen.add(here.key)
        here = by_key.get(here.shown_if.field)
    return here is not None and here.key == field.key and here.shown_if is not None
