"""Closed pools."""

from sqlalchemy import Table

from passalong.store.schema.columns import FROM_FACTS, count, key, metadata, number, site

pools = Table(
    "pools",
    metadata,
    site(),
    key("period", 7),
    key("unit", 8),
    number("closed_at_ms"),
    number("amount_micros"),
    number("shared_micros"),
    number("people"),
    count("carried_micros"),
    count("levels_micros"),
    count("expired_micros"),
    count("added_micros"),
    info=FROM_FACTS,
)
