"""Guests whose browser was moved to another account."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("guests", sa.Column("moved_to", sa.String(16)))


def downgrade() -> None:
    """Back: browsers that were moved share for the account that they shared for before."""
    op.drop_column("guests", "moved_to")
