"""The platform forgets what providers told long ago."""

from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f('ix_webhook_events_tenant_id_received_at'), 'webhook_events', ['tenant_id', 'received_at'], unique=False, schema='app')
    op.protect_tenant_table('webhook_events', audited=False)
    op.run_sql_file('0018_forgetting.sql')


def downgrade() -> None:
    op.execute('DROP TRIGGER keep_events ON app.webhook_events')
    op.execute('DROP FUNCTION tenancy.keep_events()')
    op.execute('SELECT tenancy.forget_dropped()')
    op.protect_tenant_table('webhook_events', audited=False, insert_only=True)
    op.drop_index(op.f('ix_webhook_events_tenant_id_received_at'), table_name='webhook_events', schema='app')
