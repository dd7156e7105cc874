"""Staff and attendee accounts."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('humans',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('first_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('last_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('telegram', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('organization', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('job_title', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('gender', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('age', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('residence', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('picture_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('is_red_flagged', sa.Boolean(), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('humans_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('humans_pkey')),
    sa.UniqueConstraint('tenant_id', 'email', name=op.f('humans_tenant_id_email_key')),
    schema='app',
    info={'human': 'id'}
    )
    op.create_table('users',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('role', sa.Enum('SUPERADMIN', 'ADMIN', 'VIEWER', name='role', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('users_tenant_id_fkey')),
    sa.CheckConstraint("role IN ('ADMIN', 'VIEWER')", name=op.f('users_staff_role_check')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('users_pkey')),
    schema='app'
    )
    op.create_index('users_tenant_id_email_key', 'users', ['tenant_id', 'email'], unique=True, schema='app', postgresql_where=sa.text('deleted_at IS NULL'))
    op.protect_tenant_table('humans', human='id')
    op.protect_tenant_table('users')


def downgrade() -> None:
    op.unprotect_table('humans')
    op.unprotect_table('users')
    op.drop_index('users_tenant_id_email_key', table_name='users', schema='app', postgresql_where=sa.text('deleted_at IS NULL'))
    op.drop_table('users', schema='app')
    op.drop_table('humans', schema='app')
