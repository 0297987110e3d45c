"""Versions of the terms."""

from sqlalchemy import Column, Integer, Table, Text

from passalong.store.schema.columns import metadata, number, of_site, site

terms = Table(
    "terms",
    metadata,
    site(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    number("since_ms"),
    Column("note", Text, nullable=False),
    Column("document", Text, nullable=False),
    of_site(to="sites"),
)

terms_withdrawals = Table(
    "terms_withdrawals",
    metadata,
    site(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    number("at_ms"),
    of_site("version", to="terms"),
)
