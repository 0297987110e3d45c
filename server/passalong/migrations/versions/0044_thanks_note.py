"""The owner's note of thanks."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("sites", sa.Column("thanks_note", sa.String(280), server_default="", nullable=False))


def downgrade() -> None:
    """Back."""
    op.drop_column("sites", "thanks_note")
