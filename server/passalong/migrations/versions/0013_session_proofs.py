"""When a session proved itself and when it and an API key were last used; until when an API key works."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward: sessions of before count as proved long ago."""
    op.add_column("sessions", sa.Column("proved_at_ms", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("sessions", sa.Column("seen_at_ms", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("api_keys", sa.Column("last_used_at_ms", sa.BigInteger()))
    op.add_column("api_keys", sa.Column("ends_at_ms", sa.BigInteger()))


def downgrade() -> None:
    """Back."""
    op.drop_column("api_keys", "ends_at_ms")
    op.drop_column("api_keys", "last_used_at_ms")
    op.drop_column("sessions", "seen_at_ms")
    op.drop_column("sessions", "proved_at_ms")
