"""Tables of the ledger's tree: made from the journal and never changed; triggers reject changes (migrations/)."""

from sqlalchemy import Column, Integer, String, Table, Text

from passalong.store.schema.columns import count, metadata, number, of_site, site

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

tree_tiles = Table(
    "tree_tiles",
    metadata,
    site(),
    number("number", primary_key=True),
    Column("hashes", Text, nullable=False),
    of_site(to="sites"),
)
"""The leaf hashes of each complete subtree of 256, and the subtrees of 16 above them, in base64: what proofs are made
of, so that nobody hashes 256 lines for the proof of one."""

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
    Column("records", String(64)),
    of_site(to="sites"),
)
"""Signed heads; `tx` and `line` are the last line that each covers, `records` the digest of the head over records."""

record_heads = Table(
    "record_heads",
    metadata,
    site(),
    number("size", primary_key=True),
    *(number(name) for name in ("facts", "terms", "withdrawals")),
    *(Column(f"{name}_root", String(64), nullable=False) for name in ("facts", "terms", "withdrawals")),
    number("at_ms"),
    Column("key", String(64), nullable=False),
    Column("signature", String(128), nullable=False),
    Column("peaks", Text, nullable=False),
    of_site(to="sites"),
)
"""Signed heads over facts, terms and withdrawals; `peaks` are the complete subtrees of its facts, in hex."""

heads_told = Table("heads_told", metadata, site(), count("size"), count("failures"), count("next_at_ms"))
"""How far the heads of a site were told to the address outside, and when to try again."""
