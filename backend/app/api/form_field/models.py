"""The table of form fields: what a popup asks besides the profile."""

from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from app.api.form_field.definition import Condition, FieldDefinition, FieldType
from app.api.shared.models import TenantModel, Timestamped, tenant_reference, text_enum

_CONDITION = TypeAdapter(Condition)


class FormField(TenantModel, Timestamped, table=True):
    """One question of one popup's form. Its key never changes: answers are kept under it.

    ``popup_is_published`` is the popup's, held to it by the foreign key. What makes sense
    within a field and between the fields of a form is for ``definition.py`` to say; whoever
    changes one does so with the popup locked.
    """

    __tablename__ = "form_fields"
    __table_args__ = (
        tenant_reference(
            "popup_id",
            "popup_is_published",
            to="popups",
            key=("id", "is_published"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        UniqueConstraint("tenant_id", "popup_id", "key"),
        Index(None, "tenant_id", "popup_id", "position"),
        CheckConstraint("key ~ '^[a-z][a-z0-9_]{0,62}$'", name="key"),
        CheckConstraint("label <> ''", name="label"),
        CheckConstraint("position BETWEEN 0 AND 10000", name="position"),
        CheckConstraint("json_typeof(options) = 'array'", name="options"),
        CheckConstraint("json_typeof(shown_if) = 'object'", name="shown_if"),
        CheckConstraint(
            "type = 'number' OR (minimum IS NULL AND maximum IS NULL)", name="number_bounds"
        ),
        CheckConstraint("minimum <= maximum", name="bounds"),
        {"info": {"published": "popup_is_published"}},
    )

    popup_id: UUID
    popup_is_published: bool
    key: str
    label: str
    type: FieldType = Field(sa_type=text_enum(FieldType, "type"))
    section: str = ""
    position: int = 0
    required: bool = False
    options: list[str] = Field(default_factory=list, sa_type=JSON)
    placeholder: str | None = None
    help: str | None = None
    minimum: int | None = Field(default=None, sa_type=BigInteger)
    maximum: int | None = Field(default=None, sa_type=BigInteger)
    shown_if: dict[str, str | list[str | bool]] | None = Field(
        default=None, sa_type=JSON(none_as_null=True)
    )

    @property
    def definition(self) -> FieldDefinition:
        """The field as the rules see it."""
        condition: Condition | None = None
        if self.shown_if is not None:
            condition = _CONDITION.validate_python(self.shown_if)
        return FieldDefinition(
            key=self.key,
            label=self.label,
            type=self.type,
            section=self.section,
            position=self.position,
            required=self.required,
            options=tuple(self.options),
            placeholder=self.placeholder,
            help=self.help,
            minimum=self.minimum,
            maximum=self.maximum,
            shown_if=condition,
        )
