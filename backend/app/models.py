"""Imports every table, for Alembic and for nothing else."""

from app.api.audit.models import AuditEntry, PlatformAuditEntry
from app.api.auth.models import Login, LoginAttempt, LoginCode, Operator, RefreshToken
from app.api.form_field.models import FormField
from app.api.human.models import Human
from app.api.mail.models import MailMessage
from app.api.popup.models import Popup
from app.api.product.models import Product
from app.api.tenant.models import Tenant
from app.api.upload.models import Upload
from app.api.user.models import User

__all__ = [
    "AuditEntry",
    "FormField",
    "Human",
    "Login",
    "LoginAttempt",
    "LoginCode",
    "MailMessage",
    "Operator",
    "PlatformAuditEntry",
    "Popup",
    "Product",
    "RefreshToken",
    "Tenant",
    "Upload",
    "User",
]
