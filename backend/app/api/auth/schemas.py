"""What is sent and read when logging in."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.shared.enums import CredentialType
from app.api.shared.types import Email, Input, Output

TypedCode = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^\d{6}$"),
    Field(description="The six digits of the mail.", examples=["123456"]),
]
SentToken = Annotated[str, StringConstraints(min_length=20, max_length=2000)]


class LoginRequest(Input):
    """Ask for a code by e-mail."""

    email: Email


class CodeSent(Output):
    """The same answer whether the address is known or not."""

    expires_in_seconds: int


class CodeVerification(Input):
    """The code that arrived. Staff of several organisations may name one right away."""

    email: Email
    code: TypedCode


class UserCodeVerification(CodeVerification):
    """As above, for staff."""

    tenant_id: UUID | None = None


class TokenPair(Output):
    """An open session. The refresh token is for one use; using it again ends the session."""

    status: Literal["logged_in"] = "logged_in"
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  # RFC 6750's name, no secret
    expires_in_seconds: int
    kind: CredentialType
    role: str
    tenant_id: UUID | None


class Membership(Output):
    """One of the places a member of staff may log in to; the platform has no tenant."""

    tenant_id: UUID | None
    tenant_name: str | None
    role: str


class MembershipChoice(Output):
    """The code was right and opens several organisations: choose one."""

    status: Literal["choice_needed"] = "choice_needed"
    choice_token: str
    memberships: list[Membership]


class ChoiceRequest(Input):
    """Log in to one of the memberships; ``tenant_id`` null is the platform."""

    choice_token: SentToken
    tenant_id: UUID | None


class RefreshRequest(Input):
    """Exchange a refresh token for a new pair."""

    refresh_token: SentToken


class Me(Output):
    """Who is logged in."""

    id: UUID
    kind: CredentialType
    email: str
    name: str
    role: str
    tenant_id: UUID | None
    permissions: list[str]
