"""Old codes of another programme's links."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "link_aliases",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("alias", sa.String(24), nullable=False),
        sa.Column("param", sa.String(24), nullable=False),
        sa.Column("share_id", sa.String(15), nullable=False),
        sa.Column("advocate_id", sa.String(16), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_link_aliases_site_id"),
        sa.PrimaryKeyConstraint("site_id", "alias", name="pk_link_aliases"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("link_aliases")
