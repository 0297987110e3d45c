"""When the next line of a frozen conversion ends its hold."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LATER = sa.text("later_release_at_ms IS NOT NULL")


def upgrade() -> None:
    """Forward: so far all lines of a conversion ended their hold together."""
    op.add_column("conversions", sa.Column("later_release_at_ms", sa.BigInteger()))
    columns = ["site_id", "later_release_at_ms"]
    op.create_index("ix_conversions_later", "conversions", columns, sqlite_where=LATER, postgresql_where=LATER)


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_conversions_later", table_name="conversions")
    op.drop_column("conversions", "later_release_at_ms")
