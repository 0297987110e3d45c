"""The versions of a site's settings."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from passalong.store.schema.columns import metadata, number, of_site, site

settings_versions = Table(
    "settings_versions",
    metadata,
    site(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    number("since_ms"),
    number("made_at_ms"),
    Column("author", String(80), nullable=False),
    Column("note", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("begun_at_ms", BigInteger),
    Column("withdrawn_at_ms", BigInteger),
    of_site(to="sites"),
    Index(None, "since_ms"),
)
"""Each version has the settings that it changes, before and after, as JSON objects of texts."""
