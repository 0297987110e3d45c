"""Metadata that the owner attaches to conversions and links: apart from facts, so that it can be erased."""

from sqlalchemy import Column, Index, String, Table, Text

from passalong.store.schema.columns import key, metadata, of_site, site

attached_metadata = Table(
    "attached_metadata",
    metadata,
    site(),
    key("about"),
    key("metadata_hash", 40),
    Column("advocate_id", String(16)),
    Column("entries", Text, nullable=False),
    of_site(to="sites"),
    Index(None, "site_id", "advocate_id"),
)
"""`about` is `conversion:<id>` or `link:<share id>`, `entries` a JSON object of texts; `advocate_id` owns the link."""
