"""The tables of what is configured (sites, terms, keys) and of what happened (events, links, journal, receipts).

Every primary, unique and foreign key begins with `site_id`: no row of one site ever refers to another's. Events,
journal lines and receipts are never changed; triggers see to it (migrations/). What is made from them: read_models.py.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint, false

from passalong.store import sealed
from passalong.store.schema import count, key, metadata, number, of_site, site

assert sealed  # noqa: S101 - the tables of the ledger's tree, imported so that the metadata knows them

sites = Table(
    "sites",
    metadata,
    site(),
    Column("name", String(120), nullable=False),
    Column("home_url", Text, nullable=False),
    Column("origins", Text, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("remember", String(8), nullable=False),
    Column("credit", String(8), nullable=False),
    Column("vanity", String(8), nullable=False, server_default="on"),
    number("created_at_ms"),
    Column("answer_days", Integer, nullable=False, server_default="7"),
)

terms = Table(
    "terms",
    metadata,
    site(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    number("since_ms"),
    Column("note", Text, nullable=False),
    Column("document", Text, nullable=False),
    of_site(to="sites"),
)

api_keys = Table(
    "api_keys",
    metadata,
    site(),
    key("key_hash", 64),
    Column("name", String(120), nullable=False),
    Column("last_four", String(4), nullable=False),
    number("created_at_ms"),
    of_site(to="sites"),
)

ways = Table(
    "ways",
    metadata,
    site(),
    key("way", 16),
    key("unit", 8),
    count("minimum_micros"),
    count("fee_micros"),
    count("days"),
    Column("about", String(200), nullable=False),
    of_site(to="sites"),
)

# --- what happened ------------------------------------------------------------------------------------------------

advocates = Table(
    "advocates",
    metadata,
    site(),
    key("advocate_id", 16),
    number("created_at_ms"),
    of_site(to="sites"),
)

payout_destinations = Table(
    "payout_destinations",
    metadata,
    site(),
    key("advocate_id", 16),
    Column("kind", String(16), nullable=False),
    Column("name", String(120), nullable=False),
    Column("account", String(120), nullable=False),
    number("changed_at_ms"),
    of_site("advocate_id", to="advocates"),
)

advocate_choices = Table(
    "advocate_choices",
    metadata,
    site(),
    key("advocate_id", 16),
    Column("name", String(80), nullable=False, server_default=""),
    Column("shown", Boolean, nullable=False),
    Column("greets", Boolean, nullable=False, server_default=false()),
    Column("stopped_at_ms", BigInteger),
    Column("erased_at_ms", BigInteger),
    of_site("advocate_id", to="advocates"),
)

guests = Table(
    "guests",
    metadata,
    site(),
    key("guest_hash", 64),
    Column("advocate_id", String(16), nullable=False),
    Column("closed_at_ms", BigInteger),
    of_site("advocate_id", to="advocates"),
)

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

codes = Table(
    "codes",
    metadata,
    site(),
    key("code", 24),
    Column("advocate_id", String(16), nullable=False),
    Column("share_id", String(15), nullable=False),
    Column("made_by", String(16), nullable=False),
    number("created_at_ms"),
    Column("retired_at_ms", BigInteger),
    of_site("advocate_id", to="advocates"),
    of_site("share_id", to="issued_links"),
    Index(None, "site_id", "advocate_id"),
)

wanted_codes = Table(
    "wanted_codes",
    metadata,
    site(),
    key("code", 24),
    Column("advocate_id", String(16), nullable=False),
    number("asked_at_ms"),
    Column("declined_at_ms", BigInteger),
    of_site("advocate_id", to="advocates"),
    Index(None, "site_id", "advocate_id"),
)

events = Table(
    "events",
    metadata,
    site(),
    key("source", 16),
    key("event_id", 128),
    Column("kind", String(16), nullable=False),
    number("at_ms"),
    Column("input_hash", String(64), nullable=False),
    Column("fact", Text, nullable=False),
    of_site(to="sites"),
    Index(None, "site_id", "at_ms"),
)

queue = Table("queue", metadata, site(), number("at_ms", primary_key=True), key("source", 16), key("event_id", 128))

set_aside = Table(
    "set_aside",
    metadata,
    site(),
    key("source", 16),
    key("event_id", 128),
    number("at_ms"),
    number("set_aside_at_ms"),
    Column("error", Text, nullable=False),
    of_site(to="sites"),
)

numbered = Table(
    "numbered",
    metadata,
    site(),
    number("seq", primary_key=True),
    Column("source", String(16), nullable=False),
    Column("event_id", String(128), nullable=False),
    UniqueConstraint("site_id", "source", "event_id"),
)

turns = Table(
    "turns",
    metadata,
    site(),
    Column("worker", String(64)),
    Column("until_ms", BigInteger, nullable=False, server_default="0"),
    count("last_seq"),
    count("last_tx"),
    of_site(to="sites"),
)

journal = Table(
    "journal",
    metadata,
    site(),
    number("tx", primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    number("seq"),
    Column("subject", String(160), nullable=False),
    Column("account", String(160), nullable=False),
    Column("unit", String(8), nullable=False),
    number("amount_micros"),
    number("at_ms"),
    Index(None, "site_id", "account", "tx"),
    Index(None, "site_id", "subject", "tx"),
)

receipts = Table(
    "receipts",
    metadata,
    site(),
    key("subject"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    number("seq"),
    number("at_ms"),
    Column("body", Text, nullable=False),
)

claim_words = Table(
    "claim_words",
    metadata,
    site(),
    key("claim_id", 64),
    number("number", primary_key=True),
    number("at_ms"),
    Column("author", String(16), nullable=False),
    Column("words", Text, nullable=False),
    of_site(to="sites"),
)

refusals = Table(
    "refusals",
    metadata,
    site(),
    number("at_ms", primary_key=True),
    key("refusal_id", 32),
    Column("kind", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("detail", String(200), nullable=False),
    of_site(to="sites"),
)

refusal_counts = Table(
    "refusal_counts", metadata, site(), key("day", 10), key("kind", 16), key("reason", 32), count("events")
)
