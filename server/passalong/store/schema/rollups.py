"""Totals of a site that pages read, by page, day and unit."""

from sqlalchemy import Column, Index, String, Table, Text

from passalong.store.schema.columns import FROM_FACTS, count, key, metadata, number, site

site_counts = Table("site_counts", metadata, site(), key("name", 32), count("amount"), info=FROM_FACTS)

site_units = Table(
    "site_units",
    metadata,
    site(),
    key("unit", 8),
    count("waiting_micros"),
    count("taken_back_micros"),
    count("expired_micros"),
    info=FROM_FACTS,
)

page_totals = Table(
    "page_totals",
    metadata,
    site(),
    key("advocate_id", 16),
    key("page_hash", 32),
    Column("page_url", Text, nullable=False),
    Column("title", String(200), nullable=False),
    number("at_ms"),
    count("shares"),
    count("people"),
    count("passed_on"),
    count("outcomes"),
    count("thanks"),
    Index(None, "site_id", "advocate_id", "people"),
    info=FROM_FACTS,
)

day_totals = Table(
    "day_totals", metadata, site(), key("day", 10), count("shares"), count("people"), count("outcomes"), info=FROM_FACTS
)

page_days = Table(
    "page_days", metadata, site(), key("day", 10), key("page_hash", 32), count("people"), count("passed_on"),
    count("outcomes"), count("shares"), info=FROM_FACTS)  # fmt: skip

day_money = Table(
    "day_money",
    metadata,
    site(),
    key("day", 10),
    key("unit", 8),
    count("brought_micros"),
    count("went_back_micros"),
    count("pool_micros"),
    info=FROM_FACTS,
)
