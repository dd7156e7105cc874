"""A pool of few connections under strain: no tenant's context ever reaches another's work."""

import os
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from shutil import which
from uuid import UUID

import psycopg
import pytest

from app.api.human.models import Human
from app.api.shared.types import new_id
from app.api.tenant.models import Tenant
from app.core.config import DatabaseLogin, Settings
from app.core.db import Database as Pools
from app.core.tenant_db import (
    Context,
    ContextSigner,
    DatabaseRole,
    Opening,
    PlatformContext,
    TenantContext,
)
from tests.database import PASSWORDS, Database
from tests.isolation.soaking import DEEDS, ROWS, Soak

TENANTS = 4
ROUNDS = 250
AT_ONCE = 12

EVERY_DEED = {deed.__name__ for deed in DEEDS}

PGBOUNCER = which("pgbouncer") or "/usr/sbin/pgbouncer"
HAS_PGBOUNCER = os.access(PGBOUNCER, os.X_OK)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Pools]:
    pools = Pools(settings)
    try:
        yield pools
    finally:
        await pools.close()


async def plant(pools: Pools) -> Sequence[tuple[UUID, str]]:
    """Found the tenants, each with rows that bear its canary."""
    tenants = [(new_id(), f"@canary-{number}.example") for number in range(TENANTS)]
    async with pools.platform(PlatformContext("system:test")) as session:
        for number, (tenant_id, canary) in enumerate(tenants):
            session.add(Tenant(id=tenant_id, name=canary, slug=f"t{number}"))
            await session.flush()
            session.add_all(
                Human(tenant_id=tenant_id, email=f"{row}{canary}") for row in range(ROWS)
            )
    return tenants


async def soaked(settings: Settings, database: Database, seed: int) -> Soak:
    """Run one soak and return what it saw."""

    async def kill(pid: int) -> None:
        async with await psycopg.AsyncConnection.connect(database.admin_dsn) as admin:
            await admin.execute("SELECT pg_terminate_backend(%s)", [pid])

    async with opened(settings) as pools:
        soak = Soak(pools, await plant(pools), kill, seed)
        await soak.run(ROUNDS, at_once=AT_ONCE)
    return soak


def strained(settings: Settings, **changes: object) -> Settings:
    """Return settings with a small pool that is waited for a while."""
    return settings.model_copy(update={"db_pool_timeout_seconds": 5.0, **changes})


@pytest.mark.parametrize("pool_size", [1, 2, 4])
async def test_nothing_crosses_from_tenant_to_tenant(
    settings: Settings, database: Database, pool_size: int
) -> None:
    soak = await soaked(strained(settings, db_pool_size=pool_size), database, seed=pool_size)

    assert soak.leaks == []
    assert soak.tried == EVERY_DEED
    assert soak.done > ROUNDS / 4


async def test_a_pool_survives_the_death_of_all_its_servers(
    settings: Settings, database: Database
) -> None:
    async with opened(strained(settings, db_pool_size=4)) as pools:
        (tenant_id, canary), *_ = await plant(pools)
        context = TenantContext(tenant_id, DatabaseRole.READ_ONLY, "system:soak")
        held = [await pools._tenants.connect() for _ in range(4)]
        for connection in held:
            await connection.close()
        with psycopg.connect(database.admin_dsn) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'edgeos-app_login'"
            )

        failed = 0
        for _ in range(6):
            try:
                async with pools.tenant(context) as session:
                    rows = await session.answer("SELECT h.email FROM app.humans h")
            except psycopg.OperationalError:
                failed += 1

    assert failed <= 1
    assert sorted(str(row[0]) for row in rows) == [f"{n}{canary}" for n in range(ROWS)]


def _naive(
    right_one: Callable[[Context, ContextSigner], Opening], context: Context, signer: ContextSigner
) -> Opening:
    """Open a transaction as a common recipe does: with SET, which outlives it."""
    right = right_one(context, signer)
    if isinstance(context, PlatformContext):
        return right
    begin, _, (enter, params) = right.statements
    settings = ", ".join(
        f"set_config('{name}', current_setting('{name}'), false)"
        for name in ("app.tenant_id", "app.tenant_sig", "app.human_id")
    )
    return Opening(
        (begin, (f"SET ROLE {context.role}", {}), (enter, params), (f"SELECT {settings}", {}))
    )


async def test_a_context_set_for_the_session_would_be_noticed(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Opening, "of", partial(_naive, Opening.of))

    soak = await soaked(strained(settings, db_pool_size=2), database, seed=1)

    assert [leak for leak in soak.leaks if "carried" in leak]
    assert [leak for leak in soak.leaks if "a pooled connection saw" in leak]


@contextmanager
def bouncer(settings: Settings, folder: Path) -> Generator[int]:
    """Run a PgBouncer in transaction mode, with two servers for everybody."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    folder.chmod(0o755)
    users = folder / "users.txt"
    users.write_text("".join(f'"{login}" "{PASSWORDS[login]}"\n' for login in DatabaseLogin))
    config = folder / "pgbouncer.ini"
    server = f"host={settings.postgres_server} port={settings.postgres_port}"
    config.write_text(
        f"[databases]\n{settings.postgres_db} = {server} dbname={settings.postgres_db}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {users}\n"
        "pool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 100\n"
        "ignore_startup_parameters = options,extra_float_digits\n"
        "server_reset_query =\nserver_tls_sslmode = disable\n"
    )
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen(
        [PGBOUNCER, "-q", *user, str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(100):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "PgBouncer did not start"
        time.sleep(0.05)
    raise AssertionError("PgBouncer does not listen")


@pytest.mark.skipif(not HAS_PGBOUNCER, reason="PgBouncer is not installed on this machine")
async def test_nothing_crosses_through_a_pooler_in_transaction_mode(
    settings: Settings, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with bouncer(settings, tmp_path_factory.mktemp("bouncer")) as port:
        through = strained(
            settings,
            postgres_server="127.0.0.1",
            postgres_port=port,
            db_pool_size=6,
            db_prepared_statements=False,
        )
        soak = await soaked(through, database, seed=7)

    assert soak.leaks == []
    assert soak.tried == EVERY_DEED
    assert soak.done > ROUNDS / 4
