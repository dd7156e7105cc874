"""Shows every kind of mail with sample values, as a tenant's people would read it."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from app.core.errors import NotFound
from app.services.email.kinds import (
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
from app.services.email.rendering import DEFAULT_LANGUAGE, RenderedMail, Sender, render

PORTAL = "https://portal.example.com"

SAMPLES: Mapping[str, Mail] = MappingProxyType(
    {
        sample.kind: sample
        for sample in (
            LoginCode(code="123456", minutes=15),
            StaffInvitation(role="ADMIN", invited_by="Grace Hopper", login_url=f"{PORTAL}/login"),
            ApplicationReceived(
                first_name="Ada",
                popup_name="Harbour Weeks",
                application_url=f"{PORTAL}/applications/1",
            ),
            ApplicationAccepted(
                first_name="Ada",
                popup_name="Harbour Weeks",
                starts_on=date(2026, 5, 4),
                ends_on=date(2026, 5, 31),
                discount_percent=25,
                checkout_url=f"{PORTAL}/checkout",
            ),
            ApplicationRejected(first_name="Ada", popup_name="Harbour Weeks"),
            ScholarshipDecided(
                first_name="Ada",
                popup_name="Harbour Weeks",
                is_granted=True,
                discount_percent=50,
                application_url=f"{PORTAL}/applications/1",
            ),
            GroupInvitation(
                invited_by="Grace Hopper",
                group_name="Compiler Club",
                popup_name="Harbour Weeks",
                discount_percent=10,
                welcome_text="We meet every morning at the pier.\nBring a notebook.",
                join_url=f"{PORTAL}/groups/compiler-club",
            ),
            GroupMemberRemoved(
                first_name="Ada",
                group_name="Compiler Club",
                popup_name="Harbour Weeks",
                is_accepted=False,
                application_url=f"{PORTAL}/applications/1",
            ),
            PaymentConfirmed(
                first_name="Ada",
                popup_name="Harbour Weeks",
                order_number="HW-1024",
                lines=(
                    OrderLine(name="Month pass", quantity=2, total_minor=120_000),
                    OrderLine(name="Harbour cabin", quantity=1, total_minor=45_000),
                ),
                discount_minor=12_000,
                contribution_minor=3_060,
                returned_minor=0,
                credit_minor=1_000,
                total_minor=155_060,
                surplus_minor=0,
                currency="EUR",
                ticket_count=2,
                attached_count=2,
                order_url=f"{PORTAL}/orders/HW-1024",
            ),
            PaymentExpired(
                first_name="Ada",
                popup_name="Harbour Weeks",
                order_number="HW-1024",
                total_minor=155_060,
                credit_minor=1_000,
                is_refund_due=False,
                is_exchange=False,
                currency="EUR",
                checkout_url=f"{PORTAL}/checkout",
            ),
            PaymentRefunded(
                first_name="Ada",
                popup_name="Harbour Weeks",
                order_number="HW-1024",
                money_minor=60_000,
                credit_minor=1_000,
                total_minor=156_060,
                currency="EUR",
                is_full=False,
                has_tickets=True,
            ),
        )
    }
)
"""One mail of every kind, with values such as real ones have."""


class MailKindUnknown(NotFound):
    """There is no mail of this kind."""


def sample_of(kind: str) -> Mail:
    """Return the sample of a kind.

    Raises:
        MailKindUnknown: there is no such kind.
    """
    sample = SAMPLES.get(kind)
    if sample is None:
        raise MailKindUnknown(kinds=sorted(SAMPLES))
    return sample


def preview(kind: str, tenant: Sender, language: str = DEFAULT_LANGUAGE) -> RenderedMail:
    """Render the sample of a kind as the tenant's branding shows it.

    Raises:
        MailKindUnknown: there is no such kind.
    """
    return render(sample_of(kind), tenant, language)
