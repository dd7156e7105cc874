"""The enumerations more than one resource uses. In the database they are text with a CHECK."""

from enum import StrEnum

from app.core.security import CredentialType

__all__ = ["CredentialType", "Language", "UserRole"]


class UserRole(StrEnum):
    """What a member of staff, or an operator of the platform, may do."""

    SUPERADMIN = "SUPERADMIN"
    ADMIN = "ADMIN"
    VIEWER = "VIEWER"


class Language(StrEnum):
    """The languages that every kind of mail is written in (BCP 47)."""

    ENGLISH = "en"
    SPANISH = "es"
