"""Try mode: its links and events; and the origins that loaded the script."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "try_links",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("share_id", sa.String(15), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("issued_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_try_links_site_id"),
        sa.PrimaryKeyConstraint("site_id", "share_id", name="pk_try_links"),
        sa.UniqueConstraint("site_id", "request_id", name="uq_try_links_site_id_request_id"),
    )
    op.create_index("ix_try_links_share_id", "try_links", ["share_id"])
    op.create_table(
        "try_events",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tried", sa.String(16), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("share_id", sa.String(15), nullable=False),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("target", sa.String(24), nullable=False),
        sa.Column("goal", sa.String(40), nullable=False),
        sa.Column("refused", sa.String(32)),
        sa.PrimaryKeyConstraint("site_id", "seq", name="pk_try_events"),
    )
    op.create_index("ix_try_events_site_id_tried_at_ms", "try_events", ["site_id", "tried", "at_ms"])
    op.create_table(
        "script_sightings",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(260), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name="fk_script_sightings_site_id"),
        sa.PrimaryKeyConstraint("site_id", "origin", name="pk_script_sightings"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("script_sightings")
    op.drop_index("ix_try_events_site_id_tried_at_ms", table_name="try_events")
    op.drop_table("try_events")
    op.drop_index("ix_try_links_share_id", table_name="try_links")
    op.drop_table("try_links")
