"""Tables of webhooks: the owner's endpoints, the stream of events, and their deliveries."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from passalong.store.schema.columns import count, key, metadata, number, of_site, site

webhooks = Table(
    "webhooks",
    metadata,
    site(),
    key("webhook_id", 22),
    Column("url", Text, nullable=False),
    Column("description", String(120), nullable=False),
    Column("types", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("paused_because", String(8), nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    number("created_at_ms"),
    Column("nonce", String(32), nullable=False),
    Column("key_id", Integer, nullable=False),
    Column("old_nonce", String(32), nullable=False, server_default=""),
    Column("old_key_id", Integer, nullable=False, server_default="0"),
    Column("old_until_ms", BigInteger, nullable=False, server_default="0"),
    count("failures"),
    Column("failing_since_ms", BigInteger),
    count("retry_at_ms"),
    Column("last_success_ms", BigInteger),
    Column("due_ms", BigInteger),
    of_site(to="sites"),
    Index("ix_webhooks_due_ms", "due_ms"),
)
"""The secret of a webhook is derived from its nonce and the instance's key: it is in no table. `due_ms` is when it next
has something to be sent; `retry_at_ms` ends the break after a failure."""

webhook_numbers = Table("webhook_numbers", metadata, site(), count("last_number"), of_site(to="sites"))
"""The number of a site's last event: its row is locked until the transaction that appends ends, so numbers have no gap
and appear in order."""

webhook_events = Table(
    "webhook_events",
    metadata,
    site(),
    number("number", primary_key=True),
    Column("event_id", String(32), nullable=False),
    Column("type", String(40), nullable=False),
    number("at_ms"),
    Column("body", Text, nullable=False),
    Index(None, "site_id", "event_id"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    site(),
    key("webhook_id", 22),
    number("number", primary_key=True),
    Column("event_id", String(32), nullable=False),
    Column("type", String(40), nullable=False),
    number("at_ms"),
    Column("state", String(10), nullable=False),
    count("attempts"),
    count("failures"),
    Column("next_at_ms", BigInteger),
    Column("done_at_ms", BigInteger),
    Column("status", Integer),
    Column("error", String(200), nullable=False, server_default=""),
    Index(None, "site_id", "webhook_id", "next_at_ms"),
    Index(None, "site_id", "webhook_id", "state", "number"),
)
"""An event for one webhook: `failures` counts in the schedule, `attempts` all that were ever made."""

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    site(),
    key("webhook_id", 22),
    number("number", primary_key=True),
    number("attempt", primary_key=True),
    number("at_ms"),
    number("took_ms"),
    Column("status", Integer),
    Column("excerpt", Text, nullable=False),
    Column("error", String(200), nullable=False),
)
