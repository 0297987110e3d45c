"""Tables of the first run: the start link, the first light, and try mode, whose events enter no sum."""

from sqlalchemy import Column, Index, String, Table, Text, UniqueConstraint

from passalong.store.schema.columns import FROM_FACTS, key, metadata, number, of_site, site

try_links = Table(
    "try_links",
    metadata,
    site(),
    key("share_id", 15),
    Column("request_id", String(64), nullable=False),
    Column("page_url", Text, nullable=False),
    number("issued_at_ms"),
    UniqueConstraint("site_id", "request_id"),
    of_site(to="sites"),
    Index("ix_try_links_share_id", "share_id"),
)
"""Links that were made in try mode, for short links to lead somewhere; deleted with everything else of it."""

try_events = Table(
    "try_events",
    metadata,
    site(),
    number("seq", primary_key=True),
    Column("tried", String(16), nullable=False),
    number("at_ms"),
    Column("share_id", String(15), nullable=False),
    Column("page_url", Text, nullable=False),
    Column("target", String(24), nullable=False),
    Column("goal", String(40), nullable=False),
    Column("refused", String(32)),
    Index(None, "site_id", "tried", "at_ms"),
    info=FROM_FACTS,
)
"""Made from the facts of try mode."""

script_sightings = Table(
    "script_sightings",
    metadata,
    site(),
    key("origin", 260),
    number("first_ms"),
    number("last_ms"),
    of_site(to="sites"),
)
"""The origins whose pages loaded the script: when first, and when last (noted at most hourly)."""

start_codes = Table("start_codes", metadata, key("code_hash", 64), number("expires_at_ms"))
"""The instance's own: the code of the link that begins its first site; gone once it was used."""
