"""Whether a worker is at work: `python -m app.jobs.health`, for the worker's container."""

import sys

import psycopg

from app.core.config import Settings, get_settings

SECONDS_OF_SILENCE = 60
"""A worker writes down that it lives every ten seconds."""


def worker_lives(settings: Settings) -> bool:
    """Tell whether any worker has given a sign of life lately."""
    with psycopg.connect(settings.platform_dsn, connect_timeout=5) as connection:
        connection.execute("SET LOCAL ROLE platform")
        found = connection.execute(
            "SELECT EXISTS (SELECT FROM jobs.procrastinate_workers"
            " WHERE last_heartbeat > now() - make_interval(secs => %s))",
            [SECONDS_OF_SILENCE],
        ).fetchone()
    return found == (True,)


if __name__ == "__main__":
    try:
        sys.exit(0 if worker_lives(get_settings()) else "No worker has given a sign of life.")
    except psycopg.OperationalError as error:
        sys.exit(f"The database does not answer: {error}")
