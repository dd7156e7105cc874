"""Mail: what it says, how it looks, and how it gets out."""

from app.services.email.kinds import (
    KINDS,
    ApplicationAccepted,
    ApplicationReceived,
    ApplicationRejected,
    GroupInvitation,
    GroupMemberRemoved,
    LoginCode,
    Mail,
    OrderLine,
    PaymentConfirmed,
    PaymentExpired,
    PaymentRefunded,
    ScholarshipDecided,
    StaffInvitation,
)

__all__ = [
    "KINDS",
    "ApplicationAccepted",
    "ApplicationReceived",
    "ApplicationRejected",
    "GroupInvitation",
    "GroupMemberRemoved",
    "LoginCode",
    "Mail",
    "OrderLine",
    "PaymentConfirmed",
    "PaymentExpired",
    "PaymentRefunded",
    "ScholarshipDecided",
    "StaffInvitation",
]
