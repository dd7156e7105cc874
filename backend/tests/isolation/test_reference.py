"""Random steps of two tenants agree with a dictionary, and no weaker boundary does."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.core.config import DatabaseLogin
from tests.isolation.boundary import ACME, GLOBEX, HERE, Boundary, Servers
from tests.isolation.reference import ReferenceModel

QUICK = settings(
    max_examples=25,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

FOUND = (
    "INSERT INTO app.tenants (id, name, slug, status, default_currency, default_timezone)"
    " VALUES (%s, 'T', %s, 'active', 'EUR', 'UTC')"
)

MUTANTS = {
    "a floor for anybody's rows": (
        "ALTER POLICY tenant_floor ON app.humans USING (true);"
        " ALTER POLICY tenant_access ON app.humans USING (true)"
    ),
    "a check for anybody's rows": (
        "ALTER POLICY tenant_floor ON app.humans WITH CHECK (true);"
        " ALTER POLICY tenant_access ON app.humans WITH CHECK (true)"
    ),
    "published is published to all": (
        "DROP POLICY public_floor ON app.popups; DROP POLICY human_floor ON app.popups"
    ),
    "humans see humans": "ALTER POLICY human_access ON app.humans USING (true)",
    "no row-level security": "ALTER TABLE app.humans DISABLE ROW LEVEL SECURITY",
    "a key for all tenants": "CREATE UNIQUE INDEX ON app.humans (id)",
    "a trigger that goes further": (
        "CREATE FUNCTION app.further() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
        " BEGIN DELETE FROM app.humans WHERE id = OLD.id AND tenant_id <> OLD.tenant_id;"
        " RETURN NULL; END $$; CREATE TRIGGER further AFTER DELETE ON app.humans FOR EACH ROW"
        " EXECUTE FUNCTION app.further()"
    ),
    "a plan that keeps its first tenant": (
        "CREATE FUNCTION app.kept() RETURNS uuid LANGUAGE sql IMMUTABLE"
        " AS $$SELECT current_setting('app.tenant_id')::uuid$$;"
        " ALTER POLICY reader_floor ON app.humans USING (true);"
        " ALTER POLICY tenant_floor ON app.humans USING (tenant_id = app.kept());"
        " ALTER POLICY tenant_access ON app.humans USING (tenant_id = app.kept())"
    ),
}


@contextmanager
def at_work(boundary: Boundary) -> Generator[type[ReferenceModel]]:
    """Bind the machine to a database: one connection of tenants, one of the platform."""
    with (
        boundary.login() as app,
        psycopg.connect(boundary.database.dsn(DatabaseLogin.PLATFORM), autocommit=True) as platform,
    ):
        app.execute("SET plan_cache_mode = force_generic_plan")
        platform.execute("SET ROLE platform")
        for tenant, slug in ((ACME, "acme"), (GLOBEX, "globex")):
            platform.execute(FOUND.encode(), [tenant, slug])
        bound = {"boundary": boundary, "app": app, "platform": platform}
        yield type("BoundModel", (ReferenceModel,), bound)


def test_random_steps_agree_with_a_dictionary(servers: Servers) -> None:
    with servers.boundary(HERE) as boundary, at_work(boundary) as machine:
        run_state_machine_as_test(machine, settings=QUICK)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_random_steps_find(servers: Servers, mutant: str) -> None:
    with servers.boundary(HERE) as boundary:
        with psycopg.connect(boundary.database.admin_dsn) as admin:
            admin.execute(MUTANTS[mutant].encode())

        with at_work(boundary) as machine, pytest.raises(AssertionError):
            run_state_machine_as_test(machine, settings=QUICK)
