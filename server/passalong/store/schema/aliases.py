"""Codes of links that another programme made, which lead to links of ours."""

from sqlalchemy import Column, String, Table

from passalong.store.schema.columns import key, metadata, number, of_site, site

link_aliases = Table(
    "link_aliases",
    metadata,
    site(),
    key("alias", 24),
    Column("param", String(24), nullable=False),
    Column("share_id", String(15), nullable=False),
    Column("advocate_id", String(16), nullable=False),
    number("made_at_ms"),
    of_site(to="sites"),
)
"""`param` is the parameter that carried the code in an address, such as `via`."""
