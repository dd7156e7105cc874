"""Every job there is: its name, whose it is, and what it is told.

The worker's functions live elsewhere, since they call services and services queue jobs;
what is queued is checked against this page, so a misspelt job is refused on the spot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Scope(StrEnum):
    """Whose job it is."""

    TENANT = "tenant"
    """Runs for one tenant, which the database stamps on it."""
    PLATFORM = "platform"
    """Runs for no tenant; only the platform queues it."""


class JobArguments(BaseModel):
    """What a job is told: ids and small plain values, never a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)


A_co = TypeVar("A_co", bound=JobArguments, covariant=True)


@dataclass(frozen=True)
class JobKind(Generic[A_co]):
    """One kind of job."""

    name: str
    scope: Scope
    arguments: type[A_co]
    queue: str = "default"


class SendMail(JobArguments):
    """Which row of ``mail_messages`` to send."""

    message_id: UUID


class SendLoginCode(JobArguments):
    """Which row of ``login_codes`` to send the digits of."""

    code_id: UUID


class DeleteFile(JobArguments):
    """The key of a file that nothing names any longer."""

    key: str


class ForgetUpload(JobArguments):
    """Which upload to look for in the storage, where it should be by now."""

    upload_id: UUID


class ExpirePayment(JobArguments):
    """Which order to let go when its time is over."""

    payment_id: UUID


class JoinGroups(JobArguments):
    """Which human joins the groups that have invited their address."""

    human_id: UUID


class SendRefund(JobArguments):
    """Which refund to have the provider send."""

    refund_id: UUID


class CloseCheckout(JobArguments):
    """Which order nobody is to pay any more."""

    payment_id: UUID


class CardHoldId(JobArguments):
    """Which deposit it is about."""

    hold_id: UUID


class SandboxReference(JobArguments):
    """Which checkout at the sandbox it is about."""

    reference: str


SEND_MAIL = JobKind("send_mail", Scope.TENANT, SendMail, queue="mail")
SEND_LOGIN_CODE = JobKind("send_login_code", Scope.PLATFORM, SendLoginCode, queue="mail")
DELETE_FILE = JobKind("delete_file", Scope.TENANT, DeleteFile, queue="files")
FORGET_MISSING_UPLOAD = JobKind("forget_missing_upload", Scope.TENANT, ForgetUpload, queue="files")
EXPIRE_PAYMENT = JobKind("expire_payment", Scope.TENANT, ExpirePayment, queue="orders")
JOIN_GROUPS = JobKind("join_groups", Scope.TENANT, JoinGroups)
SEND_REFUND = JobKind("send_refund", Scope.TENANT, SendRefund, queue="orders")
CLOSE_CHECKOUT = JobKind("close_checkout", Scope.TENANT, CloseCheckout, queue="orders")
CAPTURE_CARD = JobKind("capture_card", Scope.TENANT, CardHoldId, queue="orders")
RELEASE_CARD = JobKind("release_card", Scope.TENANT, CardHoldId, queue="orders")
EXPIRE_CARD_HOLD = JobKind("expire_card_hold", Scope.TENANT, CardHoldId, queue="orders")
SETTLE_SANDBOX_CHECKOUT = JobKind(
    "settle_sandbox_checkout", Scope.TENANT, SandboxReference, queue="orders"
)
TELL_SANDBOX_EVENT = JobKind("tell_sandbox_event", Scope.TENANT, SandboxReference, queue="orders")

JOBS: Mapping[str, JobKind[JobArguments]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            *(SEND_MAIL, SEND_LOGIN_CODE, DELETE_FILE, EXPIRE_PAYMENT, SEND_REFUND),
            *(FORGET_MISSING_UPLOAD, JOIN_GROUPS),
            *(CAPTURE_CARD, RELEASE_CARD, EXPIRE_CARD_HOLD),
            *(CLOSE_CHECKOUT, SETTLE_SANDBOX_CHECKOUT, TELL_SANDBOX_EVENT),
        )
    }
)
"""Every kind of job by name."""
