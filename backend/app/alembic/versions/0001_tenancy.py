"""The boundary between tenants: signed context, policies, grants, the audit."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.run_sql_file("0001_registries.sql")
    op.run_sql_file("0001_context.sql")
    op.run_sql_file("0001_record.sql")
    op.run_sql_file("0001_protect.sql")
    op.run_sql_file("0001_audit.sql")
    op.execute("GRANT SELECT ON tenancy.alembic_version TO platform")


def downgrade() -> None:
    op.run_sql_file("0001_down.sql")
