"""Which parts of an applicant's profile a popup's form asks for."""

from enum import StrEnum

from pydantic import StrictBool

from app.api.shared.types import Input


class ProfileKey(StrEnum):
    """A part of the profile that every account has; its address is known already."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    TELEGRAM = "telegram"
    ORGANIZATION = "organization"
    JOB_TITLE = "job_title"
    GENDER = "gender"
    AGE = "age"
    RESIDENCE = "residence"
    PICTURE_URL = "picture_url"


class ProfileQuestion(Input):
    """One part of the profile, asked for in the popup's form."""

    key: ProfileKey
    required: StrictBool


USUAL_QUESTIONS: tuple[ProfileQuestion, ...] = (
    ProfileQuestion(key=ProfileKey.FIRST_NAME, required=True),
    ProfileQuestion(key=ProfileKey.LAST_NAME, required=True),
    ProfileQuestion(key=ProfileKey.TELEGRAM, required=False),
    ProfileQuestion(key=ProfileKey.ORGANIZATION, required=False),
    ProfileQuestion(key=ProfileKey.JOB_TITLE, required=False),
    ProfileQuestion(key=ProfileKey.GENDER, required=False),
    ProfileQuestion(key=ProfileKey.AGE, required=False),
    ProfileQuestion(key=ProfileKey.RESIDENCE, required=False),
)
"""What a popup asks when nobody says otherwise."""
