"""Store credit as a ledger, and a counter for everything that is limited already."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.run_sql_file("0010_credit.sql")


def downgrade() -> None:
    op.execute("DROP TRIGGER move_credit ON app.credit_entries")
    op.execute("DROP TRIGGER keep_credit ON app.applications")
    op.execute("DROP FUNCTION tenancy.move_credit(), tenancy.keep_credit()")
