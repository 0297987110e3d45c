"""The tables of the ledger's tree: made from the journal, and never changed; triggers see to it (migrations/)."""

from sqlalchemy import Column, Integer, String, Table

from passalong.store.schema import count, metadata, number, of_site, site

tree_salts = Table("tree_salts", metadata, site(), Column("secret", String(64), nullable=False), of_site(to="sites"))
"""The secret from which a site's salts are made. It hides; it does not sign."""

tree_nodes = Table(
    "tree_nodes",
    metadata,
    site(),
    Column("level", Integer, primary_key=True, autoincrement=False),
    number("number", primary_key=True),
    Column("hash", String(64), nullable=False),
    number("tx"),
    Column("line", Integer, nullable=False),
    of_site(to="sites"),
)
"""Complete subtrees of 256 leaves (level 8) and more; `tx` and `line` are the last line under each."""

heads = Table(
    "heads",
    metadata,
    site(),
    number("size", primary_key=True),
    Column("root", String(64), nullable=False),
    number("at_ms"),
    Column("key", String(64), nullable=False),
    Column("signature", String(128), nullable=False),
    number("tx"),
    Column("line", Integer, nullable=False),
    of_site(to="sites"),
)
"""Signed heads; `tx` and `line` are the last line that each covers."""

heads_told = Table("heads_told", metadata, site(), count("size"), count("failures"), count("next_at_ms"))
"""How far the heads of a site were told to the address outside, and when to try again."""
