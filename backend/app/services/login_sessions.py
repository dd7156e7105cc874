"""Login sessions: opened, refreshed with rotating tokens, ended."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import col, select

from app.api.auth.errors import RefreshTokenInvalid
from app.api.auth.models import Login, Operator, RefreshToken
from app.api.human.models import Human
from app.api.shared.enums import CredentialType, UserRole
from app.api.shared.permissions import HUMAN_ROLE
from app.api.tenant.models import Tenant, TenantStatus
from app.api.user.models import User
from app.core.config import Settings
from app.core.errors import Unauthenticated
from app.core.security import (
    Claims,
    hash_refresh_token,
    issue_access_token,
    new_refresh_token,
    utc_now,
)
from app.core.tenant_db import BoundSession


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody who may be logged in, and where."""

    kind: CredentialType
    id: UUID
    role: str
    tenant_id: UUID | None
    tenant_name: str | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a login hands out."""

    subject: Subject
    access_token: str
    refresh_token: str
    expires_in_seconds: int


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's account, whichever kind it is."""

    id: UUID
    kind: CredentialType
    email: str
    name: str


async def open_login(session: BoundSession, settings: Settings, subject: Subject) -> Tokens:
    """Begin a session and return its first tokens.

    Raises:
        Unauthenticated: the account is gone, or its organisation is closed.
    """
    living = await _living_subject(session, subject.kind, subject.id, subject.tenant_id)
    if living is None:
        raise Unauthenticated
    login = Login(
        kind=subject.kind,
        tenant_id=subject.tenant_id,
        subject_id=subject.id,
        expires_at=utc_now() + timedelta(days=settings.refresh_token_days),
    )
    session.add(login)
    await session.flush()
    return await _hand_out(session, settings, living, login)


async def refresh(session: BoundSession, settings: Settings, token: str) -> Tokens:
    """Exchange a refresh token, once.

    A token that was exchanged before has been copied: whoever holds its successors is
    logged out with them (OAuth 2.0 Security Best Current Practice, RFC 9700, 4.14.2).

    Raises:
        RefreshTokenInvalid: unknown, used or expired, or the session or account is gone.
    """
    now = utc_now()
    spent = (
        update(RefreshToken)
        .where(col(RefreshToken.token_hash) == hash_refresh_token(token))
        .where(col(RefreshToken.used_at).is_(None), col(RefreshToken.expires_at) > now)
        .values(used_at=now)
        .returning(col(RefreshToken.login_id))
    )
    login_id = (await session.exec(spent)).scalar_one_or_none()
    if login_id is None:
        await _end_the_family(session, token)
        raise RefreshTokenInvalid
    statement = select(Login).where(Login.id == login_id).with_for_update()
    login = (await session.exec(statement)).one()
    if login.ended_at is not None or login.expires_at <= now:
        raise RefreshTokenInvalid
    kind = CredentialType(login.kind)
    subject = await _living_subject(session, kind, login.subject_id, login.tenant_id)
    if subject is None:
        raise RefreshTokenInvalid
    return await _hand_out(session, settings, subject, login)


async def end_login(session: BoundSession, login_id: UUID) -> None:
    """End one session at once: its tokens open nothing from here on.

    Raises:
        Unauthenticated: it has ended before.
    """
    ended = (
        update(Login)
        .where(col(Login.id) == login_id, col(Login.ended_at).is_(None))
        .values(ended_at=func.now())
        .returning(col(Login.id))
    )
    if (await session.exec(ended)).scalar_one_or_none() is None:
        raise Unauthenticated


async def end_logins_of_tenant(session: BoundSession, tenant_id: UUID) -> None:
    """End every session of an organisation at once."""
    await session.exec(
        update(Login)
        .where(col(Login.tenant_id) == tenant_id, col(Login.ended_at).is_(None))
        .values(ended_at=func.now())
    )


async def end_logins_of_member(session: BoundSession, subject_id: UUID) -> None:
    """End every session of a member of staff or a human, in the session's own tenant."""
    await session.fetch("SELECT tenancy.end_logins(%(subject)s::uuid)", {"subject": subject_id})


async def end_logins_of_operator(session: BoundSession, operator_id: UUID) -> None:
    """End every session of an operator at once."""
    await session.exec(
        update(Login)
        .where(col(Login.kind) == CredentialType.OPERATOR, col(Login.subject_id) == operator_id)
        .where(col(Login.ended_at).is_(None))
        .values(ended_at=func.now())
    )


async def account(
    session: BoundSession, kind: CredentialType | None, subject_id: UUID | None
) -> Account:
    """Return the account behind a token.

    Raises:
        Unauthenticated: it is gone.
    """
    found: Operator | User | Human | None = None
    if kind is CredentialType.OPERATOR:
        found = (await session.exec(select(Operator).where(Operator.id == subject_id))).first()
    elif kind is CredentialType.USER:
        found = (await session.exec(select(User).where(User.id == subject_id))).first()
    elif kind is CredentialType.HUMAN:
        found = (await session.exec(select(Human).where(Human.id == subject_id))).first()
    if found is None or kind is None:
        raise Unauthenticated
    if isinstance(found, Human):
        name = f"{found.first_name} {found.last_name}".strip()
    else:
        name = found.name
    return Account(found.id, kind, found.email, name)


async def _hand_out(
    session: BoundSession, settings: Settings, subject: Subject, login: Login
) -> Tokens:
    token = new_refresh_token()
    session.add(
        RefreshToken(
            login_id=login.id, token_hash=hash_refresh_token(token), expires_at=login.expires_at
        )
    )
    await session.flush()
    claims = Claims(subject.id, subject.kind, subject.role, subject.tenant_id, login.id)
    return Tokens(
        subject=subject,
        access_token=issue_access_token(settings, claims, now=utc_now()),
        refresh_token=token,
        expires_in_seconds=settings.access_token_minutes * 60,
    )


async def _end_the_family(session: BoundSession, token: str) -> None:
    family = (
        select(RefreshToken.login_id)
        .where(RefreshToken.token_hash == hash_refresh_token(token))
        .where(col(RefreshToken.used_at).is_not(None))
    )
    await session.exec(
        update(Login)
        .where(col(Login.id).in_(family), col(Login.ended_at).is_(None))
        .values(ended_at=func.now())
    )


async def _living_subject(
    session: BoundSession, kind: CredentialType, subject_id: UUID, tenant_id: UUID | None
) -> Subject | None:
    """Return the account with the role it has now, or None where it or its tenant is closed.

    The rows are locked until the tokens are handed out: who dismisses somebody, or suspends
    an organisation, ends the sessions that are there, and must not miss one being opened.
    """
    role: str | None
    if kind is CredentialType.OPERATOR:
        found = select(Operator.id).where(
            Operator.id == subject_id, col(Operator.deleted_at).is_(None)
        )
        is_there = (await session.exec(found.with_for_update(read=True))).one_or_none()
        role = UserRole.SUPERADMIN if is_there else None
    elif kind is CredentialType.USER:
        staff = (
            select(User.role)
            .join(Tenant, col(Tenant.id) == col(User.tenant_id))
            .where(User.id == subject_id, User.tenant_id == tenant_id)
            .where(col(User.deleted_at).is_(None), Tenant.status == TenantStatus.ACTIVE)
        )
        role = (await session.exec(staff.with_for_update(read=True))).one_or_none()
    else:
        human = (
            select(Human.id)
            .join(Tenant, col(Tenant.id) == col(Human.tenant_id))
            .where(Human.id == subject_id, Human.tenant_id == tenant_id)
            .where(col(Human.deleted_at).is_(None), Tenant.status == TenantStatus.ACTIVE)
        )
        is_there = (await session.exec(human.with_for_update(read=True))).one_or_none()
        role = HUMAN_ROLE if is_there else None
    return None if role is None else Subject(kind, subject_id, role, tenant_id, None)
