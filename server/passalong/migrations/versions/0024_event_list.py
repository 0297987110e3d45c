"""The event list: all kinds of events, their people, targets by day; when advocates were last active."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

WITH_REASON = sa.text("reason IS NOT NULL")
HELD, HELD_SQLITE = sa.text("held"), sa.text("held = 1")
INDEXES = (
    ("ix_inspected_shown", "inspected", ["site_id", "shown", "at_ms", "subject"], None),
    ("ix_inspected_kind", "inspected", ["site_id", "kind", "at_ms", "subject"], None),
    ("ix_inspected_page", "inspected", ["site_id", "page_hash", "at_ms", "subject"], None),
    ("ix_inspected_reason", "inspected", ["site_id", "reason", "at_ms"], WITH_REASON),
    ("ix_conversions_held", "conversions", ["site_id", "at_ms", "conversion_id"], HELD),
    ("ix_link_totals_page", "link_totals", ["site_id", "page_hash", "parent_share_id", "people"], None),
    ("ix_advocate_totals_active", "advocate_totals", ["site_id", "active_at_ms", "advocate_id"], None),
)
COUNTERS = (("advocate_totals", "active_at_ms"), ("page_days", "shares"))


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "event_people",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("advocate_id", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(160), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "advocate_id", "at_ms", "subject", name="pk_event_people"),
    )
    op.create_table(
        "channel_days",
        sa.Column("site_id", sa.String(16), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("sent_to", sa.String(32), nullable=False),
        sa.Column("times", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", "sent_to", name="pk_channel_days"),
    )
    op.add_column("inspected", sa.Column("shown", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("inspected", sa.Column("value_unit", sa.String(8)))
    op.add_column("inspected", sa.Column("value_micros", sa.BigInteger()))
    op.add_column("inspected", sa.Column("page_hash", sa.String(32)))
    op.execute(sa.text("UPDATE inspected SET shown = :no WHERE status = 'unshared'").bindparams(no=False))
    for table, name in COUNTERS:
        op.add_column(table, sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    for name, table, columns, where in INDEXES:
        on_sqlite = HELD_SQLITE if where is HELD else where
        op.create_index(name, table, columns, sqlite_where=on_sqlite, postgresql_where=where)
    op.drop_index("ix_inspected_site_id_at_ms", table_name="inspected")


def downgrade() -> None:
    """Back."""
    op.create_index("ix_inspected_site_id_at_ms", "inspected", ["site_id", "at_ms"])
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    for table, name in reversed(COUNTERS):
        op.drop_column(table, name)
    for name in ("page_hash", "value_micros", "value_unit", "shown"):
        op.drop_column("inspected", name)
    op.drop_table("channel_days")
    op.drop_table("event_people")
