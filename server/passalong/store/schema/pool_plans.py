"""Shares of a pool that are worked out and not on record yet."""

from sqlalchemy import Column, String, Table, Text

from passalong.store.schema.columns import metadata, number, site

pool_plans = Table(
    "pool_plans",
    metadata,
    site(),
    number("number", primary_key=True),
    Column("event_id", String(128), nullable=False),
    Column("fact", Text, nullable=False),
)
