"""Deposits are held on cards while applications wait."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

STATUS = "status IN ('open', 'underway', {}'paid', 'failed', 'cancelled', 'closed')"


def upgrade() -> None:
    op.create_table('card_holds',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('human_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Enum('opening', 'held', 'capturing', 'captured', 'releasing', 'released', 'failed', 'expired', name='status', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('returned_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('provider', sa.Enum('manual', 'sandbox', 'simplefi', 'stripe', name='provider', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('provider_reference', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('checkout_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('held_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f('card_holds_currency_check')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('card_holds_amount_check')),
    sa.CheckConstraint('returned_minor BETWEEN 0 AND amount_minor', name=op.f('card_holds_returned_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'application_id', 'human_id'], ['app.applications.tenant_id', 'app.applications.popup_id', 'app.applications.id', 'app.applications.human_id'], name=op.f('card_holds_tenant_id_popup_id_application_id_human_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'currency'], ['app.popups.tenant_id', 'app.popups.id', 'app.popups.currency'], name=op.f('card_holds_tenant_id_popup_id_currency_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('card_holds_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('card_holds_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', name=op.f('card_holds_tenant_id_popup_id_id_key')),
    schema='app',
    info={'human': 'human_id'}
    )
    op.create_index('card_holds_live_key', 'card_holds', ['tenant_id', 'application_id'], unique=True, schema='app', postgresql_where=sa.text("status IN ('opening', 'held', 'capturing')"))
    op.create_index('card_holds_provider_reference_key', 'card_holds', ['tenant_id', 'provider', 'provider_reference'], unique=True, schema='app', postgresql_where=sa.text('provider_reference IS NOT NULL'))
    op.create_index(op.f('ix_card_holds_tenant_id_application_id'), 'card_holds', ['tenant_id', 'application_id'], unique=False, schema='app')
    op.create_index(op.f('ix_card_holds_tenant_id_human_id'), 'card_holds', ['tenant_id', 'human_id'], unique=False, schema='app')
    op.create_index(op.f('ix_card_holds_tenant_id_popup_id_status'), 'card_holds', ['tenant_id', 'popup_id', 'status'], unique=False, schema='app')
    op.add_column('popups', sa.Column('application_deposit_minor', sa.BigInteger(), nullable=True), schema='app')
    op.create_check_constraint(op.f('popups_application_deposit_check'), 'popups', 'application_deposit_minor > 0', schema='app')
    op.add_column('sandbox_checkouts', sa.Column('captures_later', sa.Boolean(), server_default=sa.text('false'), nullable=False), schema='app')
    op.drop_constraint(op.f('sandbox_checkouts_status_check'), 'sandbox_checkouts', schema='app', type_='check')
    op.create_check_constraint(op.f('sandbox_checkouts_status_check'), 'sandbox_checkouts', STATUS.format("'held', "), schema='app')
    op.protect_tenant_table('card_holds', human='human_id')


def downgrade() -> None:
    op.unprotect_table('card_holds')
    with op.as_platform('system:migration'):
        op.execute("UPDATE app.sandbox_checkouts SET status = 'cancelled' WHERE status = 'held'")
    op.drop_constraint(op.f('sandbox_checkouts_status_check'), 'sandbox_checkouts', schema='app', type_='check')
    op.create_check_constraint(op.f('sandbox_checkouts_status_check'), 'sandbox_checkouts', STATUS.format(''), schema='app')
    op.drop_column('sandbox_checkouts', 'captures_later', schema='app')
    op.drop_constraint(op.f('popups_application_deposit_check'), 'popups', schema='app', type_='check')
    op.drop_column('popups', 'application_deposit_minor', schema='app')
    op.drop_index(op.f('ix_card_holds_tenant_id_popup_id_status'), table_name='card_holds', schema='app')
    op.drop_index(op.f('ix_card_holds_tenant_id_human_id'), table_name='card_holds', schema='app')
    op.drop_index(op.f('ix_card_holds_tenant_id_application_id'), table_name='card_holds', schema='app')
    op.drop_index('card_holds_provider_reference_key', table_name='card_holds', schema='app', postgresql_where=sa.text('provider_reference IS NOT NULL'))
    op.drop_index('card_holds_live_key', table_name='card_holds', schema='app', postgresql_where=sa.text("status IN ('opening', 'held', 'capturing')"))
    op.drop_table('card_holds', schema='app')
