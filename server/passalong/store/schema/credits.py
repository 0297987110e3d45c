"""Credit of each conversion and recipient, and sums by recipient."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, false

from passalong.store.schema.columns import FROM_FACTS, count, key, metadata, number, site

credits = Table(
    "credits",
    metadata,
    site(),
    key("conversion_id"),
    key("recipient", 64),
    key("unit", 8),
    Column("line_id", String(16), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("share_id", String(15)),
    Column("goal", String(40), nullable=False),
    Column("level", Integer, nullable=False),
    number("at_ms"),
    number("amount_micros"),
    number("earned_micros"),
    count("direct_micros"),
    Column("taken_at_ms", BigInteger),
    Column("release_at_ms", BigInteger),
    Column("ready", Boolean, nullable=False),
    Column("on_hold", Boolean, nullable=False, server_default=false()),
    Index("ix_credits_newest", "site_id", "recipient", "at_ms", "line_id"),
    Index("ix_credits_release", "site_id", "recipient", "ready", "release_at_ms"),
    Index("ix_credits_line", "site_id", "line_id"),
    info=FROM_FACTS,
)

unit_totals = Table(
    "unit_totals",
    metadata,
    site(),
    key("recipient", 64),
    key("unit", 8),
    count("earned_micros"),
    count("taken_back_micros"),
    count("waiting_micros"),
    count("ready_micros"),
    count("used_micros"),
    info=FROM_FACTS,
)
