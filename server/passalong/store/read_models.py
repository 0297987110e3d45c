"""The tables that are made from the facts: what the fold looks things up in, and what the pages read.

Nothing here is a source: all of it can be rebuilt from events, issued links and terms.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, false

from passalong.store.schema import count, key, metadata, number, site

identities = Table(
    "identities",
    metadata,
    site(),
    key("identity", 66),
    Column("person", String(66), nullable=False),
    Index(None, "site_id", "person"),
)

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
)

conversions = Table(
    "conversions",
    metadata,
    site(),
    key("conversion_id"),
    Column("subject", String(160), nullable=False),
    Column("goal", String(40), nullable=False),
    number("at_ms"),
    number("gross_micros"),
    Column("currency", String(8)),
    Column("share_id", String(15)),
    Column("visit_id", String(64)),
    Column("visitor_id", String(64)),
    Column("customer", String(66)),
    Column("page_url", Text),
    Column("products", Text),
    Column("country", String(2)),
    Column("given_to", String(16)),
    Column("coupon_share_id", String(15)),
    Column("refused", String(32)),
    Column("release_at_ms", BigInteger),
    Column("frozen_seq", BigInteger),
    Column("held", Boolean, nullable=False, server_default=false()),
    Column("counted", Boolean, nullable=False),
    count("brought_micros"),
    Index(None, "site_id", "visitor_id"),
    Index(None, "site_id", "customer"),
    Index(None, "site_id", "visit_id"),
    Index(None, "site_id", "release_at_ms"),
)

refunds = Table(
    "refunds", metadata, site(), key("conversion_id"), key("refund_id"), number("at_ms"), number("amount_micros")
)

credits = Table(
    "credits",
    metadata,
    site(),
    key("conversion_id"),
    key("recipient", 64),
    key("unit", 8),
    Column("line_id", String(16), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("share_id", String(15)),
    Column("goal", String(40), nullable=False),
    Column("level", Integer, nullable=False),
    number("at_ms"),
    number("amount_micros"),
    number("earned_micros"),
    count("direct_micros"),
    Column("taken_at_ms", BigInteger),
    Column("release_at_ms", BigInteger),
    Column("ready", Boolean, nullable=False),
    Index("ix_credits_newest", "site_id", "recipient", "at_ms", "line_id"),
    Index("ix_credits_release", "site_id", "recipient", "ready", "release_at_ms"),
    Index("ix_credits_line", "site_id", "line_id"),
)

uses = Table(
    "uses",
    metadata,
    site(),
    key("use_id", 128),
    Column("advocate_id", String(64), nullable=False),
    Column("way", String(16), nullable=False),
    Column("unit", String(8), nullable=False),
    number("amount_micros"),
    number("fee_micros"),
    Column("state", String(16), nullable=False),
    number("at_ms"),
    number("changed_at_ms"),
    Column("batch_id", String(128)),
    Column("reference", String(200), nullable=False),
    Column("note", String(200), nullable=False),
    Index(None, "site_id", "advocate_id", "at_ms"),
    Index(None, "site_id", "state", "at_ms"),
    Index(None, "site_id", "batch_id"),
)

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
)

grants = Table(
    "grants",
    metadata,
    site(),
    key("conversion_id"),
    key("recipient", 64),
    key("event_id", 128),
    number("wanted_micros"),
    number("granted_micros"),
)

spent = Table(
    "spent",
    metadata,
    site(),
    key("goal", 40),
    key("unit", 8),
    key("recipient", 64),
    key("span", 10),
    number("granted_micros"),
)

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
)

balances = Table("balances", metadata, site(), key("account"), key("unit", 8), count("amount_micros"))

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
    Index(None, "site_id", "at_ms"),
)

reached = Table("reached", metadata, site(), key("visitor_id", 64), key("reacher", 80))

passed_on = Table("passed_on", metadata, site(), key("reacher", 80), key("advocate_id", 16))

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
    Index(None, "site_id", "parent_share_id", "people"),
    Index(None, "site_id", "advocate_id", "page_hash", "people"),
)

link_trees = Table(
    "link_trees", metadata, site(), key("share_id", 15), count("branches"), count("beneath"), count("outcomes")
)

link_sent = Table("link_sent", metadata, site(), key("share_id", 15), key("sent_to", 32), count("times"))

site_counts = Table("site_counts", metadata, site(), key("name", 32), count("amount"))

site_units = Table(
    "site_units",
    metadata,
    site(),
    key("unit", 8),
    count("waiting_micros"),
    count("taken_back_micros"),
    count("expired_micros"),
)

claims = Table(
    "claims",
    metadata,
    site(),
    key("claim_id", 64),
    Column("advocate_id", String(16), nullable=False),
    Column("line_id", String(16)),
    Column("conversion_id", String(160)),
    Column("share_id", String(15)),
    number("at_ms"),
    number("promised_at_ms"),
    Column("answered_at_ms", BigInteger),
    Column("resolved_at_ms", BigInteger),
    Column("outcome", String(12), nullable=False),
    Index(None, "site_id", "outcome", "promised_at_ms"),
    Index("ix_claims_advocate", "site_id", "advocate_id", "at_ms"),
)

expiries = Table(
    "expiries",
    metadata,
    site(),
    key("advocate_id", 64),
    key("period", 7),
    key("unit", 8),
    number("expires_at_ms"),
    number("amount_micros"),
    number("first_at_ms"),
    Column("second_at_ms", BigInteger),
    Column("settled_at_ms", BigInteger),
    count("taken_micros"),
    Index("ix_expiries_due", "site_id", "settled_at_ms", "expires_at_ms"),
)

page_totals = Table(
    "page_totals",
    metadata,
    site(),
    key("advocate_id", 16),
    key("page_hash", 32),
    Column("page_url", Text, nullable=False),
    Column("title", String(200), nullable=False),
    number("at_ms"),
    count("shares"),
    count("people"),
    count("passed_on"),
    count("outcomes"),
    Index(None, "site_id", "advocate_id", "people"),
)

advocate_totals = Table(
    "advocate_totals",
    metadata,
    site(),
    key("advocate_id", 16),
    count("pages"),
    count("people"),
    count("passed_on"),
    count("outcomes"),
    count("credited_at_ms"),
    Index(None, "site_id", "credited_at_ms"),
)

unit_totals = Table(
    "unit_totals",
    metadata,
    site(),
    key("recipient", 64),
    key("unit", 8),
    count("earned_micros"),
    count("taken_back_micros"),
    count("waiting_micros"),
    count("ready_micros"),
    count("used_micros"),
)

day_totals = Table("day_totals", metadata, site(), key("day", 10), count("shares"), count("people"), count("outcomes"))

day_money = Table(
    "day_money",
    metadata,
    site(),
    key("day", 10),
    key("unit", 8),
    count("brought_micros"),
    count("went_back_micros"),
    count("pool_micros"),
)
