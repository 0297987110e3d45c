"""Refusals that are no facts: counters and samples."""

from sqlalchemy import Column, String, Table

from passalong.store.schema.columns import count, key, metadata, number, of_site, site

refusals = Table(
    "refusals",
    metadata,
    site(),
    number("at_ms", primary_key=True),
    key("refusal_id", 32),
    Column("kind", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("detail", String(200), nullable=False),
    of_site(to="sites"),
)

refusal_counts = Table(
    "refusal_counts", metadata, site(), key("day", 10), key("kind", 16), key("reason", 32), count("events")
)
