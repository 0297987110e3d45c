"""Fingerprints of the instance's keys."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward: the next start keeps the fingerprints of the keys that it finds."""
    op.create_table(
        "key_fingerprints",
        sa.Column("purpose", sa.String(8), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("first_used_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "number", name="pk_key_fingerprints"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("key_fingerprints")
