"""When the address of a person who runs sites was confirmed: before that, it does not sign in by mail."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward: accounts that are there keep their sign-in."""
    op.add_column("owners", sa.Column("confirmed_at_ms", sa.BigInteger(), nullable=True))
    op.execute("UPDATE owners SET confirmed_at_ms = created_at_ms")


def downgrade() -> None:
    """Back."""
    op.drop_column("owners", "confirmed_at_ms")
