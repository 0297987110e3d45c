"""Keys of the API."""

from sqlalchemy import BigInteger, Column, String, Table

from passalong.store.schema.columns import key, metadata, number, of_site, site

api_keys = Table(
    "api_keys",
    metadata,
    site(),
    key("key_hash", 64),
    Column("name", String(120), nullable=False),
    Column("last_four", String(4), nullable=False),
    number("created_at_ms"),
    Column("last_used_at_ms", BigInteger),
    Column("ends_at_ms", BigInteger),
    Column("scopes", String(120)),
    of_site(to="sites"),
)
