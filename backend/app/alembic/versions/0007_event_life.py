"""Applications, reviews, attendees, groups, coupons and payments."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('idempotency_keys',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('caller', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('fingerprint', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('media_type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('body', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('idempotency_keys_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('idempotency_keys_pkey')),
    sa.UniqueConstraint('tenant_id', 'caller', 'key', name=op.f('idempotency_keys_tenant_id_caller_key_key')),
    schema='app',
    info={'audited': False}
    )
    op.create_index(op.f('ix_idempotency_keys_tenant_id_created_at'), 'idempotency_keys', ['tenant_id', 'created_at'], unique=False, schema='app')
    op.create_table('provider_accounts',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.Enum('manual', 'sandbox', 'simplefi', 'stripe', name='provider', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('public_settings', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('provider_accounts_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('provider_accounts_pkey')),
    sa.UniqueConstraint('tenant_id', 'provider', name=op.f('provider_accounts_tenant_id_provider_key')),
    schema='app'
    )
    op.create_table('provider_secrets',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.Enum('manual', 'sandbox', 'simplefi', 'stripe', name='provider', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('sealed', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('provider_secrets_tenant_id_fkey'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('provider_secrets_pkey')),
    sa.UniqueConstraint('tenant_id', 'provider', name=op.f('provider_secrets_tenant_id_provider_key')),
    schema='app',
    info={'global': 'secrets are out of reach of every tenant role'}
    )
    op.create_table('webhook_events',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.Enum('manual', 'sandbox', 'simplefi', 'stripe', name='provider', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('event_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=True),
    sa.Column('outcome', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('webhook_events_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('webhook_events_pkey')),
    sa.UniqueConstraint('tenant_id', 'provider', 'event_id', name=op.f('webhook_events_tenant_id_provider_event_id_key')),
    schema='app',
    info={'insert_only': True, 'audited': False}
    )
    op.create_index(op.f('ix_webhook_events_tenant_id_payment_id'), 'webhook_events', ['tenant_id', 'payment_id'], unique=False, schema='app')
    op.create_table('allotments',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('product', 'coupon', 'group', name='kind', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('capacity', sa.BigInteger(), nullable=True),
    sa.Column('held', sa.BigInteger(), nullable=False),
    sa.Column('taken', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('held + taken <= capacity', name=op.f('allotments_capacity_check')),
    sa.CheckConstraint('held >= 0 AND taken >= 0', name=op.f('allotments_counters_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id'], ['app.popups.tenant_id', 'app.popups.id'], name=op.f('allotments_tenant_id_popup_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('allotments_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('allotments_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', name=op.f('allotments_tenant_id_popup_id_id_key')),
    schema='app',
    info={'editable': [], 'audited': False}
    )
    op.create_table('approval_strategies',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('auto_accept', 'any_reviewer', 'all_reviewers', 'threshold', 'weighted', name='kind', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('accept_at', sa.Integer(), nullable=False),
    sa.Column('reject_at', sa.Integer(), nullable=True),
    sa.Column('weights', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint("(kind = 'weighted') = (weights IS NOT NULL)", name=op.f('approval_strategies_weights_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id'], ['app.popups.tenant_id', 'app.popups.id'], name=op.f('approval_strategies_tenant_id_popup_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('approval_strategies_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('approval_strategies_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', name=op.f('approval_strategies_tenant_id_popup_id_key')),
    schema='app'
    )
    op.create_table('coupons',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('percent', sa.Integer(), nullable=False),
    sa.Column('max_uses', sa.Integer(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.CheckConstraint("code = upper(code) AND code <> ''", name=op.f('coupons_code_check')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('coupons_window_check')),
    sa.CheckConstraint('max_uses BETWEEN 0 AND 1000000', name=op.f('coupons_max_uses_check')),
    sa.CheckConstraint('percent BETWEEN 1 AND 100', name=op.f('coupons_percent_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id'], ['app.popups.tenant_id', 'app.popups.id'], name=op.f('coupons_tenant_id_popup_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('coupons_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('coupons_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'code', name=op.f('coupons_tenant_id_popup_id_code_key')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', name=op.f('coupons_tenant_id_popup_id_id_key')),
    schema='app'
    )
    op.create_table('form_versions',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('version', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('document', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id'], ['app.popups.tenant_id', 'app.popups.id'], name=op.f('form_versions_tenant_id_popup_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('form_versions_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('form_versions_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'version', name=op.f('form_versions_tenant_id_popup_id_version_key')),
    schema='app',
    info={'insert_only': True, 'audited': False}
    )
    op.create_table('groups',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('leader_id', sa.Uuid(), nullable=True),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('slug', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=True),
    sa.Column('discount_percent', sa.Integer(), nullable=False),
    sa.Column('welcome_text', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name=op.f('groups_slug_check')),
    sa.CheckConstraint('discount_percent BETWEEN 0 AND 100', name=op.f('groups_discount_check')),
    sa.CheckConstraint('seats BETWEEN 0 AND 100000', name=op.f('groups_seats_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'leader_id'], ['app.humans.tenant_id', 'app.humans.id'], name=op.f('groups_tenant_id_leader_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id'], ['app.popups.tenant_id', 'app.popups.id'], name=op.f('groups_tenant_id_popup_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('groups_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('groups_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', name=op.f('groups_tenant_id_popup_id_id_key')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'slug', name=op.f('groups_tenant_id_popup_id_slug_key')),
    schema='app',
    info={'human': 'leader_id'}
    )
    op.create_index(op.f('ix_groups_tenant_id_leader_id'), 'groups', ['tenant_id', 'leader_id'], unique=False, schema='app')
    op.create_table('popup_reviewers',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('multiplier', sa.Integer(), nullable=False),
    sa.CheckConstraint('multiplier BETWEEN 1 AND 100', name=op.f('popup_reviewers_multiplier_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id'], ['app.popups.tenant_id', 'app.popups.id'], name=op.f('popup_reviewers_tenant_id_popup_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'user_id'], ['app.users.tenant_id', 'app.users.id'], name=op.f('popup_reviewers_tenant_id_user_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('popup_reviewers_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('popup_reviewers_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'user_id', name=op.f('popup_reviewers_tenant_id_popup_id_user_id_key')),
    schema='app'
    )
    op.create_index(op.f('ix_popup_reviewers_tenant_id_user_id'), 'popup_reviewers', ['tenant_id', 'user_id'], unique=False, schema='app')
    op.create_table('applications',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('human_id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=True),
    sa.Column('status', sa.Enum('draft', 'in_review', 'accepted', 'rejected', 'withdrawn', name='status', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('form_version', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('hidden_fields', sa.JSON(), nullable=False),
    sa.Column('scholarship_status', sa.Enum('none', 'requested', 'granted', 'refused', name='scholarship_status', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('scholarship_reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('scholarship_percent', sa.Integer(), nullable=True),
    sa.Column('credit_minor', sa.BigInteger(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(scholarship_status = 'granted') = (scholarship_percent IS NOT NULL)", name=op.f('applications_scholarship_granted_check')),
    sa.CheckConstraint("json_typeof(answers) = 'object'", name=op.f('applications_answers_check')),
    sa.CheckConstraint("json_typeof(hidden_fields) = 'array'", name=op.f('applications_hidden_fields_check')),
    sa.CheckConstraint("status = 'draft' OR form_version IS NOT NULL", name=op.f('applications_form_version_check')),
    sa.CheckConstraint('credit_minor >= 0', name=op.f('applications_credit_check')),
    sa.CheckConstraint('scholarship_percent BETWEEN 1 AND 100', name=op.f('applications_scholarship_percent_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'human_id'], ['app.humans.tenant_id', 'app.humans.id'], name=op.f('applications_tenant_id_human_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'form_version'], ['app.form_versions.tenant_id', 'app.form_versions.popup_id', 'app.form_versions.version'], name=op.f('applications_tenant_id_popup_id_form_version_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'group_id'], ['app.groups.tenant_id', 'app.groups.popup_id', 'app.groups.id'], name=op.f('applications_tenant_id_popup_id_group_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id'], ['app.popups.tenant_id', 'app.popups.id'], name=op.f('applications_tenant_id_popup_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('applications_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('applications_pkey')),
    sa.UniqueConstraint('tenant_id', 'human_id', 'popup_id', name=op.f('applications_tenant_id_human_id_popup_id_key')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', 'human_id', name=op.f('applications_tenant_id_popup_id_id_human_id_key')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', name=op.f('applications_tenant_id_popup_id_id_key')),
    schema='app',
    info={'human': 'human_id'}
    )
    op.create_index(op.f('ix_applications_tenant_id_group_id'), 'applications', ['tenant_id', 'group_id'], unique=False, schema='app')
    op.create_index(op.f('ix_applications_tenant_id_popup_id_status'), 'applications', ['tenant_id', 'popup_id', 'status'], unique=False, schema='app')
    op.create_index(op.f('ix_applications_tenant_id_popup_id_submitted_at'), 'applications', ['tenant_id', 'popup_id', 'submitted_at'], unique=False, schema='app')
    op.create_table('group_invitations',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('first_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('last_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sa.Enum('open', 'accepted', 'revoked', name='status', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('invited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'group_id'], ['app.groups.tenant_id', 'app.groups.popup_id', 'app.groups.id'], name=op.f('group_invitations_tenant_id_popup_id_group_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('group_invitations_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('group_invitations_pkey')),
    sa.UniqueConstraint('tenant_id', 'group_id', 'email', name=op.f('group_invitations_tenant_id_group_id_email_key')),
    schema='app'
    )
    op.create_index(op.f('ix_group_invitations_tenant_id_email'), 'group_invitations', ['tenant_id', 'email'], unique=False, schema='app')
    op.create_index(op.f('ix_group_invitations_tenant_id_popup_id_group_id'), 'group_invitations', ['tenant_id', 'popup_id', 'group_id'], unique=False, schema='app')
    op.create_table('group_members',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('human_id', sa.Uuid(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'human_id'], ['app.humans.tenant_id', 'app.humans.id'], name=op.f('group_members_tenant_id_human_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'group_id'], ['app.groups.tenant_id', 'app.groups.popup_id', 'app.groups.id'], name=op.f('group_members_tenant_id_popup_id_group_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('group_members_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('group_members_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'human_id', name=op.f('group_members_tenant_id_popup_id_human_id_key')),
    schema='app',
    info={'human': 'human_id'}
    )
    op.create_index(op.f('ix_group_members_tenant_id_group_id'), 'group_members', ['tenant_id', 'group_id'], unique=False, schema='app')
    op.create_index(op.f('ix_group_members_tenant_id_human_id'), 'group_members', ['tenant_id', 'human_id'], unique=False, schema='app')
    op.create_table('holds',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('allotment_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Enum('held', 'taken', 'freed', name='state', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('quantity > 0', name=op.f('holds_quantity_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'allotment_id'], ['app.allotments.tenant_id', 'app.allotments.id'], name=op.f('holds_tenant_id_allotment_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('holds_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('holds_pkey')),
    sa.UniqueConstraint('tenant_id', 'order_id', 'allotment_id', name=op.f('holds_tenant_id_order_id_allotment_id_key')),
    schema='app',
    info={'editable': [], 'audited': False}
    )
    op.create_index(op.f('ix_holds_tenant_id_allotment_id_state_expires_at'), 'holds', ['tenant_id', 'allotment_id', 'state', 'expires_at'], unique=False, schema='app')
    op.create_table('application_reviews',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('vote', sa.Enum('strong_yes', 'yes', 'no', 'strong_no', name='vote', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('note', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'application_id'], ['app.applications.tenant_id', 'app.applications.popup_id', 'app.applications.id'], name=op.f('application_reviews_tenant_id_popup_id_application_id_fkey'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant_id', 'user_id'], ['app.users.tenant_id', 'app.users.id'], name=op.f('application_reviews_tenant_id_user_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('application_reviews_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('application_reviews_pkey')),
    sa.UniqueConstraint('tenant_id', 'application_id', 'user_id', name=op.f('application_reviews_tenant_id_application_id_user_id_key')),
    schema='app'
    )
    op.create_index(op.f('ix_application_reviews_tenant_id_user_id'), 'application_reviews', ['tenant_id', 'user_id'], unique=False, schema='app')
    op.create_table('application_snapshots',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('human_id', sa.Uuid(), nullable=False),
    sa.Column('event', sa.Enum('submit', 'accept', 'reject', 'flag', 'withdraw', 'reopen', 'resume', name='event', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('status', sa.Enum('draft', 'in_review', 'accepted', 'rejected', 'withdrawn', name='status', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('form_version', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'application_id', 'human_id'], ['app.applications.tenant_id', 'app.applications.popup_id', 'app.applications.id', 'app.applications.human_id'], name=op.f('application_snapshots_tenant_id_popup_id_application_id_human_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('application_snapshots_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('application_snapshots_pkey')),
    schema='app',
    info={'human': 'human_id', 'insert_only': True, 'audited': False}
    )
    op.create_index(op.f('ix_application_snapshots_tenant_id_application_id'), 'application_snapshots', ['tenant_id', 'application_id'], unique=False, schema='app')
    op.create_table('attendees',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('human_id', sa.Uuid(), nullable=True),
    sa.Column('category', sa.Enum('main', 'spouse', 'kid', name='category', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('gender', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('age', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.CheckConstraint("name <> ''", name=op.f('attendees_name_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'human_id'], ['app.humans.tenant_id', 'app.humans.id'], name=op.f('attendees_tenant_id_human_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'application_id', 'owner_id'], ['app.applications.tenant_id', 'app.applications.popup_id', 'app.applications.id', 'app.applications.human_id'], name=op.f('attendees_tenant_id_popup_id_application_id_owner_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('attendees_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('attendees_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'application_id', 'id', name=op.f('attendees_tenant_id_popup_id_application_id_id_key')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', name=op.f('attendees_tenant_id_popup_id_id_key')),
    schema='app',
    info={'human': 'owner_id'}
    )
    op.create_index('attendees_main_key', 'attendees', ['tenant_id', 'application_id'], unique=True, schema='app', postgresql_where=sa.text("category = 'main'"))
    op.create_index('attendees_spouse_key', 'attendees', ['tenant_id', 'application_id'], unique=True, schema='app', postgresql_where=sa.text("category = 'spouse'"))
    op.create_index(op.f('ix_attendees_tenant_id_application_id'), 'attendees', ['tenant_id', 'application_id'], unique=False, schema='app')
    op.create_index(op.f('ix_attendees_tenant_id_email'), 'attendees', ['tenant_id', 'email'], unique=False, schema='app')
    op.create_index(op.f('ix_attendees_tenant_id_human_id'), 'attendees', ['tenant_id', 'human_id'], unique=False, schema='app')
    op.create_index(op.f('ix_attendees_tenant_id_owner_id'), 'attendees', ['tenant_id', 'owner_id'], unique=False, schema='app')
    op.create_table('payments',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('human_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('purchase', 'exchange', name='kind', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('status', sa.Enum('pending', 'approved', 'rejected', 'expired', 'cancelled', 'partially_refunded', 'refunded', name='status', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('subtotal_minor', sa.BigInteger(), nullable=False),
    sa.Column('discount_minor', sa.BigInteger(), nullable=False),
    sa.Column('contribution_percent', sa.Integer(), nullable=False),
    sa.Column('contribution_minor', sa.BigInteger(), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('returned_value_minor', sa.BigInteger(), nullable=False),
    sa.Column('credit_spent_minor', sa.BigInteger(), nullable=False),
    sa.Column('payable_minor', sa.BigInteger(), nullable=False),
    sa.Column('captured_minor', sa.BigInteger(), nullable=False),
    sa.Column('refunded_minor', sa.BigInteger(), nullable=False),
    sa.Column('credit_returned_minor', sa.BigInteger(), nullable=False),
    sa.Column('coupon_id', sa.Uuid(), nullable=True),
    sa.Column('group_id', sa.Uuid(), nullable=True),
    sa.Column('provider', sa.Enum('manual', 'sandbox', 'simplefi', 'stripe', name='provider', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('provider_reference', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('checkout_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('is_refund_due', sa.Boolean(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f('payments_currency_check')),
    sa.CheckConstraint('captured_minor >= 0', name=op.f('payments_captured_check')),
    sa.CheckConstraint('credit_returned_minor BETWEEN 0 AND credit_spent_minor', name=op.f('payments_credit_returned_check')),
    sa.CheckConstraint('payable_minor = greatest(total_minor - returned_value_minor, 0) - credit_spent_minor', name=op.f('payments_payable_check')),
    sa.CheckConstraint('refunded_minor BETWEEN 0 AND captured_minor', name=op.f('payments_refunded_check')),
    sa.CheckConstraint('subtotal_minor >= 0 AND discount_minor BETWEEN 0 AND subtotal_minor AND contribution_minor >= 0 AND returned_value_minor >= 0 AND credit_spent_minor >= 0 AND payable_minor >= 0', name=op.f('payments_amounts_check')),
    sa.CheckConstraint('total_minor = subtotal_minor - discount_minor + contribution_minor', name=op.f('payments_total_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'application_id', 'human_id'], ['app.applications.tenant_id', 'app.applications.popup_id', 'app.applications.id', 'app.applications.human_id'], name=op.f('payments_tenant_id_popup_id_application_id_human_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'coupon_id'], ['app.coupons.tenant_id', 'app.coupons.popup_id', 'app.coupons.id'], name=op.f('payments_tenant_id_popup_id_coupon_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'group_id'], ['app.groups.tenant_id', 'app.groups.popup_id', 'app.groups.id'], name=op.f('payments_tenant_id_popup_id_group_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('payments_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('payments_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', 'human_id', name=op.f('payments_tenant_id_popup_id_id_human_id_key')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', name=op.f('payments_tenant_id_popup_id_id_key')),
    schema='app',
    info={'human': 'human_id'}
    )
    op.create_index(op.f('ix_payments_tenant_id_application_id'), 'payments', ['tenant_id', 'application_id'], unique=False, schema='app')
    op.create_index(op.f('ix_payments_tenant_id_human_id'), 'payments', ['tenant_id', 'human_id'], unique=False, schema='app')
    op.create_index(op.f('ix_payments_tenant_id_popup_id_status'), 'payments', ['tenant_id', 'popup_id', 'status'], unique=False, schema='app')
    op.create_index(op.f('ix_payments_tenant_id_status_expires_at'), 'payments', ['tenant_id', 'status', 'expires_at'], unique=False, schema='app')
    op.create_index('payments_provider_reference_key', 'payments', ['tenant_id', 'provider', 'provider_reference'], unique=True, schema='app', postgresql_where=sa.text('provider_reference IS NOT NULL'))
    op.create_table('credit_entries',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('application_id', sa.Uuid(), nullable=False),
    sa.Column('human_id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=True),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('amount_minor <> 0', name=op.f('credit_entries_amount_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'application_id', 'human_id'], ['app.applications.tenant_id', 'app.applications.popup_id', 'app.applications.id', 'app.applications.human_id'], name=op.f('credit_entries_tenant_id_popup_id_application_id_human_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'payment_id'], ['app.payments.tenant_id', 'app.payments.popup_id', 'app.payments.id'], name=op.f('credit_entries_tenant_id_popup_id_payment_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('credit_entries_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('credit_entries_pkey')),
    schema='app',
    info={'human': 'human_id', 'insert_only': True, 'audited': False}
    )
    op.create_index(op.f('ix_credit_entries_tenant_id_application_id'), 'credit_entries', ['tenant_id', 'application_id'], unique=False, schema='app')
    op.create_index(op.f('ix_credit_entries_tenant_id_payment_id'), 'credit_entries', ['tenant_id', 'payment_id'], unique=False, schema='app')
    op.create_table('payment_lines',
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('human_id', sa.Uuid(), nullable=False),
    sa.Column('product_id', sa.Uuid(), nullable=False),
    sa.Column('attendee_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('product_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('category', sa.Enum('ticket', 'housing', 'merch', 'donation', 'other', name='category', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('unit_price_minor', sa.BigInteger(), nullable=False),
    sa.Column('discount_percent', sa.Integer(), nullable=False),
    sa.Column('discount_source', sa.Enum('scholarship', 'group', 'coupon', name='discount_source', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=True),
    sa.Column('discount_minor', sa.BigInteger(), nullable=False),
    sa.Column('net_minor', sa.BigInteger(), nullable=False),
    sa.Column('contribution_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('contribution_minor >= 0', name=op.f('payment_lines_contribution_check')),
    sa.CheckConstraint('discount_minor BETWEEN 0 AND quantity * unit_price_minor', name=op.f('payment_lines_discount_check')),
    sa.CheckConstraint('discount_percent BETWEEN 0 AND 100', name=op.f('payment_lines_discount_percent_check')),
    sa.CheckConstraint('net_minor = quantity * unit_price_minor - discount_minor', name=op.f('payment_lines_net_check')),
    sa.CheckConstraint('quantity > 0', name=op.f('payment_lines_quantity_check')),
    sa.CheckConstraint('unit_price_minor >= 0', name=op.f('payment_lines_unit_price_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'attendee_id'], ['app.attendees.tenant_id', 'app.attendees.popup_id', 'app.attendees.id'], name=op.f('payment_lines_tenant_id_popup_id_attendee_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'payment_id', 'human_id'], ['app.payments.tenant_id', 'app.payments.popup_id', 'app.payments.id', 'app.payments.human_id'], name=op.f('payment_lines_tenant_id_popup_id_payment_id_human_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'product_id'], ['app.products.tenant_id', 'app.products.popup_id', 'app.products.id'], name=op.f('payment_lines_tenant_id_popup_id_product_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('payment_lines_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('payment_lines_pkey')),
    sa.UniqueConstraint('tenant_id', 'popup_id', 'id', name=op.f('payment_lines_tenant_id_popup_id_id_key')),
    schema='app',
    info={'human': 'human_id', 'insert_only': True, 'audited': False}
    )
    op.create_index(op.f('ix_payment_lines_tenant_id_attendee_id'), 'payment_lines', ['tenant_id', 'attendee_id'], unique=False, schema='app')
    op.create_index(op.f('ix_payment_lines_tenant_id_payment_id'), 'payment_lines', ['tenant_id', 'payment_id'], unique=False, schema='app')
    op.create_index(op.f('ix_payment_lines_tenant_id_product_id'), 'payment_lines', ['tenant_id', 'product_id'], unique=False, schema='app')
    op.create_table('refunds',
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tenant_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('popup_id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('human_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('credit_minor', sa.BigInteger(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sa.Enum('pending', 'done', 'failed', name='status', native_enum=False, create_constraint=True, length=40, schema='app'), nullable=False),
    sa.Column('provider_reference', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.CheckConstraint('amount_minor + credit_minor > 0', name=op.f('refunds_something_check')),
    sa.CheckConstraint('amount_minor >= 0 AND credit_minor >= 0', name=op.f('refunds_amounts_check')),
    sa.ForeignKeyConstraint(['tenant_id', 'popup_id', 'payment_id', 'human_id'], ['app.payments.tenant_id', 'app.payments.popup_id', 'app.payments.id', 'app.payments.human_id'], name=op.f('refunds_tenant_id_popup_id_payment_id_human_id_fkey')),
    sa.ForeignKeyConstraint(['tenant_id'], ['app.tenants.id'], name=op.f('refunds_tenant_id_fkey')),
    sa.PrimaryKeyConstraint('tenant_id', 'id', name=op.f('refunds_pkey')),
    schema='app',
    info={'human': 'human_id'}
    )
    op.create_index(op.f('ix_refunds_tenant_id_payment_id'), 'refunds', ['tenant_id', 'payment_id'], unique=False, schema='app')
    op.protect_tenant_table('idempotency_keys', audited=False)
    op.protect_tenant_table('provider_accounts')
    op.register_global_table('provider_secrets', 'secrets are out of reach of every tenant role')
    op.protect_tenant_table('webhook_events', audited=False, insert_only=True)
    op.protect_tenant_table('allotments', audited=False, editable=[])
    op.protect_tenant_table('approval_strategies')
    op.protect_tenant_table('coupons')
    op.protect_tenant_table('form_versions', audited=False, insert_only=True)
    op.protect_tenant_table('groups', human='leader_id')
    op.protect_tenant_table('popup_reviewers')
    op.protect_tenant_table('applications', human='human_id')
    op.protect_tenant_table('group_invitations')
    op.protect_tenant_table('group_members', human='human_id')
    op.protect_tenant_table('holds', audited=False, editable=[])
    op.protect_tenant_table('application_reviews')
    op.protect_tenant_table('application_snapshots', human='human_id', audited=False, insert_only=True)
    op.protect_tenant_table('attendees', human='owner_id')
    op.protect_tenant_table('payments', human='human_id')
    op.protect_tenant_table('credit_entries', human='human_id', audited=False, insert_only=True)
    op.protect_tenant_table('payment_lines', human='human_id', audited=False, insert_only=True)
    op.protect_tenant_table('refunds', human='human_id')


def downgrade() -> None:
    op.unprotect_table('idempotency_keys')
    op.unprotect_table('provider_accounts')
    op.unprotect_table('provider_secrets')
    op.unprotect_table('webhook_events')
    op.unprotect_table('allotments')
    op.unprotect_table('approval_strategies')
    op.unprotect_table('coupons')
    op.unprotect_table('form_versions')
    op.unprotect_table('groups')
    op.unprotect_table('popup_reviewers')
    op.unprotect_table('applications')
    op.unprotect_table('group_invitations')
    op.unprotect_table('group_members')
    op.unprotect_table('holds')
    op.unprotect_table('application_reviews')
    op.unprotect_table('application_snapshots')
    op.unprotect_table('attendees')
    op.unprotect_table('payments')
    op.unprotect_table('credit_entries')
    op.unprotect_table('payment_lines')
    op.unprotect_table('refunds')
    op.drop_index(op.f('ix_refunds_tenant_id_payment_id'), table_name='refunds', schema='app')
    op.drop_table('refunds', schema='app')
    op.drop_index(op.f('ix_payment_lines_tenant_id_product_id'), table_name='payment_lines', schema='app')
    op.drop_index(op.f('ix_payment_lines_tenant_id_payment_id'), table_name='payment_lines', schema='app')
    op.drop_index(op.f('ix_payment_lines_tenant_id_attendee_id'), table_name='payment_lines', schema='app')
    op.drop_table('payment_lines', schema='app')
    op.drop_index(op.f('ix_credit_entries_tenant_id_payment_id'), table_name='credit_entries', schema='app')
    op.drop_index(op.f('ix_credit_entries_tenant_id_application_id'), table_name='credit_entries', schema='app')
    op.drop_table('credit_entries', schema='app')
    op.drop_index('payments_provider_reference_key', table_name='payments', schema='app', postgresql_where=sa.text('provider_reference IS NOT NULL'))
    op.drop_index(op.f('ix_payments_tenant_id_status_expires_at'), table_name='payments', schema='app')
    op.drop_index(op.f('ix_payments_tenant_id_popup_id_status'), table_name='payments', schema='app')
    op.drop_index(op.f('ix_payments_tenant_id_human_id'), table_name='payments', schema='app')
    op.drop_index(op.f('ix_payments_tenant_id_application_id'), table_name='payments', schema='app')
    op.drop_table('payments', schema='app')
    op.drop_index(op.f('ix_attendees_tenant_id_owner_id'), table_name='attendees', schema='app')
    op.drop_index(op.f('ix_attendees_tenant_id_human_id'), table_name='attendees', schema='app')
    op.drop_index(op.f('ix_attendees_tenant_id_email'), table_name='attendees', schema='app')
    op.drop_index(op.f('ix_attendees_tenant_id_application_id'), table_name='attendees', schema='app')
    op.drop_index('attendees_spouse_key', table_name='attendees', schema='app', postgresql_where=sa.text("category = 'spouse'"))
    op.drop_index('attendees_main_key', table_name='attendees', schema='app', postgresql_where=sa.text("category = 'main'"))
    op.drop_table('attendees', schema='app')
    op.drop_index(op.f('ix_application_snapshots_tenant_id_application_id'), table_name='application_snapshots', schema='app')
    op.drop_table('application_snapshots', schema='app')
    op.drop_index(op.f('ix_application_reviews_tenant_id_user_id'), table_name='application_reviews', schema='app')
    op.drop_table('application_reviews', schema='app')
    op.drop_index(op.f('ix_holds_tenant_id_allotment_id_state_expires_at'), table_name='holds', schema='app')
    op.drop_table('holds', schema='app')
    op.drop_index(op.f('ix_group_members_tenant_id_human_id'), table_name='group_members', schema='app')
    op.drop_index(op.f('ix_group_members_tenant_id_group_id'), table_name='group_members', schema='app')
    op.drop_table('group_members', schema='app')
    op.drop_index(op.f('ix_group_invitations_tenant_id_popup_id_group_id'), table_name='group_invitations', schema='app')
    op.drop_index(op.f('ix_group_invitations_tenant_id_email'), table_name='group_invitations', schema='app')
    op.drop_table('group_invitations', schema='app')
    op.drop_index(op.f('ix_applications_tenant_id_popup_id_submitted_at'), table_name='applications', schema='app')
    op.drop_index(op.f('ix_applications_tenant_id_popup_id_status'), table_name='applications', schema='app')
    op.drop_index(op.f('ix_applications_tenant_id_group_id'), table_name='applications', schema='app')
    op.drop_table('applications', schema='app')
    op.drop_index(op.f('ix_popup_reviewers_tenant_id_user_id'), table_name='popup_reviewers', schema='app')
    op.drop_table('popup_reviewers', schema='app')
    op.drop_index(op.f('ix_groups_tenant_id_leader_id'), table_name='groups', schema='app')
    op.drop_table('groups', schema='app')
    op.drop_table('form_versions', schema='app')
    op.drop_table('coupons', schema='app')
    op.drop_table('approval_strategies', schema='app')
    op.drop_table('allotments', schema='app')
    op.drop_index(op.f('ix_webhook_events_tenant_id_payment_id'), table_name='webhook_events', schema='app')
    op.drop_table('webhook_events', schema='app')
    op.drop_table('provider_secrets', schema='app')
    op.drop_table('provider_accounts', schema='app')
    op.drop_index(op.f('ix_idempotency_keys_tenant_id_created_at'), table_name='idempotency_keys', schema='app')
    op.drop_table('idempotency_keys', schema='app')
