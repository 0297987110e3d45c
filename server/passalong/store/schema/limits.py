"""Tables of limits over many conversions: grants, and how much of each limit is spent."""

from sqlalchemy import BigInteger, Column, String, Table

from passalong.store.schema.columns import FROM_FACTS, key, metadata, number, site

grants = Table(
    "grants",
    metadata,
    site(),
    key("conversion_id"),
    key("recipient", 64),
    key("event_id", 128),
    Column("unit", String(8), primary_key=True, server_default=""),
    Column("terms_version", BigInteger, primary_key=True, autoincrement=False, server_default="0"),
    number("wanted_micros"),
    number("granted_micros"),
    info=FROM_FACTS,
)

spent = Table(
    "spent",
    metadata,
    site(),
    key("goal", 40),
    key("unit", 8),
    key("recipient", 64),
    key("span", 10),
    number("granted_micros"),
    info=FROM_FACTS,
)
