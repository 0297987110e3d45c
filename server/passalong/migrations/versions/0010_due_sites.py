"""When each site is next due, and indexes over open holds alone."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OPEN = sa.text("frozen_seq IS NULL")


def upgrade() -> None:
    """Forward: every site that ever folded something is due, so that the worker looks when it really is."""
    op.add_column("turns", sa.Column("next_due_ms", sa.BigInteger()))
    op.create_index("ix_turns_next_due_ms", "turns", ["next_due_ms"])
    op.execute("UPDATE turns SET next_due_ms = 0 WHERE last_seq > 0")
    op.drop_index("ix_conversions_site_id_release_at_ms", table_name="conversions")
    for name, column in (("ix_conversions_open_release", "release_at_ms"), ("ix_conversions_open_at", "at_ms")):
        op.create_index(name, "conversions", ["site_id", column], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_conversions_open_at", table_name="conversions")
    op.drop_index("ix_conversions_open_release", table_name="conversions")
    op.create_index("ix_conversions_site_id_release_at_ms", "conversions", ["site_id", "release_at_ms"])
    op.drop_index("ix_turns_next_due_ms", table_name="turns")
    op.drop_column("turns", "next_due_ms")
