"""Imports every table, for Alembic and for nothing else."""

from app.api.allotment.models import Allotment, Hold
from app.api.application.models import Application, ApplicationSnapshot, FormVersion
from app.api.application_review.models import ApplicationReview
from app.api.approval_strategy.models import ApprovalStrategy
from app.api.attendee.models import Attendee
from app.api.audit.models import AuditEntry, PlatformAuditEntry
from app.api.auth.models import Login, LoginAttempt, LoginCode, Operator, RefreshToken
from app.api.card_hold.models import CardHold
from app.api.coupon.models import Coupon
from app.api.form_field.models import FormField
from app.api.group.models import Group, GroupInvitation, GroupMember
from app.api.human.models import Human
from app.api.mail.models import MailMessage
from app.api.payment.models import (
    CreditEntry,
    IdempotencyKey,
    Payment,
    PaymentLine,
    ProviderAccount,
    ProviderSecret,
    Refund,
    WebhookEvent,
)
from app.api.popup.models import Popup
from app.api.popup_reviewer.models import PopupReviewer
from app.api.product.models import Product
from app.api.sandbox.models import SandboxCheckout
from app.api.tenant.models import Tenant
from app.api.ticket.models import CheckIn, Ticket
from app.api.upload.models import Upload
from app.api.user.models import User

__all__ = [
    "Allotment",
    "Application",
    "ApplicationReview",
    "ApplicationSnapshot",
    "ApprovalStrategy",
    "Attendee",
    "AuditEntry",
    "CardHold",
    "CheckIn",
    "Coupon",
    "CreditEntry",
    "FormField",
    "FormVersion",
    "Group",
    "GroupInvitation",
    "GroupMember",
    "Hold",
    "Human",
    "IdempotencyKey",
    "Login",
    "LoginAttempt",
    "LoginCode",
    "MailMessage",
    "Operator",
    "Payment",
    "PaymentLine",
    "PlatformAuditEntry",
    "Popup",
    "PopupReviewer",
    "Product",
    "ProviderAccount",
    "ProviderSecret",
    "RefreshToken",
    "Refund",
    "SandboxCheckout",
    "Tenant",
    "Ticket",
    "Upload",
    "User",
    "WebhookEvent",
]
