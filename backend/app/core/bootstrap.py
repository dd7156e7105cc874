"""What an administrator does once for a cluster and a database, before any migration.

It creates the roles, gives the logins their passwords, takes away what Postgres gives to
everybody and makes the schemas. It may run at every start: what is already so stays so.
"""

import random
import time
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import psycopg
from psycopg import sql

from app.core.config import DatabaseLogin
from app.core.hardening import harden

LoginPasswords: TypeAlias = Mapping[DatabaseLogin, str]

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]

OWNER = "app_owner"
TENANT_ROLES = ("tenant_rw", "tenant_ro", "tenant_human", "tenant_public")
PLATFORM = "platform"
ROLES = (OWNER, *TENANT_ROLES, PLATFORM)

MAY_BECOME: Mapping[DatabaseLogin, tuple[str, ...]] = {
    DatabaseLogin.MIGRATOR: (OWNER, PLATFORM),
    DatabaseLogin.APP: TENANT_ROLES,
    DatabaseLogin.PLATFORM: (PLATFORM,),
}
"""The only roles each login may take on, by SET ROLE alone: it inherits none of them."""

ROLE_SETTINGS: tuple[tuple[DatabaseLogin, str, str], ...] = (
    *((login, "TimeZone", "UTC") for login in DatabaseLogin),
    # A migration that row-level security would silently filter fails instead.
    (DatabaseLogin.MIGRATOR, "row_security", "off"),
)

SCHEMAS: Mapping[str, tuple[str, ...]] = {
    "app": (*TENANT_ROLES, PLATFORM),
    "tenancy": (*TENANT_ROLES, PLATFORM),
    "jobs": (PLATFORM,),
}
"""Each schema and who may look into it."""

BOOTSTRAP_LOCK = 0x65646765_6F73
"""Serialises starts on one database; "edgeos" in ASCII."""

ROLE_OPTIONS_SINCE = 160000
"""The first server version whose role grants have options of their own."""

TRIES = 30

COLLISIONS = (
    psycopg.errors.InternalError_,
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateObject,
    psycopg.errors.DeadlockDetected,
)
"""How Postgres reports that another database's bootstrap changed the same role just now.

Advisory locks belong to one database and roles to all of them, so the lock cannot help.
"""


class BootstrapRefused(RuntimeError):
    """The database could not be prepared; the message says what the administrator lacks."""


def bootstrap(admin_dsn: str, passwords: LoginPasswords, *, hardened: bool) -> None:
    """Prepare a cluster and one of its databases for migrations.

    The administrator owns the database and may create roles; a superuser is needed only
    for ``hardened``, which also takes from everybody the functions that injected SQL would
    use and protects tables that are made outside of migrations.

    Raises:
        BootstrapRefused: the database is missing, or the administrator may not do this.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with _connect(admin_dsn) as admin, admin.transaction():
                _prepare(admin, passwords, hardened=hardened)
        except COLLISIONS as error:
            if attempt == TRIES:
                raise BootstrapRefused(f"The roles keep changing under us: {error}") from error
            time.sleep(random.uniform(0.02, 0.2))  # noqa: S311 - spreads the tries, no secret
        except psycopg.errors.InsufficientPrivilege as error:
            raise BootstrapRefused(
                f"The administrator's rights do not suffice ({error.diag.message_primary}); it"
                " must own the database, have CREATEROLE, and have made the roles itself"
            ) from error
        else:
            return


def _connect(admin_dsn: str) -> Connection:
    try:
        return psycopg.connect(admin_dsn, autocommit=True)
    except psycopg.OperationalError as error:
        raise BootstrapRefused(
            f"The database cannot be reached as its administrator: {str(error).strip()}"
        ) from error


def _prepare(admin: Connection, passwords: LoginPasswords, *, hardened: bool) -> None:
    is_superuser = _one(admin, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if hardened and not is_superuser:
        raise BootstrapRefused(
            f"HARDENED needs a superuser, and {admin.info.user} is none; the tenants are"
            " kept apart without it too"
        )
    admin.execute("SELECT pg_advisory_xact_lock(%s)", [BOOTSTRAP_LOCK])
    admin.execute("SET LOCAL search_path = pg_catalog, pg_temp")
    for role in ROLES:
        _ensure_role(admin, role, login=False)
    for login, roles in MAY_BECOME.items():
        _ensure_role(admin, login, login=True)
        for role in roles:
            _ensure_membership(admin, login, role)
    for login, name, value in ROLE_SETTINGS:
        _ensure_setting(admin, login, name, value)
    for login in DatabaseLogin:
        _set_password(admin, login, passwords[login])
    _close_the_database(admin, is_superuser=bool(is_superuser))
    _make_schemas(admin)
    if hardened:
        harden(admin)
    _refuse_if_still_open(admin)


def _one(admin: Connection, query: str, params: Sequence[object] = ()) -> object:
    row = admin.execute(query.encode(), params).fetchone()
    return row[0] if row else None


def _ensure_role(admin: Connection, role: str, *, login: bool) -> None:
    """Create the role, or take from it whatever it should not have."""
    wanted = {"rolcanlogin": login, "rolinherit": not login}
    wanted |= dict.fromkeys(
        ("rolsuper", "rolbypassrls", "rolcreatedb", "rolcreaterole", "rolreplication"), False
    )
    found = admin.execute(
        "SELECT rolcanlogin, rolinherit, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,"
        " rolreplication FROM pg_roles WHERE rolname = %s",
        [role],
    ).fetchone()
    if found is None:
        create = "CREATE ROLE {} LOGIN NOINHERIT" if login else "CREATE ROLE {} NOLOGIN INHERIT"
        admin.execute(sql.SQL(create).format(sql.Identifier(role)))
        return
    for (attribute, value), now in zip(wanted.items(), found, strict=True):
        if now is not value:
            word = attribute.removeprefix("rol").upper().replace("CANLOGIN", "LOGIN")
            word = word.replace("SUPER", "SUPERUSER")
            option = sql.SQL(word if value else f"NO{word}")  # ty: ignore[invalid-argument-type]  # a constant of this module
            admin.execute(sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(role), option))


def _ensure_membership(admin: Connection, login: str, role: str) -> None:
    """Let the login take on the role by SET ROLE, and in no other way."""
    has_options = admin.info.server_version >= ROLE_OPTIONS_SINCE
    options = "AND m.set_option AND NOT m.inherit_option" if has_options else ""
    is_so = _one(
        admin,
        f"SELECT true FROM pg_auth_members m WHERE m.roleid = %s::regrole"  # noqa: S608 - constant
        f" AND m.member = %s::regrole AND NOT m.admin_option {options}",
        [role, login],
    )
    if is_so:
        return
    suffix = " WITH INHERIT FALSE, SET TRUE" if has_options else ""
    admin.execute(
        sql.SQL("GRANT {} TO {}" + suffix).format(sql.Identifier(role), sql.Identifier(login))
    )


def _ensure_setting(admin: Connection, login: str, name: str, value: str) -> None:
    entry = f"{name}={value}"
    is_so = _one(
        admin,
        "SELECT true FROM pg_db_role_setting"
        " WHERE setdatabase = 0 AND setrole = %s::regrole AND %s = ANY (setconfig)",
        [login, entry],
    )
    if not is_so:
        admin.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(
                sql.Identifier(login), sql.Identifier(name), sql.Literal(value)
            )
        )


def _set_password(admin: Connection, login: str, password: str) -> None:
    """Store a SCRAM verifier made here, so that no server log ever holds the password."""
    verifier = admin.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
    admin.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(login), sql.Literal(verifier.decode())
        )
    )


def _close_the_database(admin: Connection, *, is_superuser: bool) -> None:
    """Take from everybody what Postgres gives to everybody, TEMPORARY included.

    An unqualified name in a query could be captured by a temporary table.
    """
    database = sql.Identifier(admin.info.dbname)
    logins = sql.SQL(", ").join(map(sql.Identifier, DatabaseLogin))
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, logins))
    if _one(admin, "SELECT to_regnamespace('public') IS NOT NULL"):
        admin.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    if is_superuser:  # the language belongs to whoever made the cluster
        admin.execute("REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC")
        admin.execute(
            sql.SQL("GRANT USAGE ON LANGUAGE plpgsql TO {}").format(sql.Identifier(OWNER))
        )


def _make_schemas(admin: Connection) -> None:
    """Make the schemas as their owner, whom a mere administrator becomes for the moment."""
    owner = sql.Identifier(OWNER)
    may_become = _one(admin, "SELECT pg_has_role(current_user, %s, 'MEMBER')", [OWNER])
    has_options = admin.info.server_version >= ROLE_OPTIONS_SINCE
    if has_options:
        may_become = _one(admin, "SELECT pg_has_role(current_user, %s, 'SET')", [OWNER])
    if not may_become:
        suffix = " WITH INHERIT FALSE, SET TRUE" if has_options else ""
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER" + suffix).format(owner))
    for schema, visitors in SCHEMAS.items():
        name = sql.Identifier(schema)
        admin.execute(
            sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(name, owner)
        )
        if _one(
            admin,
            "SELECT nspowner <> %s::regrole FROM pg_namespace WHERE nspname = %s",
            [OWNER, schema],
        ):
            admin.execute(sql.SQL("ALTER SCHEMA {} OWNER TO {}").format(name, owner))
        admin.execute(sql.SQL("SET LOCAL ROLE {}").format(owner))
        roles = sql.SQL(", ").join(map(sql.Identifier, visitors))
        admin.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(name, roles))
        # Not per schema: only the form without one can take away what Postgres gives.
        admin.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
        admin.execute("RESET ROLE")
    if not may_become:
        admin.execute(sql.SQL("REVOKE {} FROM CURRENT_USER").format(owner))


def _refuse_if_still_open(admin: Connection) -> None:
    """Check what Postgres answers with a mere warning when the rights do not suffice."""
    login = DatabaseLogin.APP.value
    is_open = _one(
        admin,
        "SELECT has_database_privilege(%s, current_database(), 'TEMPORARY, CREATE')"
        " OR (to_regnamespace('public') IS NOT NULL"
        " AND has_schema_privilege(%s, to_regnamespace('public'), 'CREATE'))",
        [login, login],
    )
    if is_open:
        raise BootstrapRefused(
            f"{admin.info.user} could not revoke TEMPORARY and CREATE on database"
            f" {admin.info.dbname} from PUBLIC; run this as the database's owner"
        )
