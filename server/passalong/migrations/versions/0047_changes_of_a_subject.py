"""The audit log of one subject, newest first, by an index."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

NAME = "ix_owner_changes_site_id_subject_at_ms_change_id"


def upgrade() -> None:
    """Forward."""
    op.create_index(NAME, "owner_changes", ["site_id", "subject", "at_ms", "change_id"])


def downgrade() -> None:
    """Back."""
    op.drop_index(NAME, table_name="owner_changes")
