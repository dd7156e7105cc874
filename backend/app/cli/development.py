"""The database and the secret of a machine on which nobody configured any.

Where ``POSTGRES_SERVER`` is set, that server is used and nothing here happens. Elsewhere
the commands share one embedded server on ``VAR_DIR/postgres``: the first to need it
starts it, and those that run beside it find it.
"""

import fcntl
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from app.core import embedded
from app.core.config import Environment, Settings

SECRET_FILE = "dev-secret"  # noqa: S105 - the file's name, not what it holds


class DatabaseUnreachable(Exception):
    """The configured database does not answer; the message says which and why."""


def uses_embedded_database(settings: Settings) -> bool:
    """Tell whether nobody said where the database is, on a machine of no consequence."""
    production = settings.environment is Environment.PRODUCTION
    return not production and "postgres_server" not in settings.model_fields_set


def embedded_folder(settings: Settings) -> Path:
    """Return where the embedded server of these settings keeps its data."""
    return settings.var_dir.absolute() / "postgres"


@contextmanager
def development_database(settings: Settings) -> Generator[Settings]:
    """Provide settings whose database answers, for as long as the block runs.

    Raises:
        embedded.EmbeddedServerRefused: the embedded server cannot run here.
        DatabaseUnreachable: the configured server does not answer.
    """
    if not uses_embedded_database(settings):
        create_database_if_missing(settings)
        yield settings
        return
    settings = with_secret(settings)
    folder = embedded_folder(settings)
    if running := embedded.find(folder):
        yield at_address(settings, running)
        return
    with embedded.start(folder) as server:
        here = at_address(settings, server)
        create_database_if_missing(here)
        yield here


def with_secret(settings: Settings) -> Settings:
    """Return settings with a secret key: the given one, or this machine's own."""
    if settings.secret_key.get_secret_value():
        return settings
    own = SecretStr(own_secret(settings.var_dir.absolute() / SECRET_FILE))
    return settings.model_copy(update={"secret_key": own})


def own_secret(path: Path) -> str:
    """Return the secret in a file, made on first use; two first uses agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        secret = file.read().strip()
        if not secret:
            secret = secrets.token_hex(32)
            file.write(secret + "\n")
    return secret


def at_address(settings: Settings, address: embedded.ServerAddress) -> Settings:
    """Return settings that point to an embedded server."""
    return settings.model_copy(
        update={
            "postgres_server": address.host,
            "postgres_port": address.port,
            "postgres_user": address.user,
            "postgres_password": SecretStr(address.password),
            "postgres_ssl_mode": "disable",
        }
    )


def create_database_if_missing(settings: Settings) -> None:
    """Create ``POSTGRES_DB`` on a server that is new, ordered by code point like the rest.

    Raises:
        DatabaseUnreachable: the server does not answer, or refuses the administrator.
    """
    try:
        psycopg.connect(settings.admin_dsn, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        if f'database "{settings.postgres_db}" does not exist' not in str(error):
            where = f"{settings.postgres_server}:{settings.postgres_port}"
            reason = str(error).strip().splitlines()[-1].strip()
            raise DatabaseUnreachable(
                f"PostgreSQL at {where} (POSTGRES_SERVER) does not answer: {reason}."
                " Unset POSTGRES_SERVER to run with the embedded server"
            ) from error
    else:
        return
    maintenance = make_conninfo(settings.admin_dsn, dbname="postgres")
    with psycopg.connect(maintenance, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
                sql.Identifier(settings.postgres_db)
            )
        )
