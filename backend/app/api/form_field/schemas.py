"""What is sent and read of form fields, and of the form they make."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StringConstraints

from app.api.form_field.definition import (
    LARGEST_NUMBER,
    LONGEST_HELP,
    LONGEST_SECTION,
    MOST_FIELDS,
    MOST_OPTIONS,
    Condition,
    FieldDefinition,
    FieldType,
)
from app.api.shared.response import ListQuery
from app.api.shared.types import Input, Instant, Line, Omittable, OptionalLine, Output, Prose

FieldKey = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$"),
    Field(description="Answers are kept under it, so it never changes.", examples=["diet"]),
]
Section = Annotated[OptionalLine, StringConstraints(max_length=LONGEST_SECTION)]
Help = Annotated[Prose, StringConstraints(max_length=LONGEST_HELP)]
Options = Annotated[
    list[Line],
    Field(max_length=MOST_OPTIONS, description="What select and multiselect offer."),
]
Position = Annotated[
    int, Field(ge=0, le=10_000, strict=True, description="Where it stands among the fields.")
]
Bound = Annotated[
    int,
    Field(
        ge=-LARGEST_NUMBER,
        le=LARGEST_NUMBER,
        strict=True,
        description="Of a number's answer, itself included.",
    ),
]

FormFieldSort = Literal[
    "created_at", "-created_at", "position", "-position", "key", "-key", "label", "-label"
]


class ShownIf(Input):
    """Show the field when another is answered with one of these; empty: with anything."""

    field: FieldKey
    any_of: Annotated[list[StrictBool | Line], Field(max_length=MOST_OPTIONS)]


class FormFieldCreate(Input):
    """One more question in a popup's form; without a position it comes last."""

    popup_id: UUID
    key: FieldKey
    label: Line
    type: FieldType
    section: Section = ""
    position: Position | None = None
    required: StrictBool = False
    options: Options = Field(default_factory=list)
    placeholder: OptionalLine | None = None
    help: Help | None = None
    minimum: Bound | None = None
    maximum: Bound | None = None
    shown_if: ShownIf | None = None

    def definition(self, position: int) -> FieldDefinition:
        """Return the field as the rules see it."""
        condition: Condition | None = None
        if self.shown_if is not None:
            condition = Condition(field=self.shown_if.field, any_of=tuple(self.shown_if.any_of))
        return FieldDefinition(
            key=self.key,
            label=self.label,
            type=self.type,
            section=self.section,
            position=position,
            required=self.required,
            options=tuple(self.options),
            placeholder=self.placeholder,
            help=self.help,
            minimum=self.minimum,
            maximum=self.maximum,
            shown_if=condition,
        )


class FormFieldUpdate(Input):
    """A key left out is left alone. A field keeps its popup and its key."""

    label: Omittable[Line] = None
    type: Omittable[FieldType] = None
    section: Omittable[Section] = None
    position: Omittable[Position] = None
    required: Omittable[StrictBool] = None
    options: Omittable[Options] = None
    placeholder: OptionalLine | None = None
    help: Help | None = None
    minimum: Bound | None = None
    maximum: Bound | None = None
    shown_if: ShownIf | None = None


class FormFieldPublic(Output):
    """A form field, as staff read it."""

    id: UUID
    popup_id: UUID
    key: str
    label: str
    type: FieldType
    section: str
    position: int
    required: bool
    options: list[str]
    placeholder: str | None
    help: str | None
    minimum: int | None
    maximum: int | None
    shown_if: ShownIf | None
    created_at: Instant
    updated_at: Instant


class FormFieldQuery(ListQuery):
    """Filters of the list of form fields."""

    popup_id: UUID | None = None
    type: FieldType | None = None
    section: Section | None = None
    required: bool | None = None
    sort: FormFieldSort = "position"


class FormOrder(Input):
    """All the fields of a popup's form, in the order they are to have."""

    popup_id: UUID
    field_ids: Annotated[list[UUID], Field(max_length=MOST_FIELDS)]


class FormQuery(Input):
    """Whose form."""

    popup_id: UUID


class AskedField(Output):
    """One question, as the page draws it. ``source`` says where its answer is kept."""

    key: str
    label: str
    type: FieldType
    source: Literal["profile", "custom"]
    required: bool
    options: list[str]
    placeholder: str | None
    help: str | None
    minimum: int | None
    maximum: int | None
    max_length: int | None
    shown_if: ShownIf | None


class AskedSection(Output):
    """Fields under one heading; the heading may be empty."""

    title: str
    fields: list[AskedField]


class FormPublic(Output):
    """A popup's whole form. ``version`` changes whenever anything in ``sections`` does."""

    version: str
    sections: list[AskedSection]
