"""The code of the link that begins the first site of an instance."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "start_codes",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_start_codes"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("start_codes")
