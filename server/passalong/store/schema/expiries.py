"""Notices of expiring credit."""

from sqlalchemy import BigInteger, Column, Index, Table

from passalong.store.schema.columns import FROM_FACTS, count, key, metadata, number, site

expiries = Table(
    "expiries",
    metadata,
    site(),
    key("advocate_id", 64),
    key("period", 7),
    key("unit", 8),
    number("expires_at_ms"),
    number("amount_micros"),
    number("first_at_ms"),
    Column("second_at_ms", BigInteger),
    Column("settled_at_ms", BigInteger),
    count("taken_micros"),
    Index("ix_expiries_due", "site_id", "settled_at_ms", "expires_at_ms"),
    info=FROM_FACTS,
)
