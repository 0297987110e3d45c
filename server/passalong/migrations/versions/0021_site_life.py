"""When a site was removed, and the time zones that it had before."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("sites", sa.Column("former_time_zones", sa.Text(), server_default="", nullable=False))
    op.add_column("sites", sa.Column("removed_at_ms", sa.BigInteger()))


def downgrade() -> None:
    """Back."""
    op.drop_column("sites", "removed_at_ms")
    op.drop_column("sites", "former_time_zones")
