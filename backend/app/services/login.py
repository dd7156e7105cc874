"""Logging in with a code by e-mail: staff, operators and humans.

Everything here runs in the platform's session, because nobody is anybody yet. Known and
unknown addresses take the same path to the last statement, so neither the answer nor its
time tells them apart.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn
from uuid import UUID

import jwt
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.api.auth.errors import (
    ChoiceInvalid,
    LoginCodeInvalid,
    TooManyCodes,
    TooManyFailures,
)
from app.api.auth.models import LoginAttempt, LoginCode, Operator
from app.api.human.models import Human
from app.api.shared.enums import CredentialType, UserRole
from app.api.shared.permissions import HUMAN_ROLE
from app.api.shared.types import new_id
from app.api.tenant.models import Tenant, TenantStatus
from app.api.user.models import User
from app.core.config import Settings
from app.core.security import ALGORITHM, ISSUER, is_login_code, utc_now
from app.core.tenant_db import BoundSession
from app.jobs.queue import defer
from app.services import limits, tenants
from app.services.invitations import join_where_invited
from app.services.linking import link_attendees
from app.services.login_sessions import Subject, Tokens, open_login

HOUR = timedelta(hours=1)
CHOICE_MINUTES = 10
CHOICE_AUDIENCE = "edgeos-choice"

REQUESTED = "code_requested"
REQUESTED_FROM = "code_requested_from"
FAILED = "code_failed"
FAILED_FROM = "code_failed_from"
CHOSEN = "choice_used"


@dataclass(frozen=True, slots=True)
class Door:
    """Where somebody logs in: the backoffice, or one organisation's public side."""

    kind: CredentialType
    tenant_id: UUID | None = None

    def subject(self, email: str) -> str:
        """Name an address at this door, for the counters."""
        return f"{self.kind}:{self.tenant_id or ''}:{email}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody typed to log in, and the network address they did it from."""

    email: str
    typed: str
    address: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A right code that opens several memberships, and the token to choose one with."""

    token: str
    subjects: list[Subject]


async def request_code(
    session: BoundSession, settings: Settings, door: Door, email: str, *, address: str
) -> None:
    """Make a code and queue its mail.

    The job mails it if the address may log in here, and otherwise does nothing.

    Raises:
        TenantUnknown: the door is of an organisation that is not there or not active.
        TooManyCodes: the address, or the network address, asked too often in an hour.
    """
    await limits.lock(session, door.subject(email), address)
    await _refuse_closed_door(session, door)
    now = utc_now()
    for kind, subject, most in (
        (REQUESTED, door.subject(email), settings.login_codes_per_email_per_hour),
        (REQUESTED_FROM, address, settings.login_codes_per_address_per_hour),
    ):
        if await limits.attempts(session, kind, subject, since=now - HOUR) >= most:
            raise TooManyCodes(retry_after=int(HOUR.total_seconds()))
        session.add(LoginAttempt(kind=kind, subject=subject, at=now))
    code = LoginCode(
        kind=door.kind,
        tenant_id=door.tenant_id,
        email=email,
        expires_at=now + timedelta(minutes=settings.login_code_minutes),
    )
    session.add(code)
    await session.flush()
    await defer(session, "send_login_code", code_id=str(code.id))


async def verify_user_code(
    session: BoundSession, settings: Settings, attempt: Attempt, tenant_id: UUID | None
) -> Tokens | Choice:
    """Log a member of staff or an operator in, or let them choose where.

    Raises:
        LoginCodeInvalid: whatever is wrong; counted.
        TooManyFailures: the budget of wrong codes is spent, whatever code was asked since.
        Unauthenticated: the account was closed at this very moment.
    """
    door = Door(CredentialType.USER)
    code_id = await _verified_code(session, settings, door, attempt)
    subjects = await memberships(session, attempt.email)
    if tenant_id is not None:
        subjects = [subject for subject in subjects if subject.tenant_id == tenant_id]
    if not subjects:
        await _fail(session, door, attempt)
    if len(subjects) == 1:
        return await open_login(session, settings, subjects[0])
    return Choice(_choice_token(settings, attempt.email, code_id), subjects)


async def choose(
    session: BoundSession, settings: Settings, token: str, tenant_id: UUID | None
) -> Tokens:
    """Log in to one of the memberships a right code opened.

    Raises:
        ChoiceInvalid: the token is forged, expired or used, or names no such membership.
    """
    email, code_id = _read_choice(settings, token)
    await limits.lock(session, code_id)
    epoch = utc_now() - timedelta(minutes=CHOICE_MINUTES)
    if await limits.attempts(session, CHOSEN, code_id, since=epoch):
        raise ChoiceInvalid
    for subject in await memberships(session, email):
        if subject.tenant_id == tenant_id:
            session.add(LoginAttempt(kind=CHOSEN, subject=code_id, at=utc_now()))
            return await open_login(session, settings, subject)
    raise ChoiceInvalid


async def verify_human_code(
    session: BoundSession, settings: Settings, tenant_id: UUID, attempt: Attempt
) -> Tokens:
    """Log a human in; the first right code is also how an account comes to be.

    Raises:
        TenantUnknown: there is no such organisation, or it is not active.
        LoginCodeInvalid: whatever is wrong; counted.
        TooManyFailures: the budget of wrong codes is spent.
    """
    door = Door(CredentialType.HUMAN, tenant_id)
    await _refuse_closed_door(session, door)
    await _verified_code(session, settings, door, attempt)
    human_id = await _account_of(session, tenant_id, attempt.email)
    await link_attendees(session, tenant_id, human_id, attempt.email)
    await join_where_invited(session, tenant_id, human_id, attempt.email)
    return await open_login(
        session, settings, Subject(CredentialType.HUMAN, human_id, HUMAN_ROLE, tenant_id, None)
    )


async def memberships(session: BoundSession, email: str) -> list[Subject]:
    """Return every place an address may log in to as staff, the platform first."""
    operators = select(Operator).where(Operator.email == email, col(Operator.deleted_at).is_(None))
    found = [
        Subject(CredentialType.OPERATOR, operator.id, UserRole.SUPERADMIN, None, None)
        for operator in (await session.exec(operators)).all()
    ]
    users = (
        select(User, Tenant)
        .join(Tenant, col(Tenant.id) == col(User.tenant_id))
        .where(User.email == email, col(User.deleted_at).is_(None))
        .where(Tenant.status == TenantStatus.ACTIVE)
        .order_by(Tenant.name, col(Tenant.id))
    )
    found += [
        Subject(CredentialType.USER, user.id, user.role, user.tenant_id, tenant.name)
        for user, tenant in (await session.exec(users)).all()
    ]
    return found


async def _account_of(session: BoundSession, tenant_id: UUID, email: str) -> UUID:
    """Return the human of an address, made now unless somebody made it first."""
    fresh = Human(tenant_id=tenant_id, email=email).model_dump(exclude_none=True)
    await session.exec(
        insert(Human).values(fresh).on_conflict_do_nothing(index_elements=["tenant_id", "email"])
    )
    statement = select(Human.id).where(Human.tenant_id == tenant_id, Human.email == email)
    return (await session.exec(statement)).one()


async def _verified_code(
    session: BoundSession, settings: Settings, door: Door, attempt: Attempt
) -> UUID:
    """Use up the last code of an address, or count a failure."""
    subject = door.subject(attempt.email)
    await limits.lock(session, subject, attempt.address)
    now = utc_now()
    window = timedelta(minutes=settings.login_code_minutes)
    for kind, whose, period, most in (
        (FAILED, subject, window, settings.login_failures_per_email),
        (FAILED_FROM, attempt.address, HOUR, settings.login_failures_per_address_per_hour),
    ):
        if await limits.attempts(session, kind, whose, since=now - period) >= most:
            raise TooManyFailures(retry_after=int(period.total_seconds()))
    statement = (
        select(LoginCode)
        .where(LoginCode.kind == door.kind, LoginCode.email == attempt.email)
        .where(col(LoginCode.tenant_id).is_not_distinct_from(door.tenant_id))
        .order_by(col(LoginCode.id).desc())
        .limit(1)
    )
    code = (await session.exec(statement)).one_or_none()
    is_right = is_login_code(settings, code.id if code else new_id(), attempt.typed)
    if code is None or not is_right or code.used_at is not None or code.expires_at <= now:
        await _fail(session, door, attempt)
    code.used_at = now
    session.add(code)
    return code.id


async def _fail(session: BoundSession, door: Door, attempt: Attempt) -> NoReturn:
    now = utc_now()
    session.add(LoginAttempt(kind=FAILED, subject=door.subject(attempt.email), at=now))
    session.add(LoginAttempt(kind=FAILED_FROM, subject=attempt.address, at=now))
    await session.flush()
    raise LoginCodeInvalid


async def _refuse_closed_door(session: BoundSession, door: Door) -> None:
    if door.tenant_id is None:
        return
    await tenants.refuse_closed(session, door.tenant_id)


def _choice_token(settings: Settings, email: str, code_id: UUID) -> str:
    payload = {
        "iss": ISSUER,
        "aud": CHOICE_AUDIENCE,
        "sub": email,
        "jti": str(code_id),
        "exp": utc_now() + timedelta(minutes=CHOICE_MINUTES),
    }
    return jwt.encode(payload, settings.key("token"), algorithm=ALGORITHM)


def _read_choice(settings: Settings, token: str) -> tuple[str, str]:
    try:
        payload = jwt.decode(
            token,
            settings.key("token"),
            algorithms=[ALGORITHM],
            audience=CHOICE_AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "sub", "jti"]},
        )
    except jwt.InvalidTokenError:
        raise ChoiceInvalid from None
    return str(payload["sub"]), str(payload["jti"])
