"""The journal and its balances."""

from sqlalchemy import Column, Index, Integer, String, Table

from passalong.store.schema.columns import FROM_FACTS, count, key, metadata, number, site

journal = Table(
    "journal",
    metadata,
    site(),
    number("tx", primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    number("seq"),
    Column("subject", String(160), nullable=False),
    Column("account", String(160), nullable=False),
    Column("unit", String(8), nullable=False),
    number("amount_micros"),
    number("at_ms"),
    Index(None, "site_id", "account", "tx"),
    Index(None, "site_id", "subject", "tx"),
    info=FROM_FACTS,
)

balances = Table("balances", metadata, site(), key("account"), key("unit", 8), count("amount_micros"), info=FROM_FACTS)
