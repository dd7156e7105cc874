"""The questions about the applicant's profile, as fields of a form."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from app.api.form_field.definition import FieldDefinition, FieldType
from app.api.popup.profile import ProfileKey, ProfileQuestion

SECTION = "About you"

LABELS: Mapping[ProfileKey, str] = MappingProxyType(
    {
        ProfileKey.FIRST_NAME: "First name",
        ProfileKey.LAST_NAME: "Last name",
        ProfileKey.TELEGRAM: "Telegram",
        ProfileKey.ORGANIZATION: "Organization",
        ProfileKey.JOB_TITLE: "Job title",
        ProfileKey.GENDER: "Gender",
        ProfileKey.AGE: "Age",
        ProfileKey.RESIDENCE: "Where you live",
        ProfileKey.PICTURE_URL: "A picture of you",
    }
)


def asked_of_profile(questions: Iterable[ProfileQuestion]) -> tuple[FieldDefinition, ...]:
    """Return the fields that ask these questions, in their order."""
    return tuple(
        FieldDefinition(
            key=question.key.value,
            label=LABELS[question.key],
            type=FieldType.URL if question.key is ProfileKey.PICTURE_URL else FieldType.TEXT,
            section=SECTION,
            position=position,
            required=question.required,
        )
        for position, question in enumerate(questions)
    )
