"""What is sent and read of accounts at payment providers."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr, StringConstraints

from app.api.payment.lifecycle import PaymentProvider
from app.api.shared.response import ListQuery
from app.api.shared.types import Input, Instant, OptionalLine, Output

MOST_SETTINGS = 20

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Key = Annotated[SecretStr, Field(min_length=1, max_length=500)]


class ProviderAccountPut(Input):
    """How an organisation is paid through a provider from now on.

    Keys are sent in and never read out; left out, those that are there stay.
    """

    is_active: Annotated[bool, Field(strict=True)] = True
    public_settings: dict[Name, OptionalLine] = Field(
        default_factory=dict, max_length=MOST_SETTINGS
    )
    keys: Annotated[dict[Name, Key], Field(min_length=1, max_length=MOST_SETTINGS)] | None = None


class ProviderAccountPublic(Output):
    """An account at a payment provider, without its keys."""

    id: UUID
    provider: PaymentProvider
    is_active: bool
    public_settings: dict[str, str]
    keys_changed_at: Instant | None
    webhook_path: str
    created_at: Instant
    updated_at: Instant


class ProviderAccountQuery(ListQuery):
    """Filters of the list of accounts."""

    is_active: bool | None = None
    sort: Literal["created_at", "-created_at"] = "created_at"


class OfferedProvider(Output):
    """A provider that orders are paid through, as a buyer reads it."""

    provider: PaymentProvider
    public_settings: dict[str, str]
