"""Guests: the hashes of the secrets that browsers keep, each with its advocate."""

from sqlalchemy import BigInteger, Column, String, Table

from passalong.store.schema.columns import key, metadata, of_site, site

guests = Table(
    "guests",
    metadata,
    site(),
    key("guest_hash", 64),
    Column("advocate_id", String(16), nullable=False),
    Column("closed_at_ms", BigInteger),
    Column("moved_to", String(16)),
    of_site("advocate_id", to="advocates"),
)
