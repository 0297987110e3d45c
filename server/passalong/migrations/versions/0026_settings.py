"""Settings as versions, and what they are about: signed-in customers, questions, retention, the sender's name."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

NEW = ("customers_signed_in", "questions", "retention_days", "sender_name")


def upgrade() -> None:
    """Forward."""
    op.add_column("sites", sa.Column("customers_signed_in", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sites", sa.Column("questions", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("sites", sa.Column("retention_days", sa.Integer(), server_default="30", nullable=False))
    op.add_column("sites", sa.Column("sender_name", sa.String(120), server_default="", nullable=False))
    op.create_table(
        "settings_versions",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("begun_at_ms", sa.BigInteger()),
        sa.Column("withdrawn_at_ms", sa.BigInteger()),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_settings_versions_site_id"),
        sa.PrimaryKeyConstraint("site_id", "version", name="pk_settings_versions"),
    )
    op.create_index("ix_settings_versions_since_ms", "settings_versions", ["since_ms"])


def downgrade() -> None:
    """Back."""
    op.drop_table("settings_versions")
    for name in reversed(NEW):
        op.drop_column("sites", name)
