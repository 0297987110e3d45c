"""Leaf hashes of the ledger's tree, so that a proof does not hash 256 lines."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = "tree_tiles"


def upgrade() -> None:
    """Forward."""
    op.create_table(
        TABLE,
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_tree_tiles_site_id"),
        sa.PrimaryKeyConstraint("site_id", "number", name="pk_tree_tiles"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table(TABLE)
