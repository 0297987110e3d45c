"""Metadata that the owner attaches to conversions and links: apart from facts, so that it can be erased."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, text

from passalong.store.schema.columns import key, metadata, of_site, site

UNRECORDED = text("unrecorded_since_ms IS NOT NULL")

attached_metadata = Table(
    "attached_metadata",
    metadata,
    site(),
    key("about"),
    key("metadata_hash", 40),
    Column("advocate_id", String(16)),
    Column("entries", Text, nullable=False),
    Column("unrecorded_since_ms", BigInteger),
    of_site(to="sites"),
    Index(None, "site_id", "advocate_id"),
    Index(
        "ix_attached_metadata_unrecorded",
        *("site_id", "unrecorded_since_ms", "about"),
        sqlite_where=UNRECORDED,
        postgresql_where=UNRECORDED,
    ),
)
"""`about` is `conversion:<id>` or `link:<share id>`, `entries` a JSON object of texts; `advocate_id` owns the link.

The metadata of a conversion is stored before its fact: `unrecorded_since_ms` is null once the fact was seen."""
