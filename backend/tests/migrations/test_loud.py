"""A migration that would open the boundary, or that would silently do nothing, fails."""

from uuid import UUID

import psycopg
import pytest
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from app.alembic import runner
from tests.isolation.boundary import ACME, GLOBEX
from tests.isolation.rows import plant
from tests.migrations.drafts import Drafts

CREATE = """
op.execute("CREATE TABLE app.notes (tenant_id uuid NOT NULL REFERENCES app.tenants (id),"
           " id uuid NOT NULL, user_id uuid, PRIMARY KEY (tenant_id, id))")
"""

PEEK = """
op.execute("CREATE FUNCTION app.peek() RETURNS int LANGUAGE sql SECURITY DEFINER"
           " SET search_path = pg_catalog, pg_temp AS 'SELECT 1'")
op.execute("GRANT EXECUTE ON FUNCTION app.peek() TO tenant_rw")
"""

TENANTLESS = f"""{CREATE}
op.execute("CREATE UNIQUE INDEX users_id ON app.users (id)")
op.create_foreign_key(None, "notes", "users", ["user_id"], ["id"],
                      source_schema="app", referent_schema="app")
op.protect_tenant_table("notes")
"""

BAD = {
    "a table nobody protected": (CREATE, "T01", "app.notes"),
    "TRUNCATE for staff": (
        'op.execute("GRANT TRUNCATE ON app.users TO tenant_rw")',
        "T07",
        "app.users",
    ),
    "a dropped policy": (
        'op.execute("DROP POLICY tenant_floor ON app.users")',
        "T04",
        "app.users",
    ),
    "a reference without the tenant": (TENANTLESS, "K01", "app.notes"),
    "a function with the owner's rights": (PEEK, "F01", "app.peek()"),
    "a view with the owner's eyes": (
        'op.execute("CREATE VIEW app.peek AS SELECT * FROM app.users")',
        "V01",
        "app.peek",
    ),
}


def plant_two(drafts: Drafts) -> None:
    """Give two tenants a row in every table."""
    with psycopg.connect(drafts.database.platform_dsn) as connection:
        connection.execute("SET LOCAL ROLE platform")
        for tenant in (ACME, GLOBEX):
            plant(connection, tenant, word="alike")


@pytest.mark.parametrize("name", BAD)
def test_a_migration_that_opens_the_boundary_changes_nothing(drafts: Drafts, name: str) -> None:
    upgrade, code, opened = BAD[name]
    drafts.write(upgrade)

    with pytest.raises(CommandError) as refused:
        drafts.upgrade()

    assert f"{code} " in str(refused.value)
    assert f"{opened}" in str(refused.value)
    assert runner.current(drafts.database.migrator_dsn) == runner.head()
    assert drafts.findings == []
    assert drafts.ask("SELECT to_regclass('app.notes')::text") == [(None,)]


def test_an_orphan_is_found_when_a_reference_is_added(drafts: Drafts) -> None:
    plant_two(drafts)
    drafts.write(CREATE + 'op.protect_tenant_table("notes")', revision="draft1")
    drafts.upgrade()
    drafts.ask(
        "INSERT INTO app.notes SELECT %s, gen_random_uuid(), gen_random_uuid() RETURNING 1", ACME
    )
    drafts.write(
        'op.create_tenant_foreign_key("notes", "users", ["user_id"], ["id"])', revision="draft2"
    )

    with pytest.raises(IntegrityError, match="notes_tenant_id_user_id_fkey"):
        drafts.upgrade()

    assert drafts.findings == []


def test_a_reference_that_holds_is_added_and_the_tables_stay_forced(drafts: Drafts) -> None:
    plant_two(drafts)
    drafts.write(CREATE + 'op.protect_tenant_table("notes")', revision="draft1")
    drafts.upgrade()
    drafts.ask(
        "INSERT INTO app.notes SELECT tenant_id, gen_random_uuid(), id FROM app.users RETURNING 1"
    )
    drafts.write(
        'op.create_tenant_foreign_key("notes", "users", ["user_id"], ["id"], ondelete="CASCADE")',
        'op.drop_constraint("notes_tenant_id_user_id_fkey", "notes", schema="app")',
        revision="draft2",
    )

    drafts.upgrade()

    assert drafts.findings == []
    assert drafts.ask(
        "SELECT convalidated FROM pg_constraint WHERE conname = 'notes_tenant_id_user_id_fkey'"
    ) == [(True,)]
    drafts.downgrade("draft1")
    assert drafts.findings == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE app.users SET name = 'x'",
        "DELETE FROM app.mail_messages",
        "CREATE TABLE app.kept AS SELECT * FROM app.users",
        "INSERT INTO app.users SELECT * FROM app.users",
    ],
)
def test_a_statement_that_the_owner_would_run_on_no_row_fails(
    drafts: Drafts, statement: str
) -> None:
    plant_two(drafts)
    drafts.write(f'op.execute("{statement}")')

    with pytest.raises(ProgrammingError, match="row-level security"):
        drafts.upgrade()


def test_a_backfill_reaches_every_tenant_and_is_recorded(drafts: Drafts) -> None:
    plant_two(drafts)
    drafts.write(
        'with op.as_platform("system:rename"):\n'
        "    op.execute(\"UPDATE app.users SET name = 'renamed'\")\n"
        "op.execute(\"COMMENT ON TABLE app.users IS 'as the owner again'\")"
    )

    drafts.upgrade()

    assert drafts.ask("SELECT tenant_id, name FROM app.users ORDER BY 1") == [
        (GLOBEX, "renamed"),
        (ACME, "renamed"),
    ]
    assert drafts.ask(
        "SELECT DISTINCT actor, changes ->> 'name' FROM app.audit_log"
        " WHERE table_name = 'users' AND action = 'update'"
    ) == [("system:rename", '["alike", "renamed"]')]


def test_a_migration_gives_up_on_a_lock_soon(drafts: Drafts) -> None:
    drafts.write('op.execute("ALTER TABLE app.users ADD note text")')
    with psycopg.connect(drafts.database.admin_dsn) as reader:
        reader.execute("LOCK TABLE app.users IN ACCESS SHARE MODE")

        with pytest.raises(DBAPIError, match="lock timeout"):
            drafts.upgrade()


def test_a_tables_registration_goes_with_it(drafts: Drafts) -> None:
    drafts.write(
        CREATE + 'op.protect_tenant_table("notes")',
        'op.execute("DROP TABLE app.notes")',
    )
    drafts.upgrade()

    drafts.downgrade(runner.head())

    registered = drafts.ask(
        "SELECT relid::text FROM tenancy.protected WHERE relid::text ~ '^[0-9]'"
    )
    assert registered == []
    assert drafts.findings == []


def test_a_partition_is_protected_with_its_parent(drafts: Drafts) -> None:
    drafts.write(
        'op.execute("CREATE TABLE app.parted (tenant_id uuid NOT NULL, id uuid NOT NULL,'
        ' PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id)")\n'
        'op.execute("CREATE TABLE app.part PARTITION OF app.parted'
        ' FOR VALUES WITH (MODULUS 1, REMAINDER 0)")\n'
        'op.protect_tenant_table("parted", audited=False)',
    )

    drafts.upgrade()

    assert drafts.findings == []
    assert drafts.ask(
        "SELECT has_table_privilege('tenant_rw', 'app.parted', 'SELECT'),"
        " has_table_privilege('tenant_rw', 'app.part', 'SELECT')"
    ) == [(True, False)]


def test_a_partition_that_is_attached_later_must_be_protected(drafts: Drafts) -> None:
    drafts.write(
        'op.execute("CREATE TABLE app.parted (tenant_id uuid NOT NULL, id uuid NOT NULL,'
        ' PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id)")\n'
        'op.protect_tenant_table("parted", audited=False)\n'
        'op.execute("CREATE TABLE app.part (LIKE app.parted INCLUDING ALL)")\n'
        'op.execute("ALTER TABLE app.parted ATTACH PARTITION app.part'
        ' FOR VALUES WITH (MODULUS 1, REMAINDER 0)")'
    )

    with pytest.raises(CommandError, match=r"T01 .*app\.part"):
        drafts.upgrade()


def test_the_audited_tables_of_the_platform_name_who_changed_them(drafts: Drafts) -> None:
    with psycopg.connect(drafts.database.platform_dsn) as connection:
        connection.execute("SET LOCAL ROLE platform")
        connection.execute("SELECT tenancy.enter_platform(NULL, 'operator:x')")
        connection.execute(
            "INSERT INTO app.operators (id, email, name) VALUES (%s, 'a@example.com', '')",
            [UUID(int=1)],
        )

    assert drafts.ask("SELECT actor, action, table_name FROM app.platform_audit_log") == [
        ("operator:x", "insert", "operators")
    ]
