"""Claims and their messages."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from passalong.store.schema.columns import FROM_FACTS, key, metadata, number, of_site, site

claims = Table(
    "claims",
    metadata,
    site(),
    key("claim_id", 64),
    Column("advocate_id", String(16), nullable=False),
    Column("line_id", String(16)),
    Column("conversion_id", String(160)),
    Column("share_id", String(15)),
    number("at_ms"),
    number("promised_at_ms"),
    Column("answered_at_ms", BigInteger),
    Column("resolved_at_ms", BigInteger),
    Column("outcome", String(12), nullable=False),
    Index("ix_claims_outcome", "site_id", "outcome", "promised_at_ms", "claim_id"),
    Index("ix_claims_advocate", "site_id", "advocate_id", "at_ms"),
    info=FROM_FACTS,
)

claim_words = Table(
    "claim_words",
    metadata,
    site(),
    key("claim_id", 64),
    number("number", primary_key=True),
    number("at_ms"),
    Column("author", String(16), nullable=False),
    Column("words", Text, nullable=False),
    of_site(to="sites"),
)
