"""Endpoints for logging in and out."""

from typing import Annotated

from fastapi import APIRouter, status

from app.api.auth.errors import (
    ChoiceInvalid,
    LoginCodeInvalid,
    RefreshTokenInvalid,
    TooManyCodes,
    TooManyFailures,
)
from app.api.auth.schemas import (
    ChoiceRequest,
    CodeSent,
    CodeVerification,
    LoginRequest,
    Me,
    Membership,
    MembershipChoice,
    RefreshRequest,
    TokenPair,
    UserCodeVerification,
)
from app.api.shared.dependencies import (
    ClientAddress,
    NamedTenant,
    Principal,
    Requires,
    SessionDep,
    SettingsDep,
)
from app.api.shared.enums import CredentialType
from app.api.shared.permissions import GRANTED, Permission
from app.core.errors import InvalidRequest, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import login, login_sessions

router = APIRouter(prefix="/auth", tags=["auth"])

LOG_IN = [Requires(Permission.LOG_IN)]


@router.post(
    "/user/login",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=LOG_IN,
    responses=problems(TooManyCodes),
)
async def request_user_code(
    data: LoginRequest, session: SessionDep, settings: SettingsDep, address: ClientAddress
) -> CodeSent:
    """Mail a login code to a member of staff or an operator; answers alike for anybody."""
    door = login.Door(CredentialType.USER)
    await login.request_code(session, settings, door, data.email, address=address)
    return CodeSent(expires_in_seconds=settings.login_code_minutes * 60)


@router.post(
    "/user/verify",
    dependencies=LOG_IN,
    responses=problems(LoginCodeInvalid, TooManyFailures),
)
async def verify_user_code(
    data: UserCodeVerification, session: SessionDep, settings: SettingsDep, address: ClientAddress
) -> TokenPair | MembershipChoice:
    """Log in with the code. Who is on several staffs gets a choice instead of tokens."""
    attempt = login.Attempt(data.email, data.code, address)
    outcome = await login.verify_user_code(session, settings, attempt, data.tenant_id)
    if isinstance(outcome, login_sessions.Tokens):
        return _pair(outcome)
    memberships = [Membership.model_validate(subject) for subject in outcome.subjects]
    return MembershipChoice(choice_token=outcome.token, memberships=memberships)


@router.post("/user/choose", dependencies=LOG_IN, responses=problems(ChoiceInvalid))
async def choose_membership(
    data: ChoiceRequest, session: SessionDep, settings: SettingsDep
) -> TokenPair:
    """Log in to one of the organisations a right code has opened."""
    return _pair(await login.choose(session, settings, data.choice_token, data.tenant_id))


@router.post(
    "/human/login",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=LOG_IN,
    responses=problems(TenantUnknown, TooManyCodes, InvalidRequest),
)
async def request_human_code(
    data: LoginRequest,
    tenant_id: NamedTenant,
    session: SessionDep,
    settings: SettingsDep,
    address: ClientAddress,
) -> CodeSent:
    """Mail a login code to an attendee of the organisation named by ``X-Tenant-Id``."""
    door = login.Door(CredentialType.HUMAN, tenant_id)
    await login.request_code(session, settings, door, data.email, address=address)
    return CodeSent(expires_in_seconds=settings.login_code_minutes * 60)


@router.post(
    "/human/verify",
    dependencies=LOG_IN,
    responses=problems(TenantUnknown, LoginCodeInvalid, TooManyFailures, InvalidRequest),
)
async def verify_human_code(
    data: CodeVerification,
    tenant_id: NamedTenant,
    session: SessionDep,
    settings: SettingsDep,
    address: ClientAddress,
) -> TokenPair:
    """Log in, or sign up: the first right code makes the account."""
    attempt = login.Attempt(data.email, data.code, address)
    return _pair(await login.verify_human_code(session, settings, tenant_id, attempt))


@router.post("/refresh", dependencies=LOG_IN, responses=problems(RefreshTokenInvalid))
async def refresh_tokens(
    data: RefreshRequest, session: SessionDep, settings: SettingsDep
) -> TokenPair:
    """Exchange a refresh token for a new pair; each works once."""
    return _pair(await login_sessions.refresh(session, settings, data.refresh_token))


@router.post(
    "/logout",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(Unauthenticated),
)
async def logout(
    session: SessionDep, principal: Annotated[Principal, Requires(Permission.SESSION_OWN)]
) -> None:
    """End this session at once; its tokens open nothing any more."""
    if principal.login_id is None:
        raise Unauthenticated
    await login_sessions.end_login(session, principal.login_id)


@router.get("/me", responses=problems(Unauthenticated))
async def read_me(
    session: SessionDep, principal: Annotated[Principal, Requires(Permission.SESSION_OWN)]
) -> Me:
    """Say who is logged in, and what they may do."""
    account = await login_sessions.account(session, principal.kind, principal.subject_id)
    return Me(
        id=account.id,
        kind=account.kind,
        email=account.email,
        name=account.name,
        role=principal.role,
        tenant_id=principal.tenant_id,
        permissions=sorted(GRANTED[principal.role]),
    )


def _pair(tokens: login_sessions.Tokens) -> TokenPair:
    return TokenPair(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_in_seconds=tokens.expires_in_seconds,
        kind=tokens.subject.kind,
        role=tokens.subject.role,
        tenant_id=tokens.subject.tenant_id,
    )
