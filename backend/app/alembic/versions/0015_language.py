"""Organisations say which language their mail speaks."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0011'
branch_labels = None
depends_on = None

BEFORE = ['name', 'sender_email', 'sender_name', 'image_url', 'icon_url', 'default_currency', 'default_timezone', 'updated_at']


def upgrade() -> None:
    op.add_column('tenants', sa.Column('language', sa.Enum('en', 'es', name='language', native_enum=False, create_constraint=True, length=40, schema='app'), server_default='en', nullable=False), schema='app')
    op.protect_tenant_table('tenants', column='id', published='is_active', editable=['name', 'sender_email', 'sender_name', 'image_url', 'icon_url', 'default_currency', 'default_timezone', 'language', 'updated_at'])


def downgrade() -> None:
    op.protect_tenant_table('tenants', column='id', published='is_active', editable=BEFORE)
    op.drop_column('tenants', 'language', schema='app')
