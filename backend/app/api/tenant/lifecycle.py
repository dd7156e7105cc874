"""The states of an organisation."""

from enum import StrEnum


class TenantStatus(StrEnum):
    """Whether an organisation works here at present."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"
