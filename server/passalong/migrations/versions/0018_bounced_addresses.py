"""Since when mail to an owner's address is refused."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("addresses", sa.Column("bounced_at_ms", sa.BigInteger()))


def downgrade() -> None:
    """Back."""
    op.drop_column("addresses", "bounced_at_ms")
