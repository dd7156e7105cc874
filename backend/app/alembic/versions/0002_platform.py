"""Tenants, operators, logins and the audit log."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('login_attempts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('login_attempts_pkey')),
    schema='app'
    )
    op.create_index(op.f('ix_login_attempts_at'), 'login_attempts', ['at'], unique=False, schema='app')
    op.create_index(op.f('ix_login_attempts_kind_subject_at'), 'login_attempts', ['kind', 'subject', 'at'], unique=False, schema='app')
    op.create_table('operators',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('operators_pkey')),
    schema='app'
    )
    op.create_index('operators_email_key', 'operators', ['email'], unique=True, schema='app', postgresql_where=sa.text('deleted_at IS NULL'))
    op.create_table('platform_audit_log',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('action', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('table_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('row_id', sa.Uuid(), nullable=False),
    sa.Column('changes', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('platform_audit_log_pkey')),
    schema='app'
    )
    op.create_table('tenants',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('slug', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sa.Enum('active', 'suspended', 'deleted', name='status', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('is_active', sa.Boolean(), sa.Computed("status = 'active'", persisted=True), nullable=False),
    sa.Column('sender_email', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('sender_name', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('image_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('icon_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('default_currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('default_timezone', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("default_currency ~ '^[A-Z]{3}$'", name=op.f('tenants_default_currency_check')),
    sa.CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name=op.f('tenants_slug_check')),
    sa.PrimaryKeyConstraint('id', name=op.f('tenants_pkey')),
    sa.UniqueConstraint('slug', name=op.f('tenants_slug_key')),
    schema='app'
    )
    op.create_table('audit_log',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('action', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('table_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('row_id', sa.Uuid(), nullable=False),
    sa.Column('changes', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('audit_log_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('audit_log_pkey')),
    schema='app'
    )
    op.create_index(op.f('ix_audit_log_tenant_id_at'), 'audit_log', ['tenant_id', 'at'], unique=False, schema='app')
    op.create_index(op.f('ix_audit_log_tenant_id_table_name_row_id'), 'audit_log', ['tenant_id', 'table_name', 'row_id'], unique=False, schema='app')
    op.create_table('login_codes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('user', 'human', 'operator', name='kind', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=True),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('login_codes_tenant_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('login_codes_pkey')),
    schema='app'
    )
    op.create_index(op.f('ix_login_codes_email_kind_tenant_id'), 'login_codes', ['email', 'kind', 'tenant_id'], unique=False, schema='app')
    op.create_index(op.f('ix_login_codes_expires_at'), 'login_codes', ['expires_at'], unique=False, schema='app')
    op.create_table('logins',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('user', 'human', 'operator', name='kind', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=True),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(kind = 'operator') = (tenant_id IS NULL)", name=op.f('logins_tenant_check')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('logins_tenant_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('logins_pkey')),
    schema='app'
    )
    op.create_index(op.f('ix_logins_expires_at'), 'logins', ['expires_at'], unique=False, schema='app')
    op.create_index(op.f('ix_logins_subject_id'), 'logins', ['subject_id'], unique=False, schema='app')
    op.create_index(op.f('ix_logins_tenant_id'), 'logins', ['tenant_id'], unique=False, schema='app')
    op.create_table('refresh_tokens',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('login_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['login_id'], ['app.logins.id'], name=op.f('refresh_tokens_login_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('refresh_tokens_pkey')),
    schema='app'
    )
    op.create_index(op.f('ix_refresh_tokens_login_id'), 'refresh_tokens', ['login_id'], unique=False, schema='app')
    op.create_index('refresh_tokens_token_hash_key', 'refresh_tokens', ['token_hash'], unique=True, schema='app')
    op.register_global_table('login_attempts', 'limits hold before anybody is known to belong to a tenant')
    op.register_global_table('operators', 'operators belong to no tenant', audited=True)
    op.register_global_table('platform_audit_log', 'records what happens outside any tenant', insert_only=True)
    op.protect_tenant_table('tenants', column='id', published='is_active', editable=['name', 'sender_email', 'sender_name', 'image_url', 'icon_url', 'default_currency', 'default_timezone', 'updated_at'])
    op.protect_tenant_table('audit_log', audited=False, insert_only=True)
    op.register_global_table('login_codes', 'codes come before anybody is known to belong to a tenant')
    op.register_global_table('logins', "operators' sessions have no tenant, and tokens hang off them")
    op.register_global_table('refresh_tokens', "token hashes are the platform's secrets")
    op.run_sql_file("0002_platform.sql")


def downgrade() -> None:
    op.unprotect_table('login_attempts')
    op.unprotect_table('operators')
    op.unprotect_table('platform_audit_log')
    op.unprotect_table('tenants')
    op.unprotect_table('audit_log')
    op.unprotect_table('login_codes')
    op.unprotect_table('logins')
    op.unprotect_table('refresh_tokens')
    op.drop_index('refresh_tokens_token_hash_key', table_name='refresh_tokens', schema='app')
    op.drop_index(op.f('ix_refresh_tokens_login_id'), table_name='refresh_tokens', schema='app')
    op.drop_table('refresh_tokens', schema='app')
    op.drop_index(op.f('ix_logins_tenant_id'), table_name='logins', schema='app')
    op.drop_index(op.f('ix_logins_subject_id'), table_name='logins', schema='app')
    op.drop_index(op.f('ix_logins_expires_at'), table_name='logins', schema='app')
    op.drop_table('logins', schema='app')
    op.drop_index(op.f('ix_login_codes_expires_at'), table_name='login_codes', schema='app')
    op.drop_index(op.f('ix_login_codes_email_kind_tenant_id'), table_name='login_codes', schema='app')
    op.drop_table('login_codes', schema='app')
    op.drop_index(op.f('ix_audit_log_tenant_id_at'), table_name='audit_log', schema='app')
    op.drop_index(op.f('ix_audit_log_tenant_id_table_name_row_id'), table_name='audit_log', schema='app')
    op.drop_table('audit_log', schema='app')
    op.drop_table('tenants', schema='app')
    op.drop_table('platform_audit_log', schema='app')
    op.drop_index('operators_email_key', table_name='operators', schema='app', postgresql_where=sa.text('deleted_at IS NULL'))
    op.drop_table('operators', schema='app')
    op.drop_index(op.f('ix_login_attempts_kind_subject_at'), table_name='login_attempts', schema='app')
    op.drop_index(op.f('ix_login_attempts_at'), table_name='login_attempts', schema='app')
    op.drop_table('login_attempts', schema='app')
