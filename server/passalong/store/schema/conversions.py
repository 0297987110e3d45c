"""Conversions."""

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text, false, text

from passalong.store.schema.columns import FROM_FACTS, count, key, metadata, number, site

OPEN = text("frozen_seq IS NULL")
HELD, HELD_SQLITE = text("held"), text("held = 1")
LATER = text("later_release_at_ms IS NOT NULL")
"""For indexes over open holds alone: ended holds cost nothing."""

conversions = Table(
    "conversions",
    metadata,
    site(),
    key("conversion_id"),
    Column("subject", String(160), nullable=False),
    Column("goal", String(40), nullable=False),
    number("at_ms"),
    number("gross_micros"),
    Column("currency", String(8)),
    Column("share_id", String(15)),
    Column("visit_id", String(64)),
    Column("visitor_id", String(64)),
    Column("customer", String(66)),
    Column("email", String(66)),
    Column("signed_in", Boolean, nullable=False, server_default=false()),
    Column("page_url", Text),
    Column("products", Text),
    Column("country", String(2)),
    Column("given_to", String(16)),
    Column("coupon_share_id", String(15)),
    Column("refused", String(32)),
    Column("release_at_ms", BigInteger),
    Column("frozen_seq", BigInteger),
    Column("held", Boolean, nullable=False, server_default=false()),
    Column("held_whole", Boolean, nullable=False, server_default=false()),
    Column("counted", Boolean, nullable=False),
    count("brought_micros"),
    Column("later_release_at_ms", BigInteger),
    Column("currency_taken", Boolean),
    Column("touches", Text),
    Index(None, "site_id", "visitor_id"),
    Index(None, "site_id", "customer"),
    Index(None, "site_id", "email"),
    Index(None, "site_id", "visit_id"),
    Index("ix_conversions_open_release", "site_id", "release_at_ms", sqlite_where=OPEN, postgresql_where=OPEN),
    Index("ix_conversions_held", "site_id", "at_ms", "conversion_id", sqlite_where=HELD_SQLITE, postgresql_where=HELD),
    Index("ix_conversions_open_at", "site_id", "at_ms", sqlite_where=OPEN, postgresql_where=OPEN),
    Index("ix_conversions_later", "site_id", "later_release_at_ms", sqlite_where=LATER, postgresql_where=LATER),
    info=FROM_FACTS,
)
