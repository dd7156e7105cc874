"""Two organisations in one running application, and everybody who could call it.

Shared by all tests of a module: each makes the rows it needs, so none disturbs another.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

import httpx
import jwt

from app.api.auth.models import Operator
from app.api.human.models import Human
from app.api.shared.enums import CredentialType, UserRole
from app.core.config import Settings
from app.core.db import Database as Pools
from app.core.openapi import Document
from app.core.security import ALGORITHM
from app.core.tenant_db import PlatformContext
from app.main import create_app
from tests.database import Contents, Database, TestRun
from tests.worlds import Headers, TenantWorld, logged_in, make_world


class Caller(StrEnum):
    """Who may come to an operation, and with what in hand."""

    ADMIN = "admin"
    VIEWER = "viewer"
    HUMAN = "human"
    OPERATOR = "operator who names the organisation"
    OPERATOR_AT_LARGE = "operator who names none"
    VISITOR = "visitor who names the organisation"
    STRANGER = "visitor who names none"
    EXPIRED = "expired token"
    FORGED = "forged token"
    MISMATCHED = "token of another organisation than the header names"


@dataclass(frozen=True)
class Arena:
    """The application and the people in it; ``eve`` is a second human of ``acme``."""

    client: httpx.AsyncClient
    settings: Settings
    pools: Pools
    database: Database
    document: Document
    acme: TenantWorld
    globex: TenantWorld
    eve: Headers
    operator: Headers

    def headers(self, caller: Caller) -> Headers:
        """Return what a caller of ``acme`` sends."""
        named = self.acme.public_headers
        return {
            Caller.ADMIN: self.acme.headers,
            Caller.VIEWER: self.acme.viewer_headers,
            Caller.HUMAN: self.acme.human_headers,
            Caller.OPERATOR: {**self.operator, **named},
            Caller.OPERATOR_AT_LARGE: self.operator,
            Caller.VISITOR: named,
            Caller.STRANGER: {},
            Caller.EXPIRED: self._resigned(self.settings.key("token"), expired=True),
            Caller.FORGED: self._resigned(b"a key that somebody made up ....", expired=False),
            Caller.MISMATCHED: {**self.acme.headers, **self.globex.public_headers},
        }[caller]

    async def logged_in_anew(self, headers: Headers) -> Headers:
        """Return a session of its own for whoever sends these headers, to be ended by a test."""
        if "Authorization" not in headers:
            return headers
        me = await self.client.get("/api/v1/auth/me", headers=headers)
        if me.status_code != httpx.codes.OK:
            return headers
        who = me.json()
        tenant_id = who["tenant_id"] if who["kind"] != CredentialType.OPERATOR else None
        async with self.pools.platform(PlatformContext("system:test")) as session:
            fresh = await logged_in(
                session,
                self.settings,
                CredentialType(who["kind"]),
                who["id"],
                who["role"],
                tenant_id,
            )
        return {**headers, **fresh}

    def contents(self) -> Contents:
        """Return what every table holds, as a count and a sum of hashes."""
        return self.database.contents()

    def _resigned(self, key: bytes, *, expired: bool) -> Headers:
        token = self.acme.headers["Authorization"].removeprefix("Bearer ")
        payload = jwt.decode(token, options={"verify_signature": False})
        if expired:
            payload["exp"] = datetime.now(UTC) - timedelta(seconds=1)
        forged = jwt.encode(payload, key, algorithm=ALGORITHM)
        return {"Authorization": f"Bearer {forged}"}


@asynccontextmanager
async def open_arena(run: TestRun, folder: Path) -> AsyncGenerator[Arena]:
    """Serve a database of its own until the module's tests are done."""
    with run.database(hardened=False) as database:
        settings = database.settings(
            var_dir=folder,
            login_codes_per_address_per_hour=100_000,
            login_failures_per_address_per_hour=100_000,
            coupon_failures_per_address_per_hour=100_000,
        )
        app = create_app(settings)
        transport = httpx.ASGITransport(app=app, client=("192.0.2.1", 50000))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        ):
            pools: Pools = app.state.database
            acme = await make_world(pools, settings, "acme")
            yield Arena(
                client=client,
                settings=settings,
                pools=pools,
                database=database,
                document=app.openapi(),
                acme=acme,
                globex=await make_world(pools, settings, "globex"),
                eve=await _second_human(pools, settings, acme),
                operator=await _operator(pools, settings),
            )


async def _second_human(pools: Pools, settings: Settings, world: TenantWorld) -> Headers:
    async with pools.platform(PlatformContext("system:test")) as session:
        eve = Human(tenant_id=world.tenant_id, email="eve@example.com")
        session.add(eve)
        await session.flush()
        return await logged_in(
            session, settings, CredentialType.HUMAN, eve.id, "HUMAN", world.tenant_id
        )


async def _operator(pools: Pools, settings: Settings) -> Headers:
    async with pools.platform(PlatformContext("system:test")) as session:
        operator = Operator(email=f"{uuid4().hex}@example.com")
        session.add(operator)
        await session.flush()
        return await logged_in(
            session, settings, CredentialType.OPERATOR, operator.id, UserRole.SUPERADMIN, None
        )
