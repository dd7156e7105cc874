"""Logging in at the very moment of being let go: whoever is first, nobody stays inside."""

import asyncio
from uuid import UUID

import psycopg
import pytest

from tests.logins import Entrance, bearer
from tests.worlds import Headers, TenantWorld

VIEWER = "viewer@example.com"


async def log_in_while(entrance: Entrance, statement: str, values: list[UUID]) -> int:
    """Type a right code while another transaction has done something but not committed it."""
    await entrance.ask(VIEWER)
    code = entrance.code(VIEWER)
    with psycopg.connect(entrance.database.admin_dsn) as other:
        other.execute(statement.encode(), values)
        logging_in = asyncio.create_task(entrance.type(VIEWER, code))
        await asyncio.sleep(0.3)
        assert not logging_in.done()
    return (await logging_in).status_code


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE app.users SET deleted_at = now() WHERE id = %s", id="dismissed"),
        pytest.param(
            "UPDATE app.tenants SET status = 'suspended'"
            " WHERE id = (SELECT tenant_id FROM app.users WHERE id = %s)",
            id="suspended",
        ),
    ],
)
async def test_nobody_logs_in_to_what_is_being_closed(
    entrance: Entrance, acme: TenantWorld, statement: str
) -> None:
    before = entrance.sql("SELECT count(*) FROM app.logins")

    status = await log_in_while(entrance, statement, [acme.viewer_id])

    assert status == 401
    assert entrance.sql("SELECT count(*) FROM app.logins") == before


async def test_who_is_demoted_while_logging_in_gets_the_lesser_role(
    entrance: Entrance, acme: TenantWorld
) -> None:
    await entrance.ask("admin@example.com")
    code = entrance.code("admin@example.com")
    with psycopg.connect(entrance.database.admin_dsn) as other:
        other.execute("UPDATE app.users SET role = 'VIEWER' WHERE id = %s", [acme.admin_id])
        logging_in = asyncio.create_task(entrance.type("admin@example.com", code))
        await asyncio.sleep(0.3)
        assert not logging_in.done()

    tokens = (await logging_in).json()

    assert tokens["role"] == "VIEWER"


async def test_logins_and_dismissals_at_once_leave_no_live_session(
    entrance: Entrance, acme: TenantWorld
) -> None:
    for _ in range(4):
        invited = await entrance.client.post(
            "/api/v1/users", headers=acme.headers, json={"email": "temp@example.com"}
        )
        await entrance.ask("temp@example.com")
        code = entrance.code("temp@example.com")

        answer, dismissed = await asyncio.gather(
            entrance.type("temp@example.com", code),
            entrance.client.delete(f"/api/v1/users/{invited.json()['id']}", headers=acme.headers),
        )

        assert dismissed.status_code == 204
        if answer.status_code == 200:
            assert (await entrance.me(bearer(answer.json()))).status_code == 401
        assert (
            entrance.sql(
                "SELECT 1 FROM app.logins WHERE subject_id = %s AND ended_at IS NULL",
                invited.json()["id"],
            )
            == []
        )


async def test_a_request_that_began_before_the_end_of_its_session_ends_whole(
    entrance: Entrance, acme: TenantWorld, operator_headers: Headers
) -> None:
    """A transaction asks once, as it begins: what has begun is finished, what comes is refused."""
    with psycopg.connect(entrance.database.admin_dsn) as other:
        other.execute("SELECT FROM app.users WHERE id = %s FOR UPDATE", [acme.viewer_id])
        changing = asyncio.create_task(
            entrance.client.patch(
                f"/api/v1/users/{acme.viewer_id}", headers=acme.headers, json={"name": "Val"}
            )
        )
        await asyncio.sleep(0.3)
        suspended = await entrance.client.patch(
            f"/api/v1/tenants/{acme.tenant_id}",
            headers=operator_headers,
            json={"status": "suspended"},
        )

    assert suspended.status_code == 200
    assert (await changing).status_code == 200
    assert entrance.sql("SELECT name FROM app.users WHERE id = %s", acme.viewer_id) == [("Val",)]
    assert (await entrance.me(acme.headers)).status_code == 401
