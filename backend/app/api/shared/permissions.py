"""Who may do what: every route names a permission, every role is a set of them."""

from enum import StrEnum
from typing import Final

from app.api.shared.enums import UserRole

HUMAN_ROLE: Final = "HUMAN"
ANONYMOUS_ROLE: Final = "ANONYMOUS"


class Permission(StrEnum):
    """What a route lets its callers do."""

    PUBLISHED_READ = "published:read"
    LOG_IN = "login"
    SESSION_OWN = "session:own"
    SELF_OWN = "self:own"
    OPERATORS_MANAGE = "operators:manage"
    TENANTS_MANAGE = "tenants:manage"
    TENANT_READ = "tenant:read"
    TENANT_WRITE = "tenant:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    HUMANS_READ = "humans:read"
    HUMANS_WRITE = "humans:write"
    POPUPS_READ = "popups:read"
    POPUPS_WRITE = "popups:write"
    PRODUCTS_READ = "products:read"
    PRODUCTS_WRITE = "products:write"
    FORM_FIELDS_READ = "form-fields:read"
    FORM_FIELDS_WRITE = "form-fields:write"
    UPLOADS_READ = "uploads:read"
    UPLOADS_WRITE = "uploads:write"
    AUDIT_READ = "audit:read"
    APPROVAL_READ = "approval:read"
    APPROVAL_WRITE = "approval:write"
    APPLICATIONS_READ = "applications:read"
    APPLICATIONS_WRITE = "applications:write"
    APPLICATIONS_REVIEW = "applications:review"
    APPLICATIONS_OWN = "applications:own"
    ATTENDEES_READ = "attendees:read"
    ATTENDEES_WRITE = "attendees:write"
    GROUPS_READ = "groups:read"
    GROUPS_WRITE = "groups:write"
    GROUPS_LEAD = "groups:lead"
    COUPONS_READ = "coupons:read"
    COUPONS_WRITE = "coupons:write"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_WRITE = "payments:write"
    PAYMENTS_OWN = "payments:own"
    PROVIDERS_READ = "providers:read"
    PROVIDERS_WRITE = "providers:write"
    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    TICKETS_OWN = "tickets:own"
    TICKETS_CHECK_IN = "tickets:check-in"
    DASHBOARD_READ = "dashboard:read"
    MAIL_READ = "mail:read"


_ANYONE = frozenset({Permission.PUBLISHED_READ, Permission.LOG_IN})
_HUMAN = _ANYONE | {
    Permission.SESSION_OWN,
    Permission.SELF_OWN,
    Permission.APPLICATIONS_OWN,
    Permission.GROUPS_LEAD,
    Permission.PAYMENTS_OWN,
    Permission.TICKETS_OWN,
}
_VIEWER = _ANYONE | {
    Permission.SESSION_OWN,
    # Whoever is assigned to review a popup votes, whatever else they may do.
    Permission.APPLICATIONS_REVIEW,
    *(permission for permission in Permission if permission.endswith(":read")),
}
_ADMIN = _VIEWER | {
    Permission.TICKETS_CHECK_IN,
    *(permission for permission in Permission if permission.endswith(":write")),
}
_OPERATOR = _ADMIN | {Permission.OPERATORS_MANAGE, Permission.TENANTS_MANAGE}

GRANTED: Final[dict[str, frozenset[Permission]]] = {
    ANONYMOUS_ROLE: _ANYONE,
    HUMAN_ROLE: _HUMAN,
    UserRole.VIEWER: _VIEWER,
    UserRole.ADMIN: _ADMIN,
    UserRole.SUPERADMIN: _OPERATOR,
}
"""Every role's permissions. A role of a token that is not here may do nothing."""

RANK: Final[dict[str, int]] = {UserRole.VIEWER: 1, UserRole.ADMIN: 2, UserRole.SUPERADMIN: 3}
"""Nobody invites or promotes above their own rank."""
