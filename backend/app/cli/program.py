"""`edgeos`: serve, worker, migrate, seed, audit, and what operators do by hand."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated

import psycopg
import typer

from app.alembic import runner
from app.alembic.provision import provision
from app.cli.benchmark import bench
from app.cli.dev import dev
from app.cli.people import operator_commands, tenant_commands
from app.cli.scaffold import scaffold
from app.cli.serving import http_server
from app.cli.session import connected, with_database, with_platform
from app.core.config import DatabaseLogin
from app.core.logging import configure_logging
from app.core.security import utc_now
from app.jobs.worker import run_worker
from app.main import create_app
from app.services import seed as seeding
from app.services.demo.telling import PEOPLE, Show, tell

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
db_commands = typer.Typer(no_args_is_help=True, help="Ask about the database.")
cli.add_typer(db_commands, name="db")
cli.add_typer(tenant_commands, name="tenant")
cli.add_typer(operator_commands, name="operator")
cli.command("dev")(dev)
cli.command("resource")(scaffold)
cli.command("bench")(bench)

LOGINS = {
    "app": DatabaseLogin.APP,
    "platform": DatabaseLogin.PLATFORM,
    "migrator": DatabaseLogin.MIGRATOR,
}


def main() -> None:
    """Run the command line."""
    cli()


@cli.command()
def serve() -> None:
    """Serve the API on HOST and PORT until it is told to stop."""
    with connected() as settings:
        http_server(create_app(settings), settings).run()


@cli.command()
def worker() -> None:
    """Run queued jobs until told to stop."""
    with connected() as settings:
        configure_logging(settings)
        asyncio.run(run_worker(settings))


@cli.command()
def migrate(
    revision: Annotated[str, typer.Option(help="Stop at this revision.")] = "head",
) -> None:
    """Create the roles, bring the schema up to date, install the signing key; repeatable."""
    with connected(as_administrator=True) as settings:
        provision(settings, revision=revision)
        print(f"The schema is at {runner.current(settings.migrator_dsn)}.")


@cli.command()
def migration(
    message: Annotated[str, typer.Argument(help="What changes, in a few words.")],
) -> None:
    """Write a migration from the models, protection of new tables included."""
    with connected() as settings:
        runner.revise(settings.migrator_dsn, message)


@cli.command()
def seed(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Make a demonstration, too.")] = False,
    number: Annotated[int, typer.Option("--seed", help="Which story it tells.")] = 1,
    people: Annotated[int, typer.Option(help="How many people are in it.")] = PEOPLE,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Where it ends; today.")
    ] = None,
) -> None:
    """Make the first operator of SUPERADMIN, once; and a demonstration where it is asked for."""
    # The day, not the moment: told twice on one day, the story is the same.
    today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    ends = until.replace(tzinfo=UTC) if until is not None else today
    if ends > today:
        raise typer.BadParameter("A story of what has happened ends today, or before.")
    created = with_platform(seeding.seed)
    if demo:
        show = Show(seed=number, people=people, now=ends)
        created += with_database(lambda database, settings: tell(database, settings, show))
    print("\n".join(created) or "There was nothing to seed.")


@cli.command()
def audit(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False
) -> None:
    """Say what would let one tenant reach another's rows; exit 1 when anything would."""
    with connected() as settings, psycopg.connect(settings.platform_dsn) as connection:
        connection.execute("SET LOCAL ROLE platform")
        rows = connection.execute("SELECT code, object, detail FROM tenancy.audit").fetchall()
    findings = [{"code": code, "object": name, "detail": detail} for code, name, detail in rows]
    if as_json:
        print(json.dumps(findings, indent=2))
    else:
        for finding in findings:
            print(f"{finding['code']}: {finding['object']} {finding['detail']}".rstrip())
        print("No findings." if not findings else f"{len(findings)} findings.")
    if findings:
        raise typer.Exit(1)


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    with connected() as settings:
        document = create_app(settings).openapi()
    print(json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True))


@db_commands.command()
def dsn(login: Annotated[str, typer.Argument(help="app, platform or migrator")]) -> None:
    """Print a connection string, password included: for psql, not for logs."""
    if login not in LOGINS:
        raise typer.BadParameter(f"choose one of {', '.join(LOGINS)}")
    with connected() as settings:
        print(settings.dsn(LOGINS[login]))
