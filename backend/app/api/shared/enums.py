"""The enumerations more than one resource uses. In the database they are text with a CHECK."""

from enum import StrEnum

from app.core.security import CredentialType

__all__ = ["CredentialType", "UserRole"]


class UserRole(StrEnum):
    """What a member of staff, or an operator of the platform, may do."""

    SUPERADMIN = "SUPERADMIN"
    ADMIN = "ADMIN"
    VIEWER = "VIEWER"
