"""The first and last touch of an order that an agent placed."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("conversions", sa.Column("touches", sa.Text()))


def downgrade() -> None:
    """Back."""
    op.drop_column("conversions", "touches")
