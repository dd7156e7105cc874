"""Whether the process lives, and whether it can serve."""

import httpx
import psycopg
from fastapi import FastAPI

from app.core.db import Database as Pools
from tests.database import Database
from tests.probing import kind_of
from tests.worlds import TenantWorld


async def test_a_process_that_can_serve_says_so_to_anybody(client: httpx.AsyncClient) -> None:
    answers = [await client.get(f"/api/v1/health/{path}") for path in ("live", "ready")]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"status": "ok"})
    ] * 2


async def test_it_is_not_ready_on_another_schema_than_its_own(
    client: httpx.AsyncClient, database: Database
) -> None:
    with psycopg.connect(database.admin_dsn) as admin:
        admin.execute("UPDATE tenancy.alembic_version SET version_num = '0001'")

    answer = await client.get("/api/v1/health/ready")

    assert kind_of(answer) == (503, "not-ready")
    assert (await client.get("/api/v1/health/live")).status_code == 200


async def test_it_is_not_ready_without_its_database_and_is_again_once_it_is_back(
    client: httpx.AsyncClient, database: Database, acme: TenantWorld
) -> None:
    with psycopg.connect(database.server.admin_dsn, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS false'.encode())
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [database.name],
        )
        away = [await client.get("/api/v1/health/ready") for _ in range(2)]
        alive = await client.get("/api/v1/health/live")
        refused = await client.get("/api/v1/users", headers=acme.headers)
        admin.execute(f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS true'.encode())
    back = await client.get("/api/v1/health/ready")

    assert [kind_of(answer) for answer in away] == [(503, "not-ready")] * 2
    assert alive.status_code == 200
    assert kind_of(refused) == (503, "unavailable")
    assert refused.headers["retry-after"] == "1"
    assert back.status_code == 200
    assert (await client.get("/api/v1/users", headers=acme.headers)).status_code == 200


async def test_an_exhausted_pool_answers_that_it_is_busy(
    client: httpx.AsyncClient, app: FastAPI, pools: Pools, acme: TenantWorld
) -> None:
    settings = app.state.settings.model_copy(update={"db_pool_timeout_seconds": 0.05})
    app.state.database = impatient = Pools(settings)
    held = [await impatient._tenants.connect() for _ in range(settings.db_pool_size)]

    answer = await client.get("/api/v1/users", headers=acme.headers)

    for connection in held:
        await connection.close()
    again = await client.get("/api/v1/users", headers=acme.headers)
    await impatient.close()
    app.state.database = pools
    assert kind_of(answer) == (503, "unavailable")
    assert again.status_code == 200
