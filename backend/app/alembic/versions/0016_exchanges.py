"""An exchange names the passes that it gives up, and what they were worth leaves their orders."""

import sqlalchemy as sa
from alembic import op


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('exchanged_tickets',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('human_id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('value_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('value_minor >= 0', name=op.f('exchanged_tickets_value_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'payment_id', 'human_id'], ['app.payments.tenant_id', 'app.payments.popup_id', 'app.payments.id', 'app.payments.human_id'], name=op.f('exchanged_tickets_tenant_id_popup_id_payment_id_human_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'ticket_id'], ['app.tickets.tenant_id', 'app.tickets.popup_id', 'app.tickets.id'], name=op.f('exchanged_tickets_tenant_id_popup_id_ticket_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('exchanged_tickets_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('exchanged_tickets_pkey')),
    sa.UniqueConstraint('tenant_id', 'payment_id', 'ticket_id', name=op.f('exchanged_tickets_tenant_id_payment_id_ticket_id_key')),
    schema='app',
    info={'human': 'human_id', 'insert_only': True, 'audited': False}
    )
    op.create_index(op.f('ix_exchanged_tickets_tenant_id_ticket_id'), 'exchanged_tickets', ['tenant_id', 'ticket_id'], unique=False, schema='app')
    op.protect_tenant_table('exchanged_tickets', human='human_id', audited=False, insert_only=True)
    op.add_column('payments', sa.Column('exchanged_minor', sa.BigInteger(), server_default=sa.text('0'), nullable=False), schema='app')
    op.protect_tenant_table('payments', human='human_id')
    op.drop_constraint(op.f('payments_credit_returned_check'), 'payments', schema='app')
    op.create_check_constraint(op.f('payments_credit_returned_check'), 'payments', 'credit_returned_minor BETWEEN 0 AND credit_spent_minor + least(returned_value_minor, total_minor)', schema='app')
    op.create_check_constraint(op.f('payments_exchanged_check'), 'payments', 'exchanged_minor >= 0', schema='app')
    op.create_check_constraint(op.f('payments_given_back_check'), 'payments', 'refunded_minor + credit_returned_minor + exchanged_minor <= captured_minor + credit_spent_minor + least(returned_value_minor, total_minor)', schema='app')
    op.run_sql_file('0016_exchanges.sql')


def downgrade() -> None:
    op.execute('DROP FUNCTION tenancy.lock_allotments(uuid[])')
    op.execute('SELECT tenancy.forget_dropped()')
    op.drop_constraint(op.f('payments_given_back_check'), 'payments', schema='app')
    op.drop_constraint(op.f('payments_exchanged_check'), 'payments', schema='app')
    op.drop_constraint(op.f('payments_credit_returned_check'), 'payments', schema='app')
    op.create_check_constraint(op.f('payments_credit_returned_check'), 'payments', 'credit_returned_minor BETWEEN 0 AND credit_spent_minor', schema='app')
    op.drop_column('payments', 'exchanged_minor', schema='app')
    op.protect_tenant_table('payments', human='human_id')
    op.unprotect_table('exchanged_tickets')
    op.drop_index(op.f('ix_exchanged_tickets_tenant_id_ticket_id'), table_name='exchanged_tickets', schema='app')
    op.drop_table('exchanged_tickets', schema='app')
