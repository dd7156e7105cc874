"""An export that breaks in the middle is cut off on the wire: no half of a list looks whole."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest

from app.api.attendee.crud import AttendeeCRUD
from app.cli.serving import http_server
from app.core.config import Settings
from app.core.tenant_db import BoundSession
from app.main import create_app
from tests.api.attendee.test_export import PATH, plant_kids, read
from tests.api.payment.buying import make_buyer, open_popup
from tests.database import Database
from tests.worlds import TenantWorld

PATIENCE_SECONDS = 120
"""What a busy machine may take; a cut connection is told of at once."""


@asynccontextmanager
async def served(settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """Speak to the application over a network, as `edgeos serve` runs it."""
    server = http_server(create_app(settings), settings.model_copy(update={"port": 0}))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not serving.done()
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_SECONDS) as speaker:
            yield speaker
    finally:
        server.should_exit = True
        await serving


def killed(database: Database) -> None:
    """End every connection of the application, as a database does that restarts."""
    with psycopg.connect(database.admin_dsn) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'edgeos-app_login' AND datname = current_database()"
        )


def broken(_: Database) -> None:
    """Break as a defect of our own would."""
    raise LookupError


@pytest.mark.parametrize("fail", [None, killed, broken], ids=["whole", "killed", "broken"])
async def test_an_export_that_breaks_is_cut_off(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    fail: Callable[[Database], None] | None,
) -> None:
    popup = await open_popup(client, acme)
    await plant_kids(acme, popup, await make_buyer(acme, popup), 1_999)
    reading, asked = AttendeeCRUD.next_rows, 0

    async def failing(crud: AttendeeCRUD, session: BoundSession) -> list[str]:
        nonlocal asked
        asked += 1
        if fail is not None and asked == 3:
            fail(database)
        return await reading(crud, session)

    monkeypatch.setattr(AttendeeCRUD, "next_rows", failing)
    got: list[bytes] = []

    async def export() -> None:
        async with (
            served(settings) as speaker,
            speaker.stream(
                "GET", PATH, headers=acme.headers, params={"popup_id": str(popup["id"])}
            ) as answer,
        ):
            assert answer.status_code == 200
            assert answer.headers["transfer-encoding"] == "chunked"
            got.extend([piece async for piece in answer.aiter_raw()])

    if fail is None:
        await export()
        assert len(read(b"".join(got).decode())) == 2_000
    else:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            await export()
