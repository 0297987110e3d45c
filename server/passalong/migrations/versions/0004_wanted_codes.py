"""Words that advocates ask for and the owner has not agreed to yet."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "wanted_codes",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("declined_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id", "advocate_id"],
            ["advocates.site_id", "advocates.advocate_id"],
            name=op.f("fk_wanted_codes_site_id_advocate_id"),
        ),
        sa.PrimaryKeyConstraint("site_id", "code", name=op.f("pk_wanted_codes")),
    )
    op.create_index(
        op.f("ix_wanted_codes_site_id_advocate_id"), "wanted_codes", ["site_id", "advocate_id"], unique=False
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("wanted_codes")
