"""Payouts: exported batches, the destinations as they were exported, and the account that the owner pays from."""

from sqlalchemy import Column, Index, String, Table

from passalong.store.schema.columns import key, metadata, number, of_site, site

payout_batches = Table(
    "payout_batches",
    metadata,
    site(),
    key("batch_id", 128),
    number("exported_at_ms"),
    Column("exported_by", String(128), nullable=False),
    Column("sender_name", String(120), nullable=False),
    Column("sender_iban", String(40), nullable=False),
    Index("ix_payout_batches_exported", "site_id", "exported_at_ms", "batch_id"),
    of_site(to="sites"),
)

payout_lines = Table(
    "payout_lines",
    metadata,
    site(),
    key("redemption_id", 128),
    Column("advocate_id", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(120), nullable=False),
    Column("account", String(120), nullable=False),
    Index(None, "site_id", "advocate_id"),
    of_site(to="sites"),
)
"""The destination of each exported payout, frozen; erased with its person."""

payout_senders = Table(
    "payout_senders",
    metadata,
    site(),
    Column("name", String(120), nullable=False),
    Column("iban", String(40), nullable=False),
    of_site(to="sites"),
)

discount_codes = Table(
    "discount_codes",
    metadata,
    site(),
    key("code", 80),
    Column("unit", String(8), nullable=False),
    number("amount_micros"),
    number("added_at_ms"),
    Column("redemption_id", String(128)),
    Index(None, "site_id", "redemption_id"),
    Index(None, "site_id", "unit", "amount_micros", "added_at_ms"),
    of_site(to="sites"),
)
"""Discount codes from the owner's shop that wait to be given out; one with a `redemption_id` was given."""
