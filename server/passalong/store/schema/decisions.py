"""Decisions of people."""

from sqlalchemy import Column, Index, String, Table, Text

from passalong.store.schema.columns import FROM_FACTS, key, metadata, number, site

verdicts = Table(
    "verdicts",
    metadata,
    site(),
    key("about", 16),
    key("subject_id"),
    key("event_id", 128),
    number("at_ms"),
    Column("decision", String(16), nullable=False),
    Column("author", String(120), nullable=False),
    Column("note", Text, nullable=False),
    Column("share_id", String(15)),
    Index("ix_verdicts_at", "site_id", "at_ms", "event_id"),
    Index("ix_verdicts_subject", "site_id", "about", "subject_id", "at_ms", "event_id"),
    info=FROM_FACTS,
)
