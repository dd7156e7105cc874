"""The functions that move the counters of stock, coupon uses and group seats."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.run_sql_file("0009_allotments.sql")


def downgrade() -> None:
    op.execute(
        "DROP FUNCTION tenancy.give_back(uuid, jsonb), tenancy.free_held(uuid),"
        " tenancy.take_held(uuid), tenancy.take_now(uuid, jsonb),"
        " tenancy.hold(uuid, jsonb, timestamptz),"
        " tenancy.secure(uuid, jsonb, boolean, timestamptz),"
        " tenancy.count_in(uuid, uuid, bigint, boolean), tenancy.free_lapsed(uuid, uuid),"
        " tenancy.set_allotment(uuid, uuid, text, bigint)"
    )
    op.execute("SELECT tenancy.forget_dropped()")
