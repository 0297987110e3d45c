"""Sealing: the journal's new lines become leaves, and a signed head says what the tree over all of them is.

Beside the fold, not in it: the journal only grows, so what is sealed a moment later is the same. Two processes may seal
at once; they make the same tree, and the first one's head stands.
"""

import secrets
from collections.abc import Iterable

from sqlalchemy.orm import Session

from passalong.core.merkle import Frontier
from passalong.core.seals import Head, JournalLine, head_text, leaf_of
from passalong.flow.transaction import writing
from passalong.signing import SigningKeys
from passalong.store import heads, tree
from passalong.store.engine import Database
from passalong.store.heads import Sealed
from passalong.store.tree import TILE_LEVEL, Node, TreeReader

MOST_LINES = 20_000
"""Lines sealed at once: what is more gets a head of its own."""


class NotWhatWasSealed(Exception):
    """The journal's lines are not those under the newest head any more; `passalong ledger verify` says where."""


def seal_site(db: Database, site_id: str, keys: SigningKeys, now_ms: int) -> Head | None:
    """Seal what is new in a site's journal; None when nothing is. Raises NotWhatWasSealed.

    What is read and hashed holds no lock; only the new rows are written in a transaction.
    """
    secret = _secret(db, site_id)
    with db.reading() as session:
        last = heads.newest(session, site_id)
        if not _is_new(session, site_id, last):
            return None
        grown, place = TreeReader(session, site_id, secret).frontier()
        again = (last.head.size if last else 0) - grown.size  # lines of the last, incomplete 256
        lines = tree.lines_after(session, site_id, place, again + MOST_LINES)
        nodes, place = _grow(grown, lines, place, secret, last)
    text = head_text(site_id, grown.size, grown.root().hex(), now_ms)
    head = Head(site_id, grown.size, grown.root().hex(), now_ms, keys.newest, keys.sign(text))
    with writing(db) as session:
        tree.add_nodes(session, site_id, nodes)
        new = heads.add(session, Sealed(head, *place))
    return head if new else None


def seal_all(db: Database, site_id: str, keys: SigningKeys, now_ms: int) -> list[Head]:
    """Seal until nothing is new; returns the heads that were made."""
    made = []
    while head := seal_site(db, site_id, keys, now_ms):
        made.append(head)
    return made


def _is_new(session: Session, site_id: str, last: Sealed | None) -> bool:
    place = (last.tx, last.line) if last else (0, 0)
    return any(True for _ in tree.lines_after(session, site_id, place, 1))


def _secret(db: Database, site_id: str) -> bytes:
    with db.reading() as session:
        found = tree.secret_of(session, site_id)
    while found is None:
        with writing(db) as session:
            tree.keep_secret(session, site_id, secrets.token_bytes(32))
        with db.reading() as session:
            found = tree.secret_of(session, site_id)
    return found


def _grow(
    grown: Frontier, lines: Iterable[JournalLine], place: tuple[int, int], secret: bytes, last: Sealed | None
) -> tuple[list[Node], tuple[int, int]]:
    """Append lines to the tree; returns the subtrees to keep, and the last line."""
    nodes = []
    _compare(grown, last)
    for line in lines:
        place = (line.tx, line.line)
        for level, number, made in grown.append(leaf_of(line, secret)):
            if level >= TILE_LEVEL:
                nodes.append(Node(level, number, made.hex(), *place))
        _compare(grown, last)
    if last is not None and grown.size <= last.head.size:
        raise NotWhatWasSealed(f"{last.head.size} lines were sealed, and there are {grown.size}")
    return nodes, place


def _compare(grown: Frontier, last: Sealed | None) -> None:
    if last is not None and grown.size == last.head.size and grown.root().hex() != last.head.root:
        raise NotWhatWasSealed(f"the first {grown.size} lines are not those that were sealed")
