"""Credit that expires, and addresses of owners."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "expiries",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("advocate_id", sa.String(64), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("first_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("second_at_ms", sa.BigInteger()),
        sa.Column("settled_at_ms", sa.BigInteger()),
        sa.Column("taken_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "advocate_id", "period", "unit", name="pk_expiries"),
    )
    op.create_index("ix_expiries_due", "expiries", ["site_id", "settled_at_ms", "expires_at_ms"])
    op.add_column("site_units", sa.Column("expired_micros", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("addresses", sa.Column("role", sa.String(16), server_default="advocate", nullable=False))


def downgrade() -> None:
    """Back."""
    op.drop_column("addresses", "role")
    op.drop_column("site_units", "expired_micros")
    op.drop_index("ix_expiries_due", table_name="expiries")
    op.drop_table("expiries")
