"""Facts in order, the queue of those that are not folded yet, the quarantine, and the leases of workers."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, UniqueConstraint

from passalong.store.schema.columns import count, key, metadata, number, of_site, site

events = Table(
    "events",
    metadata,
    site(),
    key("source", 16),
    key("event_id", 128),
    Column("kind", String(16), nullable=False),
    number("at_ms"),
    Column("input_hash", String(64), nullable=False),
    Column("fact", Text, nullable=False),
    of_site(to="sites"),
    Index(None, "site_id", "at_ms"),
)

queue = Table("queue", metadata, site(), number("at_ms", primary_key=True), key("source", 16), key("event_id", 128))

set_aside = Table(
    "set_aside",
    metadata,
    site(),
    key("source", 16),
    key("event_id", 128),
    number("at_ms"),
    number("set_aside_at_ms"),
    Column("error", Text, nullable=False),
    of_site(to="sites"),
)

numbered = Table(
    "numbered",
    metadata,
    site(),
    number("seq", primary_key=True),
    Column("source", String(16), nullable=False),
    Column("event_id", String(128), nullable=False),
    UniqueConstraint("site_id", "source", "event_id"),
)

turns = Table(
    "turns",
    metadata,
    site(),
    Column("worker", String(64)),
    Column("until_ms", BigInteger, nullable=False, server_default="0"),
    count("last_seq"),
    count("last_tx"),
    Column("next_due_ms", BigInteger),
    of_site(to="sites"),
    Index(None, "next_due_ms"),
)
