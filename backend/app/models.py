"""Imports every table, for Alembic and for nothing else."""

from app.api.audit.models import AuditEntry, PlatformAuditEntry
from app.api.auth.models import Login, LoginAttempt, LoginCode, Operator, RefreshToken
from app.api.human.models import Human
from app.api.mail.models import MailMessage
from app.api.tenant.models import Tenant
from app.api.user.models import User

__all__ = [
    "AuditEntry",
    "Human",
    "Login",
    "LoginAttempt",
    "LoginCode",
    "MailMessage",
    "Operator",
    "PlatformAuditEntry",
    "RefreshToken",
    "Tenant",
    "User",
]
