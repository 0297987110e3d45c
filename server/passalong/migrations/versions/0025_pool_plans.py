"""Shares of a pool that are worked out and not on record yet."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "pool_plans",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(128), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "number", name="pk_pool_plans"),
    )


def downgrade() -> None:
    """Back: a month that was being closed is worked out again, unless some of it is on record."""
    op.drop_table("pool_plans")
