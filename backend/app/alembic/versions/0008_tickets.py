"""Tickets, and what scanners saw of them."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('tickets',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('payment_line_id', sa.Uuid(), nullable=False),
    sa.Column('unit', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('attendee_id', sa.Uuid(), nullable=False),
    sa.Column('human_id', sa.Uuid(), nullable=False),
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sa.Enum('issued', 'voided', 'exchanged', 'refunded', name='status', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('value_minor', sa.BigInteger(), nullable=False),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('unit > 0', name=op.f('tickets_unit_check')),
    sa.CheckConstraint('value_minor >= 0', name=op.f('tickets_value_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'attendee_id'], ['app.attendees.tenant_id', 'app.attendees.popup_id', 'app.attendees.id'], name=op.f('tickets_tenant_id_popup_id_attendee_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'payment_line_id'], ['app.payment_lines.tenant_id', 'app.payment_lines.popup_id', 'app.payment_lines.id'], name=op.f('tickets_tenant_id_popup_id_payment_line_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'product_id'], ['app.products.tenant_id', 'app.products.popup_id', 'app.products.id'], name=op.f('tickets_tenant_id_popup_id_product_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('tickets_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('tickets_pkey')),
    sa.UniqueConstraint('tenant_id', 'code', name=op.f('tickets_tenant_id_code_key')),
    sa.UniqueConstraint('tenant_id', 'payment_line_id', 'unit', name=op.f('tickets_tenant_id_payment_line_id_unit_key')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', name=op.f('tickets_tenant_id_popup_id_id_key')),
    schema='app',
    info={'human': 'human_id'}
    )
    op.create_index(op.f('ix_tickets_tenant_id_attendee_id'), 'tickets', ['tenant_id', 'attendee_id'], unique=False, schema='app')
    op.create_index(op.f('ix_tickets_tenant_id_human_id'), 'tickets', ['tenant_id', 'human_id'], unique=False, schema='app')
    op.create_index(op.f('ix_tickets_tenant_id_popup_id_status'), 'tickets', ['tenant_id', 'popup_id', 'status'], unique=False, schema='app')
    op.create_index(op.f('ix_tickets_tenant_id_product_id'), 'tickets', ['tenant_id', 'product_id'], unique=False, schema='app')
    op.create_table('check_ins',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('ticket_id', sa.Uuid(), nullable=False),
    sa.Column('scan_id', sa.Uuid(), nullable=False),
    sa.Column('scanned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('scanner', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'ticket_id'], ['app.tickets.tenant_id', 'app.tickets.popup_id', 'app.tickets.id'], name=op.f('check_ins_tenant_id_popup_id_ticket_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id'], ['app.popups.tenant_id', 'app.popups.id'], name=op.f('check_ins_tenant_id_popup_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('check_ins_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('check_ins_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'scan_id', name=op.f('check_ins_tenant_id_popup_id_scan_id_key')),
    schema='app',
    info={'insert_only': True, 'audited': False}
    )
    op.create_index(op.f('ix_check_ins_tenant_id_popup_id_scanned_at'), 'check_ins', ['tenant_id', 'popup_id', 'scanned_at'], unique=False, schema='app')
    op.create_index(op.f('ix_check_ins_tenant_id_ticket_id_scanned_at'), 'check_ins', ['tenant_id', 'ticket_id', 'scanned_at'], unique=False, schema='app')
    op.protect_tenant_table('tickets', human='human_id')
    op.protect_tenant_table('check_ins', audited=False, insert_only=True)


def downgrade() -> None:
    op.unprotect_table('tickets')
    op.unprotect_table('check_ins')
    op.drop_index(op.f('ix_check_ins_tenant_id_ticket_id_scanned_at'), table_name='check_ins', schema='app')
    op.drop_index(op.f('ix_check_ins_tenant_id_popup_id_scanned_at'), table_name='check_ins', schema='app')
    op.drop_table('check_ins', schema='app')
    op.drop_index(op.f('ix_tickets_tenant_id_product_id'), table_name='tickets', schema='app')
    op.drop_index(op.f('ix_tickets_tenant_id_popup_id_status'), table_name='tickets', schema='app')
    op.drop_index(op.f('ix_tickets_tenant_id_human_id'), table_name='tickets', schema='app')
    op.drop_index(op.f('ix_tickets_tenant_id_attendee_id'), table_name='tickets', schema='app')
    op.drop_table('tickets', schema='app')
