"""The statements this backend sends, sent by pgbench: what Postgres alone takes for them.

Each is sent in three ways. Signed, as the application does: its login steps down to a role
that row-level security confines and enters the tenant, whose signature the policies verify.
Entered, with all of that but the policies: what opens a transaction also asks whether the
login is live and the tenant open, which an application has to ask in some way. Explicit, as
an application would that relies on its WHERE and asks nothing: as a role that nothing confines.
All send BEGIN, all statements and COMMIT in one pipeline.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from app.core.tenant_db import ContextSigner, DatabaseRole, Opening, TenantContext
from benchmarks.figures import Bare
from benchmarks.load import WrongAnswer
from benchmarks.plan import Plan
from benchmarks.statements import Statement, script, statement_of, without_context
from benchmarks.traffic import Operation
from benchmarks.world import BenchTenant, World

CLIENTS = 8
THREADS = 2

FEWEST_TRANSACTIONS = 20
"""Of each client, in a run that only tries whether everything works."""

MOST_SCRIPTS = 20
"""Organisations that take part; each has a script of its own."""

DEBIANS = "/usr/lib/postgresql/*/bin/pgbench"


class PgbenchFailed(RuntimeError):
    """pgbench refused or lost transactions; the message carries its last words."""


def find_pgbench(here: World) -> Path | None:
    """Return the program: the bundled one, one on the PATH, or one of Debian's."""
    bundled = here.programs / "pgbench"
    if bundled.exists():
        return bundled
    if found := shutil.which("pgbench"):
        return Path(found)
    return max(Path("/").glob(DEBIANS.removeprefix("/")), default=None)


@dataclass(frozen=True, slots=True)
class Pgbench:
    """Runs the statements of one world."""

    program: Path
    plan: Plan
    here: World

    def measure(self, operation: Operation, how: Bare) -> float:
        """Return transactions per second.

        Raises:
            PgbenchFailed: a transaction failed, or none was carried out.
        """
        files = []
        with psycopg.connect(self.here.settings.admin_dsn) as admin:
            for number, tenant in enumerate(self._tenants(operation)):
                statement = statement_of(operation, tenant)
                if how is Bare.EXPLICIT:
                    statement = without_context(statement)
                path = self.here.folder / f"{number}.sql"
                path.write_text(script(admin, self._opening(how, tenant), statement))
                files += ["-f", str(path)]
        return self._run(how, files)

    def check_that_they_agree(self) -> None:
        """Read the same rows in all ways and compare them.

        Raises:
            WrongAnswer: the ways do not answer alike, or answer with nothing.
        """
        for operation in (Operation.LIST, Operation.POINT):
            tenant = self.here.read_from[0]
            seen = {how: self._read(statement_of(operation, tenant), how, tenant) for how in Bare}
            if any(rows != seen[Bare.SIGNED] or not rows for rows in seen.values()):
                raise WrongAnswer(f"{operation} in SQL: {seen}")

    def _tenants(self, operation: Operation) -> tuple[BenchTenant, ...]:
        written = operation is Operation.INSERT
        return (self.here.written_to if written else self.here.read_from)[:MOST_SCRIPTS]

    def _opening(self, how: Bare, tenant: BenchTenant) -> list[Statement]:
        if how is Bare.EXPLICIT:
            return [Statement("BEGIN", {})]
        settings = self.here.settings
        signer = ContextSigner(settings.context_signing_key_id, settings.key("context"))
        context = TenantContext(
            tenant.id,
            DatabaseRole.READ_WRITE,
            f"user:{tenant.admin_id}",
            login_id=tenant.login_id,
        )
        opening = [Statement(*opened) for opened in Opening.of(context, signer).statements]
        if how is Bare.ENTERED:
            opening[1] = Statement(f"SET LOCAL ROLE {settings.postgres_user}", {})
        return opening

    def _dsn(self, how: Bare) -> str:
        settings = self.here.settings
        return settings.app_dsn if how is Bare.SIGNED else settings.admin_dsn

    def _read(self, statement: Statement, how: Bare, tenant: BenchTenant) -> list[object]:
        with psycopg.connect(self._dsn(how), autocommit=True) as connection:
            for opening in self._opening(how, tenant):
                connection.execute(opening.text.encode(), opening.params)
            rows = connection.execute(statement.text.encode(), statement.params).fetchall()
            connection.execute("COMMIT")
        return list(rows)

    def _how_long(self) -> str:
        """Return pgbench's option: it counts whole seconds, so less is a few transactions."""
        seconds = round(self.plan.seconds)
        return f"--time={seconds}" if seconds else f"--transactions={FEWEST_TRANSACTIONS}"

    def _environment(self, how: Bare) -> dict[str, str]:
        """Return who connects. pgbench prepares before it begins, so the role is there already."""
        login = conninfo_to_dict(self._dsn(how))
        role = f"-c role={DatabaseRole.READ_WRITE}" if how is Bare.SIGNED else ""
        return {
            "PGUSER": str(login["user"]),
            "PGPASSWORD": str(login["password"]),
            "PGSSLMODE": "disable",
            "PGOPTIONS": role,
        }

    def _run(self, how: Bare, files: list[str]) -> float:
        settings = self.here.settings
        command = [str(self.program), "--no-vacuum", "--protocol=prepared", self._how_long()]
        command += [f"--client={CLIENTS}", f"--jobs={THREADS}", *files]
        command += ["-h", settings.postgres_server, "-p", str(settings.postgres_port)]
        run = subprocess.run(
            [*command, settings.postgres_db],
            env={**os.environ, **self._environment(how)},
            capture_output=True,
            text=True,
            check=False,
        )
        return rate_in(run.stdout, run.stderr, run.returncode)


def rate_in(said: str, complaints: str, code: int) -> float:
    """Return the transactions per second that pgbench tells of, connecting not counted.

    Raises:
        PgbenchFailed: it failed, or a transaction of it did.
    """
    rate = re.search(r"^tps = ([\d.]+) ", said, re.MULTILINE)
    failed = re.search(r"^number of failed transactions: (\d+)", said, re.MULTILINE)
    if code != 0 or rate is None or (failed is not None and int(failed[1]) > 0):
        raise PgbenchFailed(f"pgbench: {(complaints or said).strip()[-2000:]}")
    return float(rate[1])
