"""The table of proposals: calls of the API that a key asks for and a person approves or declines."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from passalong.store.schema.columns import key, metadata, number, of_site, site

proposals = Table(
    "proposals",
    metadata,
    site(),
    key("proposal_id", 24),
    Column("key_handle", String(8), nullable=False),
    Column("key_name", String(120), nullable=False),
    Column("operation", String(60), nullable=False),
    Column("path_ids", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("reason", String(500), nullable=False),
    number("asked_at_ms"),
    number("expires_at_ms"),
    Column("state", String(10), nullable=False),
    Column("decided_by", String(80), nullable=False, server_default=""),
    Column("decided_at_ms", BigInteger),
    Column("status", Integer),
    Column("answer", Text),
    of_site(to="sites"),
    Index(None, "site_id", "asked_at_ms"),
)
"""One row for each proposal; `status` is that of the call, once it was carried out, `answer` the code and detail of its
problem. `path_ids`, `body` and `reason` are emptied once it is over; rows are deleted after `retention_days`."""
