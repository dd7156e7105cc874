"""Logging in as people do: ask for a code, read it, type it."""

import email
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import anyio
import httpx
import psycopg
from psycopg.rows import TupleRow

from app.core.config import Settings
from app.core.security import login_code
from app.jobs.worker import run_worker
from tests.database import Database
from tests.worlds import Headers


@dataclass(frozen=True)
class Entrance:
    """The doors of the API, the mail folder, and hands to reach into the database."""

    client: httpx.AsyncClient
    settings: Settings
    database: Database

    async def ask(self, address: str, tenant_id: UUID | None = None) -> httpx.Response:
        """Ask for a code: as staff, or as a human of an organisation."""
        return await self.client.post(
            f"/api/v1/auth/{_kind(tenant_id)}/login",
            headers=_header(tenant_id),
            json={"email": address},
        )

    async def type(
        self,
        address: str,
        code: str,
        tenant_id: UUID | None = None,
        *,
        on_staff_of: UUID | None = None,
    ) -> httpx.Response:
        """Type a code; staff may say where they work right away."""
        body = {} if on_staff_of is None else {"tenant_id": str(on_staff_of)}
        return await self.client.post(
            f"/api/v1/auth/{_kind(tenant_id)}/verify",
            headers=_header(tenant_id),
            json={"email": address, "code": code} | body,
        )

    async def log_in(
        self, address: str, tenant_id: UUID | None = None, *, on_staff_of: UUID | None = None
    ) -> dict[str, str]:
        """Log in and return the tokens."""
        await self.ask(address, tenant_id)
        code = self.code(address, tenant_id)
        answer = await self.type(address, code, tenant_id, on_staff_of=on_staff_of)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json()
        return tokens

    async def refresh(self, token: str) -> httpx.Response:
        """Exchange a refresh token."""
        return await self.client.post("/api/v1/auth/refresh", json={"refresh_token": token})

    async def me(self, headers: Headers) -> httpx.Response:
        """Ask who is logged in."""
        return await self.client.get("/api/v1/auth/me", headers=headers)

    def code(self, address: str, tenant_id: UUID | None = None) -> str:
        """Work out the digits of the newest code of an address at a door, as its mail would."""
        rows = self.sql(
            "SELECT id FROM app.login_codes"
            " WHERE email = %s AND tenant_id IS NOT DISTINCT FROM %s ORDER BY id DESC LIMIT 1",
            address,
            tenant_id,
        )
        return login_code(self.settings, rows[0][0])

    async def mails(self) -> list[EmailMessage]:
        """Let the worker send what is queued and return all mail there is, oldest first."""
        await run_worker(self.settings, until_empty=True)
        folder = anyio.Path(self.settings.mail_path)
        names = sorted([path async for path in folder.glob("*.eml")])
        return [email.message_from_bytes(await path.read_bytes(), policy=default) for path in names]

    async def mailed_code(self, address: str) -> str:
        """Return the digits in the newest mail to an address."""
        mails = [mail for mail in await self.mails() if mail["To"] == address]
        found = re.search(r"^ +(\d{6})\s*$", text_of(mails[-1]), re.MULTILINE)
        assert found
        return found[1]

    def sql(self, statement: str, *values: object) -> Sequence[TupleRow]:
        """Reach past everything, as only the database's administrator can."""
        with psycopg.connect(self.database.admin_dsn) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []


def bearer(tokens: dict[str, str]) -> Headers:
    """Return the header that uses an access token."""
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def text_of(mail: EmailMessage) -> str:
    """Return a mail's plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    content: str = body.get_content()
    return content


def other_than(code: str) -> str:
    """Return six digits that are not the code."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """Return all that an answer tells, save the request's own id."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, answer.content, headers


def _kind(tenant_id: UUID | None) -> str:
    return "user" if tenant_id is None else "human"


def _header(tenant_id: UUID | None) -> Headers:
    return {} if tenant_id is None else {"X-Tenant-Id": str(tenant_id)}
