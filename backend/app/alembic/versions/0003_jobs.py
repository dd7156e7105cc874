"""The job queue in its own schema, and the log of mail."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The library's file names no schema, so the search path says where its objects go.
    op.execute("SET LOCAL search_path = jobs, pg_catalog, pg_temp")
    op.run_sql_file("0003_jobs_procrastinate.sql")
    op.execute("SET LOCAL search_path = DEFAULT")
    op.run_sql_file("0003_jobs.sql")
    op.create_table(
        "mail_messages",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("variables", sa.JSON(), nullable=True),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'sent', 'failed')", name=op.f("mail_messages_status_check")
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("mail_messages_attempts_check")),
        sa.CheckConstraint(
            "(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("mail_messages_sent_at_check")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["app.tenants.id"], name=op.f("mail_messages_tenant_id_fkey")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("mail_messages_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("ix_mail_messages_tenant_id_created_at"),
        "mail_messages",
        ["tenant_id", "created_at"],
        schema="app",
    )
    op.protect_tenant_table("mail_messages", audited=False)


def downgrade() -> None:
    op.unprotect_table("mail_messages")
    op.drop_table("mail_messages", schema="app")
    op.execute(
        "DROP FUNCTION tenancy.defer_job(text, jsonb, text, timestamptz, text),"
        " tenancy.defer_platform_job(text, jsonb, text, timestamptz, text, uuid)"
    )
    op.run_sql_file("0003_jobs_down.sql")
