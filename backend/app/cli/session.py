"""How a command reaches the database: settings that connect, and the platform's session."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from getpass import getuser
from typing import NoReturn, TypeVar

import psycopg
import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from app.cli.development import (
    DatabaseUnreachable,
    development_database,
    uses_embedded_database,
    with_secret,
)
from app.core import embedded
from app.core.bootstrap import BootstrapRefused
from app.core.config import SecretMissing, Settings, get_settings
from app.core.db import Database, UnsafeDatabase
from app.core.errors import DomainError
from app.core.tenant_db import BoundSession, PlatformContext
from app.services.demo.telling import DemoRefused

T = TypeVar("T")

EXPECTED = (
    DatabaseUnreachable,
    embedded.EmbeddedServerRefused,
    BootstrapRefused,
    UnsafeDatabase,
    SecretMissing,
    DemoRefused,
    DomainError,
    psycopg.OperationalError,
    OperationalError,
)
"""What can be wrong outside the program: told in a line, without a traceback."""


def fail(reason: object) -> NoReturn:
    """End the command with a reason and exit code 1."""
    print(f"Error: {reason}", file=sys.stderr)
    raise typer.Exit(1)


def in_a_line(error: ValidationError) -> str:
    """Return what is wrong with which settings, and nothing of their values."""
    wrong = [(".".join(map(str, found["loc"])).upper(), found["msg"]) for found in error.errors()]
    return "; ".join(f"{name}: {reason}" if name else reason for name, reason in wrong)


@contextmanager
def connected(*, as_administrator: bool = False) -> Generator[Settings]:
    """Provide settings whose database answers; on a bare machine, the embedded one's.

    Only migrating takes an administrator: whatever serves requests never has the password.
    """
    try:
        given = with_secret(get_settings())
    except ValidationError as error:
        fail(in_a_line(error))
    try:
        if as_administrator or uses_embedded_database(given):
            with development_database(given) as settings:
                yield settings
        else:
            yield given
    except ValidationError as error:
        fail(in_a_line(error))
    except EXPECTED as error:
        hint = ""
        if isinstance(error, OperationalError) and uses_embedded_database(given):
            hint = f"\nIs the database in {given.var_dir} set up? dev.sh with that VAR_DIR does it."
        fail(f"{error}{hint}")


def with_platform(work: Callable[[BoundSession, Settings], Awaitable[T]]) -> T:
    """Run one unit of work in the platform's session, named in the audit log by its user."""
    with connected() as settings:
        return asyncio.run(_with_platform(settings, work))


async def _with_platform(
    settings: Settings, work: Callable[[BoundSession, Settings], Awaitable[T]]
) -> T:
    async def one_unit(database: Database, settings: Settings) -> T:
        context = PlatformContext(actor=f"system:cli:{getuser()}")
        async with database.platform(context) as session:
            return await work(session, settings)

    return await _with_database(settings, one_unit)


def with_database(work: Callable[[Database, Settings], Awaitable[T]]) -> T:
    """Run what needs several units of work, each of which it opens itself."""
    with connected() as settings:
        return asyncio.run(_with_database(settings, work))


async def _with_database(
    settings: Settings, work: Callable[[Database, Settings], Awaitable[T]]
) -> T:
    database = Database(settings)
    try:
        return await work(database, settings)
    finally:
        await database.close()
