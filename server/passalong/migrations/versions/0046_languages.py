"""The languages that a site offers."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    every = "en de fr es pt nl ja ar"
    op.add_column("sites", sa.Column("languages", sa.String(60), server_default=every, nullable=False))


def downgrade() -> None:
    """Back."""
    op.drop_column("sites", "languages")
