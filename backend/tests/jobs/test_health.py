"""The health check of the worker's container."""

import psycopg
import pytest

from app.core.config import Settings
from app.jobs.health import worker_lives
from tests.database import Database


@pytest.mark.parametrize(
    ("heartbeat", "lives"),
    [
        pytest.param(None, False, id="no worker was ever here"),
        pytest.param("0 seconds", True, id="just now"),
        pytest.param("2 minutes", False, id="silent for too long"),
    ],
)
def test_worker_lives_while_it_gives_signs_of_life(
    settings: Settings, database: Database, heartbeat: str | None, lives: bool
) -> None:
    if heartbeat:
        with psycopg.connect(database.admin_dsn) as admin:
            admin.execute(
                "INSERT INTO jobs.procrastinate_workers (last_heartbeat)"
                " VALUES (now() - %s::interval)",
                [heartbeat],
            )

    assert worker_lives(settings) is lives
