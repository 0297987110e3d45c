"""People and results of each page by day, what a pool was made of, and an index over the inspector's states."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PARTS = ("carried_micros", "levels_micros", "expired_micros", "added_micros")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "page_days",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("page_hash", sa.String(32), nullable=False),
        sa.Column("people", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("passed_on", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outcomes", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", "page_hash", name="pk_page_days"),
    )
    for name in PARTS:
        op.add_column("pools", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE inspected SET status = 'unshared' WHERE reason = 'no_token' AND status = 'refused'")
    op.create_index("ix_inspected_status", "inspected", ["site_id", "status", "at_ms"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_inspected_status", table_name="inspected")
    op.execute("UPDATE inspected SET status = 'refused' WHERE status = 'unshared'")
    for name in reversed(PARTS):
        op.drop_column("pools", name)
    op.drop_table("page_days")
