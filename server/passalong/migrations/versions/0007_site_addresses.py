"""Where a site was before it moved, and which tracking parameters it drops."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("sites", sa.Column("former_origins", sa.Text(), server_default="", nullable=False))
    op.add_column("sites", sa.Column("drop_params", sa.Text()))


def downgrade() -> None:
    """Back."""
    op.drop_column("sites", "drop_params")
    op.drop_column("sites", "former_origins")
