"""Files that staff upload."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('uploads',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('image', 'icon', 'document', name='kind', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('content_type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('created_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('is_public', sa.Boolean(), sa.Computed("kind = 'image' OR kind = 'icon'", persisted=True), nullable=False),
    sa.CheckConstraint("starts_with(key, tenant_id::text || '/' || kind || '/' || id::text || '.')", name=op.f('uploads_key_check')),
    sa.CheckConstraint('is_public = (url IS NOT NULL)', name=op.f('uploads_url_check')),
    sa.CheckConstraint('size_bytes > 0', name=op.f('uploads_size_check')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('uploads_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('uploads_pkey')),
    sa.UniqueConstraint('tenant_id', 'key', name=op.f('uploads_tenant_id_key_key')),
    schema='app',
    info={'published': 'is_public'}
    )
    op.protect_tenant_table('uploads', published='is_public')


def downgrade() -> None:
    op.unprotect_table('uploads')
    op.drop_table('uploads', schema='app')
