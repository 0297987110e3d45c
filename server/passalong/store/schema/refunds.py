"""Refunds: as they were recorded, which later ones are judged against, and as the fold looks them up."""

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, false

from passalong.store.schema.columns import FROM_FACTS, key, metadata, number, site

refund_requests = Table(
    "refund_requests",
    metadata,
    site(),
    key("refund_id", 128),
    Column("conversion_id", String(128), nullable=False),
    Column("input_hash", String(64), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("everything", Boolean, nullable=False, server_default=false()),
    number("at_ms"),
    Index("ix_refund_requests_conversion", "site_id", "conversion_id", "at_ms", "refund_id"),
    Index("ix_refund_requests_at", "site_id", "at_ms", "refund_id"),
)

refunds = Table(
    "refunds",
    metadata,
    *(site(), key("conversion_id"), key("refund_id")),
    *(number("at_ms"), number("amount_micros"), Column("amount_minor", BigInteger)),
    Column("everything", Boolean, nullable=False, server_default=false()),
    info=FROM_FACTS,
)
