"""The table of calls of the API that carried an `Idempotency-Key`, with their answers."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from passalong.store.schema.columns import key, metadata, number, of_site, site

api_requests = Table(
    "api_requests",
    metadata,
    site(),
    key("request_id", 64),
    Column("operation", String(60), nullable=False),
    Column("input_hash", String(64), nullable=False),
    number("at_ms"),
    Column("status", Integer),
    Column("answer", Text),
    of_site(to="sites"),
    Index(None, "site_id", "at_ms"),
)
"""One row for each call; `status` and `answer` follow once it is answered. Rows are deleted after a week."""
