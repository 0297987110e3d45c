"""Links that belong to the site itself, and credit nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "site_links",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("share_id", sa.String(15), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("issued_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_site_links_site_id"),
        sa.PrimaryKeyConstraint("site_id", "share_id", name="pk_site_links"),
        sa.UniqueConstraint("site_id", "request_id", name="uq_site_links_site_id_request_id"),
    )
    op.create_index("ix_site_links_share_id", "site_links", ["share_id"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_site_links_share_id", table_name="site_links")
    op.drop_table("site_links")
