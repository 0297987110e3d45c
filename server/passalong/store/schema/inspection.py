"""Tables behind the console's event list: a line for each event, the people it is about, and where links were sent."""

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text, text, true

from passalong.store.schema.columns import FROM_FACTS, count, key, metadata, number, site

WITH_REASON = text("reason IS NOT NULL")

inspected = Table(
    "inspected",
    metadata,
    site(),
    key("subject"),
    number("at_ms"),
    Column("kind", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", String(32)),
    Column("detail", Text, nullable=False),
    Column("unit", String(8)),
    Column("amount_micros", BigInteger),
    Column("shown", Boolean, nullable=False, server_default=true()),
    Column("value_unit", String(8)),
    Column("value_micros", BigInteger),
    Column("page_hash", String(32)),
    Index("ix_inspected_status", "site_id", "status", "at_ms"),
    Index("ix_inspected_shown", "site_id", "shown", "at_ms", "subject"),
    Index("ix_inspected_kind", "site_id", "kind", "at_ms", "subject"),
    Index("ix_inspected_page", "site_id", "page_hash", "at_ms", "subject"),
    Index("ix_inspected_reason", "site_id", "reason", "at_ms", sqlite_where=WITH_REASON, postgresql_where=WITH_REASON),
    info=FROM_FACTS,
)
"""The line of each event; `shown` is False for events that are not about sharing."""

event_people = Table(
    "event_people",
    metadata,
    site(),
    key("advocate_id", 64),
    number("at_ms", primary_key=True),
    key("subject"),
    info=FROM_FACTS,
)
"""The advocates whom an event is about: the owner of its link, and everybody it credits."""

channel_days = Table(
    "channel_days", metadata, site(), key("day", 10), key("sent_to", 32), count("times"), info=FROM_FACTS
)
"""How often links were sent to each target, by day: for the whole site and never per person."""
