"""Metadata of conversions and links."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "attached_metadata",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("about", sa.String(160), nullable=False),
        sa.Column("metadata_hash", sa.String(40), nullable=False),
        sa.Column("advocate_id", sa.String(16)),
        sa.Column("entries", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_attached_metadata_site_id"),
        sa.PrimaryKeyConstraint("site_id", "about", "metadata_hash", name="pk_attached_metadata"),
    )
    op.create_index("ix_attached_metadata_site_id_advocate_id", "attached_metadata", ["site_id", "advocate_id"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_attached_metadata_site_id_advocate_id", table_name="attached_metadata")
    op.drop_table("attached_metadata")
