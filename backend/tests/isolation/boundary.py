"""The boundary as a test meets it: a database, its logins, and contexts signed or forged."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg

from app.core.config import DatabaseLogin
from app.core.tenant_db import ContextSigner, DatabaseRole, Opening, TenantContext
from tests.database import Database, TestRun
from tests.isolation.rows import Connection
from tests.servers import can_start, start_embedded, wanted_version

ACME = UUID("0190a000-0000-7000-8000-00000000acce")
GLOBEX = UUID("0190a000-0000-7000-8000-00000000610b")
ROLES = tuple(DatabaseRole)


@dataclass(frozen=True)
class Variant:
    """A PostgreSQL, and whether a superuser has hardened the database on it."""

    version: int
    hardened: bool

    def __str__(self) -> str:
        return f"{self.version}-{'hardened' if self.hardened else 'plain'}"

    @property
    def missing(self) -> str | None:
        """Why this machine cannot run it, if so."""
        if self.version != wanted_version() and not can_start(self.version):
            return f"there are no programs of PostgreSQL {self.version} on this machine"
        return None


HERE = Variant(wanted_version(), hardened=False)
VARIANTS = tuple(
    dict.fromkeys(
        (
            HERE,
            Variant(wanted_version(), hardened=True),
            Variant(16, hardened=False),
            Variant(15, hardened=False),
        )
    )
)


@dataclass(frozen=True)
class Boundary:
    """One migrated database and everything an attacker or a tester needs to reach it."""

    database: Database
    signer: ContextSigner
    hardened: bool

    @contextmanager
    def admin(self) -> Generator[Connection]:
        """Connect as the superuser; what is done is undone."""
        with psycopg.connect(self.database.admin_dsn) as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def platform(self, *, keep: bool = False) -> Generator[Connection]:
        """Connect as the platform, inside its context; undone unless it is to be kept."""
        with psycopg.connect(self.database.dsn(DatabaseLogin.PLATFORM)) as connection:
            connection.execute("SET LOCAL ROLE platform")
            connection.execute("SELECT tenancy.enter_platform(NULL, 'system:test')")
            yield connection
            if not keep:
                connection.rollback()

    @contextmanager
    def login(self) -> Generator[Connection]:
        """Connect as the application's login; no transaction is begun."""
        connection = psycopg.connect(self.database.app_dsn, autocommit=True)
        try:
            yield connection
        finally:
            connection.close()

    def enter(self, connection: Connection, context: TenantContext) -> None:
        """Begin a transaction in a context, as the application does."""
        for statement, params in Opening.of(context, self.signer).statements:
            connection.execute(statement.encode(), params or None)

    @contextmanager
    def inside(
        self, tenant: UUID, role: DatabaseRole, human: UUID | None = None
    ) -> Generator[Connection]:
        """Open a transaction of a tenant; what is done in it is undone."""
        with self.login() as connection:
            self.enter(connection, context(tenant, role, human))
            yield connection
            connection.execute("ROLLBACK")


def context(tenant: UUID, role: DatabaseRole, human: UUID | None = None) -> TenantContext:
    """Return a context of a tenant, as the system itself enters it."""
    return TenantContext(tenant, role, "system:test", human_id=human)


class Servers:
    """The servers of all variants, each started when it is first asked for."""

    def __init__(self, run: TestRun) -> None:
        self._runs = {wanted_version(): run}
        self._own: list[TestRun] = []

    @contextmanager
    def boundary(self, variant: Variant) -> Generator[Boundary]:
        """Provide a database of one variant."""
        if variant.version not in self._runs:
            own = TestRun.begin(start_embedded(variant.version))
            self._runs[variant.version] = own
            self._own.append(own)
        run = self._runs[variant.version]
        with run.database(hardened=variant.hardened) as database:
            settings = database.settings()
            signer = ContextSigner(settings.context_signing_key_id, settings.key("context"))
            yield Boundary(database, signer, variant.hardened)

    def stop(self) -> None:
        """Stop what was started here."""
        for run in self._own:
            run.server.stop()
