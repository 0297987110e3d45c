"""Fingerprints of the keys of the instance."""

from sqlalchemy import Column, Integer, String, Table

from passalong.store.schema.columns import key, metadata, number

key_fingerprints = Table(
    "key_fingerprints",
    metadata,
    key("purpose", 8),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String(64), nullable=False),
    number("first_used_ms"),
)
"""The instance's own (schema.INSTANCE): fingerprints of the keys that it signs with."""
