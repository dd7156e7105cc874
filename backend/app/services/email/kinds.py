"""Every kind of mail, each a frozen dataclass of what its templates may say.

The fields are what is stored until a worker renders the mail, so they hold names, dates and
amounts: never a code or a key, except in a kind that is not stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import ClassVar, TypeAlias

from pydantic import TypeAdapter

JsonObject: TypeAlias = dict[str, object]

PARAGRAPHS = {"paragraphs": True}
"""Marks a field that may run over several lines; all others are put on one."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What one mail says; ``kind`` names its folder of templates."""

    kind: ClassVar[str]
    is_stored: ClassVar[bool] = True

    def variables(self) -> JsonObject:
        """Return the fields as JSON values, to be kept until the mail is sent.

        Raises:
            ValueError: this kind holds a secret and is never stored.
        """
        if not self.is_stored:
            raise ValueError(f"Mail of kind {self.kind} is never stored")
        values: JsonObject = TypeAdapter(type(self)).dump_python(self, mode="json")
        return values

    @staticmethod
    def read(kind: str, variables: JsonObject) -> "Mail":
        """Return the mail that ``variables`` were taken from.

        Raises:
            KeyError: there is no such kind.
            pydantic.ValidationError: the variables are not those of this kind.
        """
        mail: Mail = TypeAdapter(KINDS[kind]).validate_python(variables)
        return mail


@dataclass(frozen=True, kw_only=True)
class LoginCode(Mail):
    """The six digits that prove an address; worked out when sent, never stored."""

    kind: ClassVar[str] = "login_code"
    is_stored: ClassVar[bool] = False

    code: str
    minutes: int


@dataclass(frozen=True, kw_only=True)
class StaffInvitation(Mail):
    """Somebody was made staff of a tenant, and logs in with this address."""

    kind: ClassVar[str] = "staff_invitation"

    role: str
    invited_by: str | None = None
    login_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class ApplicationReceived(Mail):
    """An application was submitted and waits for its outcome."""

    kind: ClassVar[str] = "application_received"

    first_name: str
    popup_name: str
    application_url: str


@dataclass(frozen=True, kw_only=True)
class ApplicationAccepted(Mail):
    """An application was accepted; passes can be bought."""

    kind: ClassVar[str] = "application_accepted"

    first_name: str
    popup_name: str
    starts_on: date | None
    ends_on: date | None
    discount_percent: int | None
    checkout_url: str


@dataclass(frozen=True, kw_only=True)
class ApplicationRejected(Mail):
    """An application was rejected."""

    kind: ClassVar[str] = "application_rejected"

    first_name: str
    popup_name: str


@dataclass(frozen=True, kw_only=True)
class ScholarshipDecided(Mail):
    """A request for a scholarship was granted, with a discount, or was not."""

    kind: ClassVar[str] = "scholarship_decided"

    first_name: str
    popup_name: str
    is_granted: bool
    discount_percent: int
    application_url: str


@dataclass(frozen=True, kw_only=True)
class GroupInvitation(Mail):
    """A group's leader invites somebody to come as a member."""

    kind: ClassVar[str] = "group_invitation"

    invited_by: str
    group_name: str
    popup_name: str
    discount_percent: int
    welcome_text: str | None = field(metadata=PARAGRAPHS)
    join_url: str


@dataclass(frozen=True, kw_only=True)
class GroupMemberRemoved(Mail):
    """Somebody was taken out of a group; ``is_accepted`` unless they came by it alone."""

    kind: ClassVar[str] = "group_member_removed"

    first_name: str
    group_name: str
    popup_name: str
    is_accepted: bool
    application_url: str


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One line of an order, as the buyer reads it."""

    name: str
    quantity: int
    total_minor: int


@dataclass(frozen=True, kw_only=True)
class PaymentConfirmed(Mail):
    """An order is paid; its tickets travel with the mail, the first ``attached_count`` of many.

    The lines, minus discount, passes given back and credit, plus the contribution, make the
    total. ``surplus_minor`` is what passes given back left over, as credit.
    """

    kind: ClassVar[str] = "payment_confirmed"

    first_name: str
    popup_name: str
    order_number: str
    lines: tuple[OrderLine, ...]
    discount_minor: int
    contribution_minor: int
    returned_minor: int
    credit_minor: int
    total_minor: int
    surplus_minor: int
    currency: str
    ticket_count: int
    attached_count: int
    order_url: str


@dataclass(frozen=True, kw_only=True)
class PaymentExpired(Mail):
    """An order was not paid in time; its places were given back.

    ``is_refund_due`` when money came too late all the same; ``credit_minor`` is the store
    credit that was put back. The passes of an order that ``is_exchange`` stay good.
    """

    kind: ClassVar[str] = "payment_expired"

    first_name: str
    popup_name: str
    order_number: str
    total_minor: int
    credit_minor: int
    is_refund_due: bool
    is_exchange: bool
    currency: str
    checkout_url: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(Mail):
    """Something of an order went back: as money, as store credit or as both.

    With ``is_full`` nothing is left to go back; ``has_tickets`` unless it was let go unpaid.
    """

    kind: ClassVar[str] = "payment_refunded"

    first_name: str
    popup_name: str
    order_number: str
    money_minor: int
    credit_minor: int
    total_minor: int
    currency: str
    is_full: bool
    has_tickets: bool


KINDS: Mapping[str, type[Mail]] = MappingProxyType(
    {
        mail.kind: mail
        for mail in (
            LoginCode,
            StaffInvitation,
            ApplicationReceived,
            ApplicationAccepted,
            ApplicationRejected,
            ScholarshipDecided,
            GroupInvitation,
            GroupMemberRemoved,
            PaymentConfirmed,
            PaymentExpired,
            PaymentRefunded,
        )
    }
)
"""Every kind of mail by name."""
