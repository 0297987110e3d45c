"""Visits, and who was reached by whom."""

from sqlalchemy import Column, Index, String, Table, Text

from passalong.store.schema.columns import FROM_FACTS, key, metadata, number, site

visits = Table(
    "visits",
    metadata,
    site(),
    key("visit_id", 64),
    Column("visitor_id", String(64), nullable=False),
    Column("share_id", String(15), nullable=False),
    number("at_ms"),
    Column("page_url", Text, nullable=False),
    Column("refused", String(32)),
    Index(None, "site_id", "visitor_id", "at_ms"),
    info=FROM_FACTS,
)

reached = Table("reached", metadata, site(), key("visitor_id", 64), key("reacher", 80), info=FROM_FACTS)

passed_on = Table("passed_on", metadata, site(), key("reacher", 80), key("advocate_id", 16), info=FROM_FACTS)
