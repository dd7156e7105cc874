"""Brings a database from nothing to served: roles, schema, the key of the signed context."""

import psycopg

from app.alembic import runner
from app.core.bootstrap import bootstrap
from app.core.config import DatabaseLogin, Settings
from app.core.tenant_db import ContextSigner


def provision(settings: Settings, *, revision: str = "head") -> None:
    """Create the roles, migrate to a revision (the newest) and install the signing key.

    Can be run again at any time; that is also how a deployment migrates.

    Raises:
        BootstrapRefused: the administrator cannot connect or may not do what it takes.
    """
    passwords = {login: settings.login_password(login) for login in DatabaseLogin}
    bootstrap(settings.admin_dsn, passwords, hardened=settings.hardened)
    runner.upgrade(settings.migrator_dsn, revision)
    install_signing_key(settings)


def install_signing_key(settings: Settings) -> None:
    """Let the database verify contexts signed with the present key.

    To rotate, change ``CONTEXT_SIGNING_KEY`` and ``CONTEXT_SIGNING_KEY_ID`` together: the
    old key keeps working for processes that still use it, until it is retired by hand.
    """
    signer = ContextSigner(settings.context_signing_key_id, settings.key("context"))
    kid, inner, outer = signer.padded_keys
    with psycopg.connect(settings.migrator_dsn) as connection:
        connection.execute("SET LOCAL ROLE app_owner")
        connection.execute(
            "INSERT INTO tenancy.keys (kid, ipad, opad) VALUES (%s, %s, %s)"
            " ON CONFLICT (kid) DO UPDATE SET ipad = excluded.ipad, opad = excluded.opad,"
            " not_after = 'infinity'",
            [kid, inner, outer],
        )
