"""Public names: visitors read the name of the advocate who passed the link on, if that advocate wants it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward: nobody who chose before has chosen this."""
    op.add_column("advocate_choices", sa.Column("greets", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Back."""
    op.drop_column("advocate_choices", "greets")
