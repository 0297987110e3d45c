"""Personal codes, and those that wait for the owner."""

from sqlalchemy import BigInteger, Column, Index, String, Table

from passalong.store.schema.columns import key, metadata, number, of_site, site

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
