"""A line of credit can wait for a person while the other lines of its conversion become available."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

HELD_LINES = """
UPDATE credits SET on_hold = TRUE
WHERE NOT ready AND recipient NOT IN ('pool', 'unattributed', 'kept') AND EXISTS (
    SELECT 1 FROM conversions
    WHERE conversions.site_id = credits.site_id AND conversions.conversion_id = credits.conversion_id
    AND conversions.held
)
"""


def upgrade() -> None:
    """Forward. What was held stays held as a whole until something about it is decided or reported."""
    op.add_column("conversions", sa.Column("held_whole", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("credits", sa.Column("on_hold", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE conversions SET held_whole = TRUE WHERE held")
    op.execute(HELD_LINES)


def downgrade() -> None:
    """Back."""
    op.drop_column("credits", "on_hold")
    op.drop_column("conversions", "held_whole")
