"""What endpoints depend on, at the address the contract gives it.

The definitions stand with what they are about; this module only hands them on.
"""

from app.api.human.dependencies import CurrentHuman
from app.api.shared.dependencies import PublicSession, ServiceSession, SessionDep, TenantSession
from app.api.tenant.dependencies import CurrentTenant
from app.api.user.dependencies import CurrentUser

__all__ = [
    "CurrentHuman",
    "CurrentTenant",
    "CurrentUser",
    "PublicSession",
    "ServiceSession",
    "SessionDep",
    "TenantSession",
]
