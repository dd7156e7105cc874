"""A popup's form: the document the attendee's page is drawn from, and the check of answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, TypedDict

from app.api.form_field.answer import LONGEST_TEXT, Answer, UnfitAnswer, is_blank, normalise
from app.api.form_field.definition import (
    Condition,
    FieldDefinition,
    pointer_to,
    validate_definition,
)
from app.api.form_field.errors import AnswersInvalid

MOST_FAULTS = 100
"""Faults told at once: enough for any form, and a bound on what junk is answered with."""


class ConditionDocument(TypedDict):
    """Show the field when ``field`` is answered with one of these; empty: with anything."""

    field: str
    any_of: list[str | bool]


class FieldDocument(TypedDict):
    """One question, as the page draws it. ``source`` says where its answer is kept."""

    key: str
    label: str
    type: str
    source: Literal["profile", "custom"]
    required: bool
    options: list[str]
    placeholder: str | None
    help: str | None
    minimum: int | None
    maximum: int | None
    max_length: int | None
    shown_if: ConditionDocument | None


class SectionDocument(TypedDict):
    """Fields under one heading; the heading may be empty."""

    title: str
    fields: list[FieldDocument]


class FormDocument(TypedDict):
    """A whole form. ``version`` changes whenever anything in ``sections`` does."""

    version: str
    sections: list[SectionDocument]


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one popup's form: its own, and those of the applicant's profile.

    A submission is one flat object over both, so no key appears twice.

    Raises:
        FieldInvalid: a field makes no sense in itself.
        FormInconsistent: the fields do not fit together.
    """

    fields: tuple[FieldDefinition, ...]
    profile_fields: tuple[FieldDefinition, ...] = ()

    def __post_init__(self) -> None:
        validate_definition(self.fields, self.profile_fields)

    @property
    def version(self) -> str:
        """Name this state of the form; see ``form_version``."""
        return form_version(self.fields, self.profile_fields)

    def document(self) -> FormDocument:
        """Return the form as the attendee's page reads it."""
        return form_document(self.fields, self.profile_fields, self.version)

    def in_order(self) -> list[FieldDefinition]:
        """Return every field as it is asked: the profile first, then by position and key."""
        return [*_by_position(self.profile_fields), *_by_position(self.fields)]


def form_version(
    fields: Sequence[FieldDefinition], profile_fields: Sequence[FieldDefinition] = ()
) -> str:
    """Return sixteen hex digits that change when, and only when, the document does.

    The order in which the fields are handed in does not matter.

    >>> from app.api.form_field.definition import FieldType
    >>> first = FieldDefinition(key="a", label="A", type=FieldType.TEXT)
    >>> second = FieldDefinition(key="b", label="B", type=FieldType.DATE)
    >>> form_version([first, second]) == form_version([second, first])
    True
    >>> form_version([first]) == form_version([first, second])
    False
    """
    sections = _sections(fields, profile_fields)
    text = json.dumps(sections, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:16]


def form_document(
    fields: Sequence[FieldDefinition], profile_fields: Sequence[FieldDefinition], version: str
) -> FormDocument:
    """Return the form as the attendee's page reads it.

    Sections come in the order of their first field, profile sections first; a custom field
    that names a profile section joins it, after the profile's own fields.
    """
    return {"version": version, "sections": _sections(fields, profile_fields)}


def validate_answers(
    form: Form, answers: Mapping[str, object], *, is_draft: bool = False
) -> dict[str, Answer]:
    """Return the answers as they are kept, in the order of the form.

    A field whose condition does not hold is neither required nor accepted; neither is a
    field that depends on it. A field that depends on a wrong answer is not judged until
    that one is right. A draft may leave required fields open. Nothing, null, blank text
    and an empty list are no answer, and are left out.

    >>> from app.api.form_field.definition import FieldType
    >>> shirt = FieldDefinition(
    ...     key="shirt", label="Shirt", type=FieldType.SELECT, options=("S", "M"), required=True
    ... )
    >>> note = FieldDefinition(key="note", label="Note", type=FieldType.TEXT)
    >>> validate_answers(Form((shirt, note)), {"note": "  hello ", "shirt": "M"})
    {'note': 'hello', 'shirt': 'M'}

    Raises:
        AnswersInvalid: with one fault for each field that has any.
    """
    fields = form.in_order()
    kept: dict[str, Answer] = {}
    faults: dict[str, str] = {}
    undecided: set[str] = set()
    for field in _conditions_first(fields):
        if field.shown_if is not None and field.shown_if.field in undecided:
            undecided.add(field.key)
            continue
        try:
            answer = _answer_to(field, answers.get(field.key), kept, is_draft=is_draft)
        except UnfitAnswer as unfit:
            faults[field.key] = str(unfit)
            undecided.add(field.key)
            continue
        if answer is not None:
            kept[field.key] = answer
    keys = {field.key: None for field in fields}
    faults |= {key: "The form has no such field" for key in answers if key not in keys}
    if faults:
        told = [key for key in {**keys, **answers} if key in faults]
        errors = [{"pointer": pointer_to(key), "detail": faults[key]} for key in told[:MOST_FAULTS]]
        raise AnswersInvalid("Some answers do not fit the form", errors=errors)
    return {key: kept[key] for key in keys if key in kept}


def _answer_to(
    field: FieldDefinition, raw: object, kept: Mapping[str, Answer], *, is_draft: bool
) -> Answer | None:
    """Return the answer to one field, its condition being decided by the answers so far."""
    if field.shown_if is not None and not _holds(field.shown_if, kept):
        if not is_blank(raw):
            raise UnfitAnswer("This is not asked after the other answers given")
        return None
    answer = normalise(field, raw)
    if answer is None and field.required and not is_draft:
        raise UnfitAnswer("An answer is required")
    return answer


def _holds(condition: Condition, kept: Mapping[str, Answer]) -> bool:
    answer = kept.get(condition.field)
    if answer is None:
        return False
    if not condition.any_of:
        return True
    chosen: list[str] | list[str | bool] = answer if isinstance(answer, list) else [answer]
    return any(one in condition.any_of for one in chosen)


def _conditions_first(fields: Sequence[FieldDefinition]) -> list[FieldDefinition]:
    """Return the fields so that each comes after the one its condition asks about."""
    by_key = {field.key: field for field in fields}

    def depth(field: FieldDefinition) -> int:
        steps = 0
        while field.shown_if is not None:
            field = by_key[field.shown_if.field]
            steps += 1
        return steps

    return sorted(fields, key=depth)


def _by_position(fields: Sequence[FieldDefinition]) -> list[FieldDefinition]:
    return sorted(fields, key=lambda field: (field.position, field.key))


def _sections(
    fields: Sequence[FieldDefinition], profile_fields: Sequence[FieldDefinition]
) -> list[SectionDocument]:
    sections: dict[str, list[FieldDocument]] = {}
    for field in _by_position(profile_fields):
        sections.setdefault(field.section, []).append(_field(field, "profile"))
    for field in _by_position(fields):
        sections.setdefault(field.section, []).append(_field(field, "custom"))
    return [{"title": title, "fields": inside} for title, inside in sections.items()]


def _field(field: FieldDefinition, source: Literal["profile", "custom"]) -> FieldDocument:
    condition: ConditionDocument | None = None
    if field.shown_if is not None:
        condition = {"field": field.shown_if.field, "any_of": list(field.shown_if.any_of)}
    return {
        "key": field.key,
        "label": field.label,
        "type": field.type.value,
        "source": source,
        "required": field.required,
        "options": list(field.options),
        "placeholder": field.placeholder,
        "help": field.help,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "max_length": LONGEST_TEXT.get(field.type),
        "shown_if": condition,
    }
