"""Proposals: calls of the API that a key asks for and a person approves or declines."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "proposals",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("proposal_id", sa.String(24), nullable=False),
        sa.Column("key_handle", sa.String(8), nullable=False),
        sa.Column("key_name", sa.String(120), nullable=False),
        sa.Column("operation", sa.String(60), nullable=False),
        sa.Column("path_ids", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("decided_by", sa.String(80), server_default="", nullable=False),
        sa.Column("decided_at_ms", sa.BigInteger()),
        sa.Column("status", sa.Integer()),
        sa.Column("answer", sa.Text()),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_proposals_site_id"),
        sa.PrimaryKeyConstraint("site_id", "proposal_id", name="pk_proposals"),
    )
    op.create_index("ix_proposals_site_id_asked_at_ms", "proposals", ["site_id", "asked_at_ms"])


def downgrade() -> None:
    """Back."""
    op.drop_table("proposals")
