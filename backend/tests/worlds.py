"""Two organisations that know nothing of each other, and a client that speaks to the API.

``acme`` and ``globex`` are alike to the letter, so that whatever leaks shows. Each has an
administrator, a viewer and a human, all logged in.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.api.auth.models import Login, Operator
from app.api.human.models import Human
from app.api.shared.enums import CredentialType, UserRole
from app.api.tenant.models import Tenant
from app.api.user.models import User
from app.core.config import Settings
from app.core.db import Database
from app.core.security import utc_now
from app.core.tenant_db import BoundSession, DatabaseRole, PlatformContext, TenantContext
from app.main import create_app
from app.services.login_sessions import Subject, open_login

Headers = dict[str, str]


@dataclass(frozen=True)
class TenantWorld:
    """One organisation with its people, as a test uses it."""

    tenant_id: UUID
    slug: str
    admin_id: UUID
    viewer_id: UUID
    human_id: UUID
    headers: Headers
    viewer_headers: Headers
    human_headers: Headers
    database: Database

    @property
    def public_headers(self) -> Headers:
        """What a visitor sends."""
        return {"X-Tenant-Id": str(self.tenant_id)}

    @asynccontextmanager
    async def session(
        self, role: DatabaseRole = DatabaseRole.READ_WRITE
    ) -> AsyncGenerator[BoundSession]:
        """Ask the database directly, with this organisation's own rights."""
        human_id = self.human_id if role is DatabaseRole.HUMAN else None
        context = TenantContext(self.tenant_id, role, "system:test", human_id=human_id)
        async with self.database.tenant(context) as session:
            yield session


@pytest.fixture
async def app(settings: Settings) -> AsyncGenerator[FastAPI]:
    """The application, with its pools open."""
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
def pools(app: FastAPI) -> Database:
    """The application's own pools."""
    database: Database = app.state.database
    return database


@pytest.fixture
async def client(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """Speaks HTTP to the application, without a network."""
    transport = httpx.ASGITransport(app=app, client=("192.0.2.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as speaker:
        yield speaker


@pytest.fixture
async def acme(pools: Database, settings: Settings) -> TenantWorld:
    """One organisation."""
    return await make_world(pools, settings, "acme")


@pytest.fixture
async def globex(pools: Database, settings: Settings) -> TenantWorld:
    """Another organisation, which must never show."""
    return await make_world(pools, settings, "globex")


@pytest.fixture
async def operator_headers(pools: Database, settings: Settings) -> Headers:
    """An operator of the platform, logged in."""
    async with pools.platform(PlatformContext("system:test")) as session:
        operator = Operator(email="operator@example.com")
        session.add(operator)
        await session.flush()
        return await logged_in(
            session, settings, CredentialType.OPERATOR, operator.id, UserRole.SUPERADMIN, None
        )


async def make_world(pools: Database, settings: Settings, slug: str) -> TenantWorld:
    """Found an organisation and log its people in."""
    async with pools.platform(PlatformContext("system:test")) as session:
        tenant = Tenant(name=slug.title(), slug=slug)
        session.add(tenant)
        await session.flush()
        people = {
            "admin": User(tenant_id=tenant.id, email="admin@example.com", role=UserRole.ADMIN),
            "viewer": User(tenant_id=tenant.id, email="viewer@example.com", role=UserRole.VIEWER),
        }
        human = Human(tenant_id=tenant.id, email="human@example.com", first_name="Ada")
        session.add_all([*people.values(), human])
        await session.flush()
        headers = {
            name: await logged_in(
                session, settings, CredentialType.USER, user.id, user.role, tenant.id
            )
            for name, user in people.items()
        }
        human_headers = await logged_in(
            session, settings, CredentialType.HUMAN, human.id, "HUMAN", tenant.id
        )
        return TenantWorld(
            tenant_id=tenant.id,
            slug=slug,
            admin_id=people["admin"].id,
            viewer_id=people["viewer"].id,
            human_id=human.id,
            headers=headers["admin"],
            viewer_headers=headers["viewer"],
            human_headers=human_headers,
            database=pools,
        )


async def logged_in(
    session: BoundSession,
    settings: Settings,
    kind: CredentialType,
    subject_id: UUID,
    role: str,
    tenant_id: UUID | None,
) -> Headers:
    """Open a login session and return the header that uses it."""
    subject = Subject(kind, subject_id, role, tenant_id, None)
    tokens = await open_login(session, settings, subject)
    return {"Authorization": f"Bearer {tokens.access_token}"}


async def expire_login(session: BoundSession, login_id: UUID) -> None:
    """Let a login session run out."""
    login = await session.get(Login, login_id)
    assert login is not None
    login.expires_at = utc_now() - timedelta(seconds=1)
