"""Real databases for tests: one migrated template per run, and a clone of it per test.

Everything a run makes carries the run's name, so that runs can share a server and each
drops its own. Commits are real, and so are the logins: what a test sees is what
production does.
"""

import os
import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from app.alembic.provision import provision
from app.core.config import DatabaseLogin, Environment, Settings
from tests.servers import Server

PREFIX = "edgeos_test_"

PASSWORDS = {
    DatabaseLogin.APP: "password-of-app-login-in-tests",
    DatabaseLogin.PLATFORM: "password-of-platform-login-in-tests",
    DatabaseLogin.MIGRATOR: "password-of-app-migrator-in-tests",
}
"""Roles belong to the cluster, so every run on it agrees on their passwords."""

HOURS_UNTIL_ABANDONED = 12
"""A run that was killed leaves its databases on a server that outlives it."""

TEMPLATE_LOCK = 0x65646765
"""The advisory lock under which the first worker builds the template."""


WATCHED = "app", "jobs"
"""The schemas in which a refused request may change nothing."""

COUNTS = "login_attempts"
"""What counts refused requests, and so is changed by them."""

Contents: TypeAlias = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Database:
    """One test's own database; gone when the test ends."""

    name: str
    server: Server

    @property
    def admin_dsn(self) -> str:
        """The superuser's connection string: for arranging what no role of ours may."""
        return self.server.dsn(self.name)

    @property
    def app_dsn(self) -> str:
        """As the application connects for tenants."""
        return self.dsn(DatabaseLogin.APP)

    @property
    def platform_dsn(self) -> str:
        """As the application connects for operators and jobs."""
        return self.dsn(DatabaseLogin.PLATFORM)

    @property
    def migrator_dsn(self) -> str:
        """As migrations connect."""
        return self.dsn(DatabaseLogin.MIGRATOR)

    def dsn(self, login: DatabaseLogin) -> str:
        """Return a login's connection string."""
        return self.settings().dsn(login)

    def contents(self) -> Contents:
        """Return what every table holds, as a count and a sum of hashes."""
        with psycopg.connect(self.admin_dsn) as admin:
            tables = admin.execute(
                "SELECT relnamespace::regnamespace::text, relname FROM pg_class"
                " WHERE relkind = 'r' AND relnamespace::regnamespace::text = ANY (%s)"
                " AND relname <> %s",
                [list(WATCHED), COUNTS],
            ).fetchall()
            parts = [
                sql.SQL(
                    "SELECT {}, count(*), coalesce(sum(hashtext(t::text)), 0) FROM {} t"
                ).format(sql.Literal(f"{schema}.{name}"), sql.Identifier(schema, name))
                for schema, name in tables
            ]
            rows = admin.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall()
        return {name: (count, int(hashed)) for name, count, hashed in rows}

    def settings(self, var_dir: Path = Path("/nonexistent"), **overrides: object) -> Settings:
        """Return settings that point here; nothing is read from the environment."""
        address = conninfo_to_dict(self.admin_dsn)
        values: dict[str, object] = {
            "environment": Environment.TEST,
            "postgres_server": address.get("host", "localhost"),
            "postgres_port": int(address.get("port") or 5432),
            "postgres_user": address.get("user", "postgres"),
            "postgres_password": SecretStr(str(address.get("password", ""))),
            "postgres_db": self.name,
            "postgres_ssl_mode": address.get("sslmode", "prefer"),
            "app_db_password": SecretStr(PASSWORDS[DatabaseLogin.APP]),
            "platform_db_password": SecretStr(PASSWORDS[DatabaseLogin.PLATFORM]),
            "migrator_db_password": SecretStr(PASSWORDS[DatabaseLogin.MIGRATOR]),
            "secret_key": SecretStr("secret-key-of-the-tests-0123456789abcdef"),
            "superadmin": "operator@example.com",
            "db_pool_size": 3,
            "var_dir": var_dir,
            "storage_backend": "local",
        }
        return GivenSettings.model_validate(values | overrides)


class GivenSettings(Settings):
    """Settings that know what they are given and read neither environment nor file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave every source out but the arguments."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


@dataclass(frozen=True)
class TestRun:
    """What this run makes on its server, shared by all its workers."""

    __test__ = False

    server: Server
    name: str

    @classmethod
    def begin(cls, server: Server) -> "TestRun":
        """Name a new run, after clearing what runs killed long ago left behind."""
        drop_abandoned(server)
        return cls(server, f"{PREFIX}{int(time.time())}_{uuid4().hex[:6]}_")

    @contextmanager
    def database(self, *, hardened: bool) -> Generator[Database]:
        """Provide a database of its own: a clone of the run's migrated template."""
        template = self.template(hardened=hardened)
        name = f"{self.name}{uuid4().hex[:12]}"
        with psycopg.connect(self.server.admin_dsn, autocommit=True) as admin:
            clone(admin, template, name)
            try:
                yield Database(name, self.server)
            finally:
                drop(admin, name)

    @contextmanager
    def empty_database(self) -> Generator[Database]:
        """Provide a database with nothing in it: for tests of migrations themselves."""
        name = f"{self.name}{uuid4().hex[:12]}"
        with psycopg.connect(self.server.admin_dsn, autocommit=True) as admin:
            create(admin, name)
            try:
                yield Database(name, self.server)
            finally:
                drop(admin, name)

    def template(self, *, hardened: bool) -> str:
        """Return the name of the migrated template; whoever comes first builds it."""
        name = f"{self.name}template_{'hardened' if hardened else 'plain'}"
        with psycopg.connect(self.server.admin_dsn, autocommit=True) as admin:
            admin.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
            state = admin.execute(
                "SELECT datallowconn FROM pg_database WHERE datname = %s", [name]
            ).fetchone()
            if state == (False,):
                return name
            if state is not None:  # its builder died half way
                drop(admin, name)
            create(admin, name)
            migrate(Database(name, self.server), hardened=hardened)
            # Closed for good: a template with a visitor cannot be cloned.
            admin.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
            )
        return name

    def end(self) -> None:
        """Drop all that the run made."""
        with psycopg.connect(self.server.admin_dsn, autocommit=True) as admin:
            for name in names_like(admin, self.name):
                drop(admin, name)


def create(admin: psycopg.Connection, name: str) -> None:
    """Create an empty database that orders text by code point, as the embedded server does."""
    if admin.info.server_version >= 170000:
        locale = sql.SQL("LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'")
    else:
        locale = sql.SQL("LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
    admin.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' {}").format(
            sql.Identifier(name), locale
        )
    )


def clone(admin: psycopg.Connection, template: str, name: str) -> None:
    """Copy a database with its rights and its settings, which CREATE DATABASE leaves out."""
    admin.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )
    statements = admin.execute(
        """
        SELECT format('REVOKE ALL ON DATABASE %%I FROM PUBLIC', %(new)s::text)
        UNION ALL
        SELECT format('GRANT %%s ON DATABASE %%I TO %%s', privilege_type, %(new)s,
                      CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
        FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
        WHERE datname = %(template)s
        UNION ALL
        SELECT format('ALTER ROLE %%s IN DATABASE %%I SET %%I = %%L',
                      CASE WHEN setrole = 0 THEN 'ALL' ELSE setrole::regrole::text END,
                      %(new)s, split_part(entry, '=', 1), substr(entry, strpos(entry, '=') + 1))
        FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase,
             unnest(setconfig) AS entry
        WHERE datname = %(template)s
        """,
        {"new": name, "template": template},
    )
    admin.execute("; ".join(text for (text,) in statements).encode())


def drop(admin: psycopg.Connection, name: str) -> None:
    """Drop a database whoever is still connected to it."""
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def drop_abandoned(server: Server) -> None:
    """Drop what runs left that were killed on a server which outlived them."""
    oldest = time.time() - HOURS_UNTIL_ABANDONED * 3600
    with psycopg.connect(server.admin_dsn, autocommit=True) as admin:
        for name in names_like(admin, PREFIX):
            made = re.match(rf"{PREFIX}(\d+)_", name)
            if made and int(made[1]) < oldest:
                drop(admin, name)


def names_like(admin: psycopg.Connection, prefix: str) -> list[str]:
    """Return the databases whose names start so."""
    rows = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
    return [name for (name,) in rows]


def forget_the_environment() -> None:
    """Take every setting out of the environment: a test sees only what it was given."""
    for name in Settings.model_fields:
        os.environ.pop(name.upper(), None)


def migrate(database: Database, *, hardened: bool) -> None:
    """Create the roles and bring an empty database to the newest revision."""
    provision(database.settings(hardened=hardened))
