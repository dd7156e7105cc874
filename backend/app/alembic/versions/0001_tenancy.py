"""The boundary between tenants: signed context, policies, grants, the audit."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.run_sql_file("0001_tenancy.sql")
    op.run_sql_file("0001_audit.sql")


def downgrade() -> None:
    op.execute("DROP VIEW tenancy.audit")
    op.execute(
        "DROP FUNCTION tenancy.protect(regclass, name, name, name, boolean, boolean),"
        " tenancy.record_change(), tenancy.end_logins(uuid), tenancy.enter_platform(uuid, text),"
        " tenancy.enter(uuid, uuid, uuid, text, text), tenancy.current_tenant()"
    )
    op.execute(
        "DROP TABLE tenancy.definer_functions, tenancy.protected, tenancy.global_tables,"
        " tenancy.keys"
    )
