"""Receipts, in every version."""

from sqlalchemy import Column, Integer, Table, Text

from passalong.store.schema.columns import FROM_FACTS, key, metadata, number, site

receipts = Table(
    "receipts",
    metadata,
    site(),
    key("subject"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    number("seq"),
    number("at_ms"),
    Column("body", Text, nullable=False),
    info=FROM_FACTS,
)
