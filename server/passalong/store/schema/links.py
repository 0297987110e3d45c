"""Issued links of advocates and of the site itself, and totals."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint

from passalong.store.schema.columns import FROM_FACTS, count, key, metadata, number, of_site, site

issued_links = Table(
    "issued_links",
    metadata,
    site(),
    key("share_id", 15),
    Column("request_id", String(64), nullable=False),
    Column("input_hash", String(64), nullable=False),
    Column("key_id", Integer, nullable=False),
    Column("advocate_id", String(16), nullable=False),
    Column("visitor_id", String(64)),
    Column("page_url", Text, nullable=False),
    Column("title", String(200), nullable=False),
    Column("parent_share_id", String(15)),
    Column("terms_version", Integer, nullable=False),
    number("issued_at_ms"),
    UniqueConstraint("site_id", "request_id"),
    of_site("advocate_id", to="advocates"),
    of_site("terms_version", to="terms", at="version"),
    Index("ix_issued_links_share_id", "share_id"),
)

site_links = Table(
    "site_links",
    metadata,
    site(),
    key("share_id", 15),
    Column("request_id", String(64), nullable=False),
    Column("input_hash", String(64), nullable=False),
    Column("key_id", Integer, nullable=False),
    Column("page_url", Text, nullable=False),
    Column("title", String(200), nullable=False),
    number("issued_at_ms"),
    UniqueConstraint("site_id", "request_id"),
    of_site(to="sites"),
    Index("ix_site_links_share_id", "share_id"),
)
"""Links that belong to the site itself: they credit nobody, so they have no advocate, parent or terms."""

link_totals = Table(
    "link_totals",
    metadata,
    site(),
    key("share_id", 15),
    Column("advocate_id", String(16), nullable=False),
    Column("page_hash", String(32), nullable=False),
    Column("parent_share_id", String(15)),
    number("at_ms"),
    count("people"),
    Index("ix_link_totals_beneath", "site_id", "parent_share_id", "people", "share_id"),
    Index("ix_link_totals_advocate", "site_id", "advocate_id", "page_hash", "people", "share_id"),
    Index("ix_link_totals_page", "site_id", "page_hash", "parent_share_id", "people", "share_id"),
    info=FROM_FACTS,
)

link_trees = Table(
    "link_trees",
    metadata,
    site(),
    key("share_id", 15),
    count("branches"),
    count("beneath"),
    count("outcomes"),
    info=FROM_FACTS,
)

link_sent = Table(
    "link_sent", metadata, site(), key("share_id", 15), key("sent_to", 32), count("times"), info=FROM_FACTS
)
