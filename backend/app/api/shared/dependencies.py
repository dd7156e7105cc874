"""Who is calling, what they may do, and the session that holds them to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends as DependsParam
from fastapi.security import HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import TypeAdapter, ValidationError, WithJsonSchema
from starlette.requests import HTTPConnection

from app.api.shared.enums import CredentialType, UserRole
from app.api.shared.permissions import ANONYMOUS_ROLE, GRANTED, HUMAN_ROLE, Permission
from app.core.config import Settings
from app.core.db import Database
from app.core.errors import DomainError, Forbidden, InvalidRequest, Unauthenticated
from app.core.problems import Unavailable
from app.core.security import read_access_token
from app.core.tenant_db import (
    BoundSession,
    DatabaseRole,
    PlatformContext,
    TenantContext,
)

_PRINCIPAL = "principal"

_TENANT_ID: TypeAdapter[UUID | None] = TypeAdapter(UUID | None)
_TENANT_SAYS = "The organisation the request is about."
_TENANT_SCHEMA = {**_TENANT_ID.json_schema(), "description": _TENANT_SAYS}


class _Bearer(HTTPBearer):
    """Says in the document of the API that a token may come; ``principal_of`` reads it."""

    async def __call__(self, request: HTTPConnection) -> None:
        """Read nothing."""


_bearer = _Bearer(
    scheme_name="HTTPBearer", auto_error=False, description="The access token of /auth/…/verify."
)


class TenantMismatch(DomainError):
    """The token belongs to another organisation than the request names."""

    status = HTTPStatus.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. ``tenant_id`` is the tenant the request is about, if any."""

    role: str
    tenant_id: UUID | None = None
    kind: CredentialType | None = None
    subject_id: UUID | None = None
    login_id: UUID | None = None

    @property
    def actor(self) -> str:
        """How the audit log names the caller."""
        return f"{self.kind}:{self.subject_id}" if self.kind else "public"

    @property
    def is_operator(self) -> bool:
        """Whether the caller runs the platform."""
        return self.kind is CredentialType.OPERATOR

    def may(self, permission: Permission) -> bool:
        """Whether the caller's role includes a permission."""
        return permission in GRANTED.get(self.role, frozenset())


async def get_settings_of_app(request: Request) -> Settings:
    """Return the settings this application was made with."""
    settings: Settings = request.app.state.settings
    return settings


async def get_database(request: Request) -> Database:
    """Return the pools the lifespan opened."""
    database: Database = request.app.state.database
    return database


SettingsDep = Annotated[Settings, Depends(get_settings_of_app)]
DatabaseDep = Annotated[Database, Depends(get_database)]


async def get_principal(request: Request) -> Principal:
    """Read the token and the tenant header, once; whether the login is live, BEGIN asks.

    Raises:
        RequestValidationError: the header is no UUID.
        Unauthenticated: there is a token and it is not valid.
        TenantMismatch: the token is of one tenant and the header names another.
    """
    return principal_of(request)


CurrentPrincipal = Annotated[Principal, Depends(get_principal)]


def principal_of(request: Request) -> Principal:
    """Return who is calling; as ``get_principal``, for what FastAPI need not call apart."""
    known: Principal | None = request.scope.get(_PRINCIPAL)
    if known is None:
        scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
        is_bearer = scheme.lower() == "bearer" and bool(token)
        named = _named_in(request.headers.get("x-tenant-id"))
        known = _principal(request.app.state.settings, token if is_bearer else None, named)
        request.scope[_PRINCIPAL] = known  # for whoever asks again, and for the log
    return known


def _principal(settings: Settings, token: str | None, named: UUID | None) -> Principal:
    if token is None:
        return Principal(ANONYMOUS_ROLE, named)
    claims = read_access_token(settings, token)
    if claims.tenant_id is not None and named is not None and claims.tenant_id != named:
        raise TenantMismatch
    return Principal(
        role=claims.role,
        tenant_id=claims.tenant_id or named,
        kind=claims.kind,
        subject_id=claims.subject_id,
        login_id=claims.login_id,
    )


def _named_in(header: str | None) -> UUID | None:
    try:
        return _TENANT_ID.validate_python(header)
    except ValidationError as error:
        found = [{**each, "loc": ("header", "x-tenant-id")} for each in error.errors()]
        raise RequestValidationError(found) from None


@dataclass(frozen=True)
class Requirement:
    """Lets only those through whose role includes a permission."""

    permission: Permission

    async def __call__(
        self,
        request: Request,
        _token: Annotated[None, Depends(_bearer)],
        _tenant: Annotated[
            str | None,
            Header(alias="x-tenant-id", description=_TENANT_SAYS),
            WithJsonSchema(_TENANT_SCHEMA),
        ] = None,
    ) -> Principal:
        """Return the caller. What is not used here is for the document of the API.

        Raises:
            Unauthenticated: nobody is logged in and the permission is not everybody's.
            Forbidden: the caller's role does not include it.
        """
        principal = principal_of(request)
        if principal.may(self.permission):
            return principal
        if principal.kind is None:
            raise Unauthenticated
        raise Forbidden(f"This needs the permission {self.permission}")


def Requires(permission: Permission) -> DependsParam:  # noqa: N802  # reads as a declaration
    """Declare what a route needs: ``dependencies=[Requires(Permission.POPUPS_READ)]``."""
    dependency: DependsParam = Depends(Requirement(permission))
    return dependency


def needed_tenant(principal: Principal) -> UUID:
    """Return the tenant the request is about.

    Raises:
        InvalidRequest: neither the token nor ``X-Tenant-Id`` names one.
    """
    if principal.tenant_id is None:
        error = {"pointer": "/header/X-Tenant-Id", "detail": "Name the organisation"}
        raise InvalidRequest("This request needs the header X-Tenant-Id", errors=[error])
    return principal.tenant_id


async def client_address(request: Request, settings: SettingsDep) -> str:
    """Return the network address a request came from, for the limits on logging in.

    Behind ``TRUSTED_PROXIES`` proxies it is the entry the outermost of them added to
    ``X-Forwarded-For``; whatever a client wrote further left is its own invention.
    """
    direct = request.client.host if request.client else "unknown"
    if settings.trusted_proxies == 0:
        return direct
    header = ",".join(request.headers.getlist("x-forwarded-for"))
    hops = [hop.strip() for hop in header.split(",") if hop.strip()]
    if len(hops) < settings.trusted_proxies:
        return direct
    return hops[-settings.trusted_proxies][:64]


ClientAddress = Annotated[str, Depends(client_address)]


async def _named_tenant(principal: CurrentPrincipal) -> UUID:
    return needed_tenant(principal)


NamedTenant = Annotated[UUID, Depends(_named_tenant)]
"""The tenant a request is about, whoever sends it."""


_ROLES = {
    UserRole.SUPERADMIN: DatabaseRole.READ_WRITE,
    UserRole.ADMIN: DatabaseRole.READ_WRITE,
    UserRole.VIEWER: DatabaseRole.READ_ONLY,
    HUMAN_ROLE: DatabaseRole.HUMAN,
}
"""What a caller is in the database. A role that is not here gets no session."""


def _context(principal: Principal, role: DatabaseRole) -> TenantContext:
    is_human = principal.kind is CredentialType.HUMAN
    return TenantContext(
        tenant_id=needed_tenant(principal),
        role=role,
        actor=principal.actor,
        human_id=principal.subject_id if is_human else None,
        login_id=principal.login_id,
    )


def _known_of(request: Request) -> tuple[Database, Principal]:
    """Return the pools and the caller; not as dependencies, each of which costs a request."""
    return request.app.state.database, principal_of(request)


async def get_tenant_session(request: Request) -> AsyncIterator[BoundSession]:
    """Open a session with the caller's own rights in the caller's tenant."""
    database, principal = _known_of(request)
    if principal.kind is None:
        raise Unauthenticated
    role = _ROLES.get(principal.role)
    if role is None:
        raise Forbidden
    async with database.tenant(_context(principal, role)) as session:
        yield session


async def get_public_session(request: Request) -> AsyncIterator[BoundSession]:
    """Open a session that sees what the tenant has published, whoever is calling."""
    database, principal = _known_of(request)
    context = TenantContext(needed_tenant(principal), DatabaseRole.PUBLIC, principal.actor)
    async with database.tenant(context) as session:
        yield session


async def get_service_session(request: Request) -> AsyncIterator[BoundSession]:
    """Step up: a named service acts for a human with the tenant's rights.

    The service checks what is the human's; a test lists the routes that use this.
    """
    database, principal = _known_of(request)
    if principal.kind is None:
        raise Unauthenticated
    async with database.tenant(_context(principal, DatabaseRole.READ_WRITE)) as session:
        yield session


async def get_export_session(request: Request) -> AsyncIterator[BoundSession]:
    """Open a session that only reads, and lasts while the answer is being sent.

    Half of the pool at most: whoever reads slowly must not keep everybody else waiting.
    """
    database, principal = _known_of(request)
    if principal.kind is None:
        raise Unauthenticated
    if database.exports >= database.most_exports:
        raise Unavailable
    database.exports += 1
    try:
        async with database.tenant(_context(principal, DatabaseRole.READ_ONLY)) as session:
            yield session
    finally:
        database.exports -= 1


OpenSession: TypeAlias = Callable[[], AbstractAsyncContextManager[BoundSession]]


async def get_service_units(request: Request) -> OpenSession:
    """Step up like ``get_service_session``, for what has to be done in several transactions.

    Between them a provider is called, which may take seconds.
    """
    database, principal = _known_of(request)
    if principal.kind is None:
        raise Unauthenticated
    context = _context(principal, DatabaseRole.READ_WRITE)
    return lambda: database.tenant(context)


async def get_platform_session(request: Request) -> AsyncIterator[BoundSession]:
    """Open the platform's session: operators' work and what comes before a login."""
    database, principal = _known_of(request)
    context = PlatformContext(principal.actor, principal.login_id)
    async with database.platform(context) as session:
        yield session


# scope="function" commits before the response leaves. With FastAPI's default scope the
# client would read "201 Created" before the commit, and never hear that it failed.
TenantSession = Annotated[BoundSession, Depends(get_tenant_session, scope="function")]
PublicSession = Annotated[BoundSession, Depends(get_public_session, scope="function")]
ServiceSession = Annotated[BoundSession, Depends(get_service_session, scope="function")]
ServiceUnits = Annotated[OpenSession, Depends(get_service_units)]
SessionDep = Annotated[BoundSession, Depends(get_platform_session, scope="function")]

# This one writes nothing, so there is no commit that the answer could be ahead of.
ExportSession = Annotated[BoundSession, Depends(get_export_session)]
