"""Tables of identity, made from facts like all read models: edges, groups, accounts and bindings."""

from sqlalchemy import BigInteger, Column, Index, String, Table

from passalong.store.schema.columns import FROM_FACTS, key, metadata, number, site

identities = Table(
    "identities",
    metadata,
    site(),
    key("identity", 66),
    Column("person", String(66), nullable=False),
    Index(None, "site_id", "person"),
    info=FROM_FACTS,
)

edges = Table(
    "edges",
    metadata,
    site(),
    key("low", 66),
    key("high", 66),
    key("strength", 8),
    key("source", 16),
    key("event_id", 128),
    number("seq"),
    Column("ended_seq", BigInteger),
    Index(None, "site_id", "high"),
    Index(None, "site_id", "source", "event_id"),
    info=FROM_FACTS,
)

accounts = Table(
    "accounts",
    metadata,
    site(),
    key("advocate_id", 16),
    Column("account_id", String(16), nullable=False),
    Index(None, "site_id", "account_id"),
    info=FROM_FACTS,
)

bindings = Table(
    "bindings",
    metadata,
    site(),
    key("kind", 8),
    key("key", 66),
    number("generation", primary_key=True),
    Column("advocate_id", String(16), nullable=False),
    number("seq"),
    Column("ended_seq", BigInteger),
    Index(None, "site_id", "advocate_id"),
    info=FROM_FACTS,
)
