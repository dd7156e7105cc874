"""Keys at payment providers are written by the owner alone, and the sandbox keeps books."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sandbox_checkouts',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('description', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('return_url', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sa.Enum('open', 'underway', 'paid', 'failed', 'cancelled', 'closed', name='status', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('settles_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refunds', sa.JSON(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount_minor > 0', name=op.f('sandbox_checkouts_amount_check')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('sandbox_checkouts_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('sandbox_checkouts_pkey')),
    sa.UniqueConstraint('tenant_id', 'order_id', name=op.f('sandbox_checkouts_tenant_id_order_id_key')),
    sa.UniqueConstraint('tenant_id', 'reference', name=op.f('sandbox_checkouts_tenant_id_reference_key')),
    schema='app',
    info={'audited': False}
    )
    op.protect_tenant_table('sandbox_checkouts', audited=False)
    op.add_column('provider_accounts', sa.Column('keys_changed_at', sa.DateTime(timezone=True), nullable=True), schema='app')
    op.protect_tenant_table('provider_accounts', published='is_active')
    op.run_sql_file('0011_provider_keys.sql')


def downgrade() -> None:
    op.execute('DROP FUNCTION tenancy.set_provider_keys(text, text)')
    op.execute('SELECT tenancy.forget_dropped()')
    op.protect_tenant_table('provider_accounts')
    op.drop_column('provider_accounts', 'keys_changed_at', schema='app')
    op.unprotect_table('sandbox_checkouts')
    op.drop_table('sandbox_checkouts', schema='app')
