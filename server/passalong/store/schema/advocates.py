"""Advocates, what they choose to show, and what each of them reached."""

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, false

from passalong.store.schema.columns import FROM_FACTS, count, key, metadata, number, of_site, site

advocates = Table(
    "advocates",
    metadata,
    site(),
    key("advocate_id", 16),
    number("created_at_ms"),
    of_site(to="sites"),
)
BEGINS = "ix_advocates_begins"
"""The index of PostgreSQL that finds people by how their id begins, in the order of bytes: its primary keys sort by the
language of the database, SQLite's by bytes. A migration makes it: Alembic cannot compare an index with a collation."""

advocate_choices = Table(
    "advocate_choices",
    metadata,
    site(),
    key("advocate_id", 16),
    Column("name", String(80), nullable=False, server_default=""),
    Column("name_folded", String(240), nullable=False, server_default=""),
    Column("shown", Boolean, nullable=False),
    Column("greets", Boolean, nullable=False, server_default=false()),
    Column("stopped_at_ms", BigInteger),
    Column("erased_at_ms", BigInteger),
    of_site("advocate_id", to="advocates"),
    Index("ix_advocate_choices_name", "site_id", "name_folded", "advocate_id"),
)
"""Choices of a person about their name. `name_folded` is the name without capitals, by which it is found."""

advocate_totals = Table(
    "advocate_totals",
    metadata,
    site(),
    key("advocate_id", 16),
    count("pages"),
    count("people"),
    count("passed_on"),
    count("outcomes"),
    count("thanks"),
    count("credited_at_ms"),
    count("active_at_ms"),
    Index(None, "site_id", "credited_at_ms"),
    Index("ix_advocate_totals_active", "site_id", "active_at_ms", "advocate_id"),
    info=FROM_FACTS,
)
