"""Thanks: how many people said thank you, to each person and for each page; thanks whose visit is still to come."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

COUNTED = ("advocate_totals", "page_totals")


def upgrade() -> None:
    """Forward."""
    for table in COUNTED:
        op.add_column(table, sa.Column("thanks", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "early_thanks",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("visit_id", sa.String(64), nullable=False),
        sa.Column("share_id", sa.String(15), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "visit_id", name="pk_early_thanks"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("early_thanks")
    for table in COUNTED:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("thanks")
