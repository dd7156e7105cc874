"""Popups, with their products and their forms."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('popups',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('slug', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tagline', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('description', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('location', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('timezone', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('status', sa.Enum('draft', 'active', 'ended', 'archived', name='status', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('allows_spouse', sa.Boolean(), nullable=False),
    sa.Column('allows_children', sa.Boolean(), nullable=False),
    sa.Column('allows_coupons', sa.Boolean(), nullable=False),
    sa.Column('contribution_percent', sa.Integer(), nullable=False),
    sa.Column('profile_fields', sa.JSON(), nullable=False),
    sa.Column('image_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('icon_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('website_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('terms_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('is_published', sa.Boolean(), sa.Computed("status = 'active' OR status = 'ended'", persisted=True), nullable=False),
    sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f('popups_currency_check')),
    sa.CheckConstraint("ends_on >= starts_on AND starts_on >= '2000-01-01' AND ends_on <= '2199-12-31' AND ends_on - starts_on < 3 * 366", name=op.f('popups_dates_check')),
    sa.CheckConstraint("json_typeof(profile_fields) = 'array'", name=op.f('popups_profile_fields_check')),
    sa.CheckConstraint("name <> ''", name=op.f('popups_name_check')),
    sa.CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name=op.f('popups_slug_check')),
    sa.CheckConstraint('contribution_percent BETWEEN 0 AND 100', name=op.f('popups_contribution_check')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('popups_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('popups_pkey')),
    sa.UniqueConstraint('tenant_id', 'id', 'currency', name=op.f('popups_tenant_id_id_currency_key')),
    sa.UniqueConstraint('tenant_id', 'id', 'is_published', name=op.f('popups_tenant_id_id_is_published_key')),
    sa.UniqueConstraint('tenant_id', 'slug', name=op.f('popups_tenant_id_slug_key')),
    schema='app',
    info={'published': 'is_published'}
    )
    op.create_index(op.f('ix_popups_tenant_id_starts_on'), 'popups', ['tenant_id', 'starts_on'], unique=False, schema='app')
    op.create_table('form_fields',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('popup_is_published', sa.Boolean(), nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('label', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('type', sa.Enum('text', 'textarea', 'number', 'boolean', 'select', 'multiselect', 'date', 'email', 'url', name='type', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('section', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('required', sa.Boolean(), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('placeholder', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('help', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('minimum', sa.BigInteger(), nullable=True),
    sa.Column('maximum', sa.BigInteger(), nullable=True),
    sa.Column('shown_if', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint("json_typeof(options) = 'array'", name=op.f('form_fields_options_check')),
    sa.CheckConstraint("json_typeof(shown_if) = 'object'", name=op.f('form_fields_shown_if_check')),
    sa.CheckConstraint("key ~ '^[a-z][a-z0-9_]{0,62}$'", name=op.f('form_fields_key_check')),
    sa.CheckConstraint("label <> ''", name=op.f('form_fields_label_check')),
    sa.CheckConstraint("type = 'number' OR (minimum IS NULL AND maximum IS NULL)", name=op.f('form_fields_number_bounds_check')),
    sa.CheckConstraint('minimum <= maximum', name=op.f('form_fields_bounds_check')),
    sa.CheckConstraint('position BETWEEN 0 AND 10000', name=op.f('form_fields_position_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'popup_is_published'], ['app.popups.tenant_id', 'app.popups.id', 'app.popups.is_published'], name=op.f('form_fields_tenant_id_popup_id_popup_is_published_fkey'), onupdate='CASCADE', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('form_fields_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('form_fields_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'key', name=op.f('form_fields_tenant_id_popup_id_key_key')),
    schema='app',
    info={'published': 'popup_is_published'}
    )
    op.create_index(op.f('ix_form_fields_tenant_id_popup_id_position'), 'form_fields', ['tenant_id', 'popup_id', 'position'], unique=False, schema='app')
    op.create_table('products',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('popup_is_published', sa.Boolean(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('slug', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('description', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('category', sa.Enum('ticket', 'housing', 'merch', 'donation', 'other', name='category', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('attendee_category', sa.Enum('main', 'spouse', 'kid', name='attendee_category', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=True),
    sa.Column('duration', sa.Enum('day', 'weekend', 'week', 'month', 'full', name='duration', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=True),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.Column('compare_price_minor', sa.BigInteger(), nullable=True),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('sale_starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sale_ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('capacity', sa.Integer(), nullable=True),
    sa.Column('max_per_order', sa.Integer(), nullable=True),
    sa.Column('is_exclusive', sa.Boolean(), nullable=False),
    sa.Column('is_discountable', sa.Boolean(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('image_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('is_published', sa.Boolean(), sa.Computed('is_active AND popup_is_published', persisted=True), nullable=False),
    sa.CheckConstraint("category = 'ticket' OR (attendee_category IS NULL AND duration IS NULL)", name=op.f('products_ticket_terms_check')),
    sa.CheckConstraint("name <> ''", name=op.f('products_name_check')),
    sa.CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name=op.f('products_slug_check')),
    sa.CheckConstraint('capacity BETWEEN 0 AND 1000000', name=op.f('products_capacity_check')),
    sa.CheckConstraint('compare_price_minor BETWEEN price_minor AND 1000000000000', name=op.f('products_compare_price_check')),
    sa.CheckConstraint('max_per_order BETWEEN 1 AND 1000', name=op.f('products_max_per_order_check')),
    sa.CheckConstraint('position BETWEEN 0 AND 10000', name=op.f('products_position_check')),
    sa.CheckConstraint('price_minor BETWEEN 0 AND 1000000000000', name=op.f('products_price_check')),
    sa.CheckConstraint('sale_ends_at > sale_starts_at', name=op.f('products_sale_window_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'currency'], ['app.popups.tenant_id', 'app.popups.id', 'app.popups.currency'], name=op.f('products_tenant_id_popup_id_currency_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'popup_is_published'], ['app.popups.tenant_id', 'app.popups.id', 'app.popups.is_published'], name=op.f('products_tenant_id_popup_id_popup_is_published_fkey'), onupdate='CASCADE', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('products_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('products_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', name=op.f('products_tenant_id_popup_id_id_key')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'slug', name=op.f('products_tenant_id_popup_id_slug_key')),
    schema='app',
    info={'published': 'is_published'}
    )
    op.create_index(op.f('ix_products_tenant_id_popup_id_position'), 'products', ['tenant_id', 'popup_id', 'position'], unique=False, schema='app')
    op.protect_tenant_table('popups', published='is_published')
    op.protect_tenant_table('form_fields', published='popup_is_published')
    op.protect_tenant_table('products', published='is_published')


def downgrade() -> None:
    op.unprotect_table('popups')
    op.unprotect_table('form_fields')
    op.unprotect_table('products')
    op.drop_index(op.f('ix_products_tenant_id_popup_id_position'), table_name='products', schema='app')
    op.drop_table('products', schema='app')
    op.drop_index(op.f('ix_form_fields_tenant_id_popup_id_position'), table_name='form_fields', schema='app')
    op.drop_table('form_fields', schema='app')
    op.drop_index(op.f('ix_popups_tenant_id_starts_on'), table_name='popups', schema='app')
    op.drop_table('popups', schema='app')
