"""Redemptions, the methods that a site offers, and payout destinations."""

from sqlalchemy import Column, Index, String, Table

from passalong.store.schema.columns import FROM_FACTS, count, key, metadata, number, of_site, site

uses = Table(
    "uses",
    metadata,
    site(),
    key("use_id", 128),
    Column("advocate_id", String(64), nullable=False),
    Column("way", String(16), nullable=False),
    Column("unit", String(8), nullable=False),
    number("amount_micros"),
    number("fee_micros"),
    Column("state", String(16), nullable=False),
    number("at_ms"),
    number("changed_at_ms"),
    Column("batch_id", String(128)),
    Column("reference", String(200), nullable=False),
    Column("note", String(200), nullable=False),
    Index(None, "site_id", "advocate_id", "at_ms"),
    Index("ix_uses_state", "site_id", "state", "at_ms", "use_id"),
    Index(None, "site_id", "batch_id"),
    info=FROM_FACTS,
)

ways = Table(
    "ways",
    metadata,
    site(),
    key("way", 16),
    key("unit", 8),
    count("minimum_micros"),
    count("fee_micros"),
    count("days"),
    Column("about", String(200), nullable=False),
    of_site(to="sites"),
)

payout_destinations = Table(
    "payout_destinations",
    metadata,
    site(),
    key("advocate_id", 16),
    Column("kind", String(16), nullable=False),
    Column("name", String(120), nullable=False),
    Column("account", String(120), nullable=False),
    number("changed_at_ms"),
    of_site("advocate_id", to="advocates"),
)
