"""Sealing: the journal's new lines become leaves, and a signed head says what the tree over all of them is.

Beside the fold, not in it: the journal only grows, so what is sealed a moment later is the same. Two processes may seal
at once; they make the same tree, and the first one's head stands.
"""

import secrets
from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.transparency.leaves import Head, JournalLine, LastHead, head_text, last_head_text, leaf_of
from passalong.core.transparency.merkle import EMPTY_ROOT, Frontier
from passalong.core.transparency.records import record_digest
from passalong.core.transparency.tile import TILE, TILE_LEVEL, Tile
from passalong.flow.transaction import writing
from passalong.lib.signing import SigningKeys
from passalong.store.engine import Database
from passalong.store.transparency import heads, records
from passalong.store.transparency import nodes as store_nodes
from passalong.store.transparency.heads import Sealed
from passalong.store.transparency.nodes import Node
from passalong.store.transparency.tree_reader import TreeReader

MOST_LINES = 20_000
"""Lines sealed at once: what is more gets a head of its own."""


class JournalChangedError(Exception):
    """The journal's lines are not those under the newest head any more; `passalong ledger verify` says where."""


def seal_site(db: Database, site_id: str, keys: SigningKeys, now_ms: int) -> Head | None:
    """Seal what is new in a site's journal; None when nothing is. Raises JournalChangedError.

    What is read and hashed holds no lock; only the new rows are written in a transaction.
    """
    secret = secret_of_site(db, site_id)
    with db.reading() as session:
        last = heads.newest(session, site_id)
        if not _is_new(session, site_id, last):
            return None
        grown, place = TreeReader(session, site_id, secret).frontier()
        again = (last.head.size if last else 0) - grown.size  # lines of the last, incomplete 256
        lines = store_nodes.lines_after(session, site_id, place, again + MOST_LINES)
        new = _grow(grown, lines, place, secret, last)
        covering = records.newest(session, site_id)
    digest = record_digest(covering.head) if covering else None
    text = head_text(site_id, grown.size, grown.root().hex(), now_ms, digest)
    head = Head(site_id, grown.size, grown.root().hex(), now_ms, keys.newest, keys.sign(text), digest)
    with writing(db) as session:
        store_nodes.add_nodes(session, site_id, new.nodes)
        store_nodes.add_tiles(session, site_id, new.tiles)
        is_new = heads.add(session, Sealed(head, *new.place))
    return head if is_new else None


def seal_all(db: Database, site_id: str, keys: SigningKeys, now_ms: int) -> list[Head]:
    """Seal until nothing is new; returns the heads that were made."""
    new_heads = []
    while head := seal_site(db, site_id, keys, now_ms):
        new_heads.append(head)
    return new_heads


def last_head(db: Database, site_id: str, keys: SigningKeys, now_ms: int) -> LastHead:
    """Seal what is left of a site that is to be removed, and sign its last head.

    `HeadsFile.keep_last` keeps it: with it `passalong ledger verify` knows that the site was removed on purpose.
    """
    seal_all(db, site_id, keys, now_ms)
    with db.reading() as session:
        newest = heads.newest(session, site_id)
    size, root = (newest.head.size, newest.head.root) if newest else (0, EMPTY_ROOT.hex())
    text = last_head_text(site_id, size, root, now_ms)
    return LastHead(site_id, size, root, now_ms, keys.newest, keys.sign(text))


def _is_new(session: Session, site_id: str, last: Sealed | None) -> bool:
    place = (last.tx, last.line) if last else (0, 0)
    return any(True for _ in store_nodes.lines_after(session, site_id, place, 1))


def secret_of_site(db: Database, site_id: str) -> bytes:
    """The secret from which a site's salts are made; made at the first sealing."""
    with db.reading() as session:
        secret = store_nodes.secret_of(session, site_id)
    while secret is None:
        with writing(db) as session:
            store_nodes.keep_secret(session, site_id, secrets.token_bytes(32))
        with db.reading() as session:
            secret = store_nodes.secret_of(session, site_id)
    return secret


class _Grown(Struct):
    """The growth of the tree: complete subtrees to store, and the last line."""

    place: tuple[int, int]
    nodes: list[Node] = []
    tiles: dict[int, Tile] = {}
    leaves: list[bytes] = []

    def take(self, line: JournalLine, leaf: bytes, completed: list[tuple[int, int, bytes]]) -> None:
        """The next line: its leaf hash, and the subtrees that it completes."""
        self.place = (line.tx, line.line)
        self.leaves.append(leaf)
        self.nodes += [
            Node(level, number, digest.hex(), *self.place) for level, number, digest in completed[TILE_LEVEL:]
        ]
        if len(self.leaves) == TILE:
            self.tiles[completed[TILE_LEVEL][1]] = Tile(b"".join(self.leaves))
            self.leaves.clear()


def _grow(
    grown: Frontier, lines: Iterable[JournalLine], place: tuple[int, int], secret: bytes, last: Sealed | None
) -> _Grown:
    """Append lines to a tree that ends with a complete tile."""
    new = _Grown(place)
    _compare(grown, last)
    for line in lines:
        leaf = leaf_of(line, secret)
        new.take(line, leaf, grown.append(leaf))
        _compare(grown, last)
    if last is not None and grown.size <= last.head.size:
        raise JournalChangedError(f"{last.head.size} lines were sealed, and there are {grown.size}.")
    return new


def _compare(grown: Frontier, last: Sealed | None) -> None:
    if last is not None and grown.size == last.head.size and grown.root().hex() != last.head.root:
        raise JournalChangedError(f"The first {grown.size} lines are not those that were sealed.")
