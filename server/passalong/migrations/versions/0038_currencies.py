"""Several currencies a site: the list, and whether the site took an order's currency."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("sites", sa.Column("further_currencies", sa.String(120), server_default="", nullable=False))
    op.add_column("conversions", sa.Column("currency_taken", sa.Boolean()))


def downgrade() -> None:
    """Back."""
    op.drop_column("conversions", "currency_taken")
    op.drop_column("sites", "further_currencies")
