"""The ledger's tree as it is kept: subtrees of 256 leaves and more in a table, what is below made anew from lines.

So a line costs no row of its own, and a proof reads at most 256 lines and a few nodes.
"""

from collections.abc import Generator

from msgspec import Struct
from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.merkle import Frontier
from passalong.core.seals import JournalLine, leaf_of
from passalong.store import bulk
from passalong.store.engine import insert_new
from passalong.store.sealed import tree_nodes, tree_salts
from passalong.store.tables import journal

TILE_LEVEL = 8
TILE = 1 << TILE_LEVEL
"""How many leaves the smallest kept subtree is over."""
_LINE = tuple(journal.c[field] for field in JournalLine.__struct_fields__)


class Node(Struct, frozen=True):
    """A kept subtree: `hash` in hex, and the last line under it."""

    level: int
    number: int
    hash: str
    tx: int
    line: int


def secret_of(session: Session, site_id: str) -> bytes | None:
    """The secret from which the site's salts are made; None before the first sealing."""
    found = session.scalar(select(tree_salts.c.secret).where(tree_salts.c.site_id == site_id))
    return None if found is None else bytes.fromhex(found)


def keep_secret(session: Session, site_id: str, secret: bytes) -> None:
    """Keep the site's secret, unless it has one."""
    insert_new(session, tree_salts, site_id=site_id, secret=secret.hex())


def lines_after(
    session: Session, site_id: str, after: tuple[int, int] = (0, 0), limit: int | None = None
) -> Generator[JournalLine]:
    """The journal's lines behind (transaction, line), in order."""
    statement = (
        select(*_LINE)
        .where(journal.c.site_id == site_id, tuple_(journal.c.tx, journal.c.line) > after)
        .order_by(journal.c.tx, journal.c.line)
        .limit(limit)
    )
    at_once = {} if limit is not None and limit <= TILE else {"yield_per": 5_000}
    with session.execute(statement, execution_options=at_once) as rows:
        for row in rows:
            yield JournalLine(*row)


def node(session: Session, site_id: str, level: int, number: int) -> Node | None:
    """One kept subtree."""
    row = session.execute(
        select(tree_nodes).where(
            tree_nodes.c.site_id == site_id, tree_nodes.c.level == level, tree_nodes.c.number == number
        )
    ).one_or_none()
    return None if row is None else _node(row)


def all_nodes(session: Session, site_id: str) -> Generator[Node]:
    """Every kept subtree of the site, in the order in which lines complete them."""
    statement = select(tree_nodes).where(tree_nodes.c.site_id == site_id)
    ordered = statement.order_by(tree_nodes.c.tx, tree_nodes.c.line, tree_nodes.c.level, tree_nodes.c.number)
    with session.execute(ordered, execution_options={"yield_per": 1_000}) as rows:
        yield from map(_node, rows)


def last_tile(session: Session, site_id: str) -> Node | None:
    """The last complete subtree of 256 leaves."""
    statement = select(tree_nodes).where(tree_nodes.c.site_id == site_id, tree_nodes.c.level == TILE_LEVEL)
    row = session.execute(statement.order_by(tree_nodes.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else _node(row)


def tile_before(session: Session, site_id: str, place: tuple[int, int]) -> Node | None:
    """The last subtree of 256 leaves that ends before the line (transaction, line)."""
    statement = select(tree_nodes).where(
        tree_nodes.c.site_id == site_id,
        tree_nodes.c.level == TILE_LEVEL,
        tuple_(tree_nodes.c.tx, tree_nodes.c.line) < place,
    )
    row = session.execute(statement.order_by(tree_nodes.c.number.desc()).limit(1)).one_or_none()
    return None if row is None else _node(row)


def add_nodes(session: Session, site_id: str, nodes: list[Node]) -> None:
    """Keep subtrees; another process may have kept the same ones first."""
    rows = [{"site_id": site_id} | {name: getattr(one, name) for name in Node.__struct_fields__} for one in nodes]
    bulk.insert_missing(session, tree_nodes, rows)


def _node(row: Row[tuple[object, ...]]) -> Node:
    return Node(**{name: row._mapping[name] for name in Node.__struct_fields__})


class TreeReader:
    """The site's tree, read for proofs; it remembers what it has read."""

    def __init__(self, session: Session, site_id: str, secret: bytes):
        self._session = session
        self._site_id = site_id
        self._secret = secret
        self._kept: dict[tuple[int, int], Node | None] = {}
        self._tiles: dict[int, dict[tuple[int, int], bytes]] = {}
        self._lines: dict[int, list[JournalLine]] = {}

    def hash(self, level: int, number: int) -> bytes:
        """A complete subtree's hash, as core.merkle.Nodes wants it; KeyError where there is none."""
        if level >= TILE_LEVEL:
            kept = self._node(level, number)
            if kept is None:
                raise KeyError((level, number))
            return bytes.fromhex(kept.hash)
        return self._tile(number >> (TILE_LEVEL - level))[level, number]

    def find(self, tx: int, line: int) -> tuple[int, JournalLine]:
        """The index of a line's leaf, and the line; KeyError where there is none."""
        before = tile_before(self._session, self._site_id, (tx, line))
        tile = 0 if before is None else before.number + 1
        for place, found in enumerate(self._read(tile)):
            if (found.tx, found.line) == (tx, line):
                return tile * TILE + place, found
        raise KeyError((tx, line))

    def frontier(self) -> tuple[Frontier, tuple[int, int]]:
        """The tree over the complete subtrees of 256 leaves, and the last line under it: to go on from."""
        last = last_tile(self._session, self._site_id)
        if last is None:
            return Frontier(), (0, 0)
        return Frontier((last.number + 1) * TILE, self.hash), (last.tx, last.line)

    def _node(self, level: int, number: int) -> Node | None:
        if (level, number) not in self._kept:
            self._kept[level, number] = node(self._session, self._site_id, level, number)
        return self._kept[level, number]

    def _read(self, tile: int) -> list[JournalLine]:
        if tile not in self._lines:
            before = self._node(TILE_LEVEL, tile - 1) if tile else None
            start = (before.tx, before.line) if before else (0, 0)
            self._lines[tile] = list(lines_after(self._session, self._site_id, start, TILE))
        return self._lines[tile]

    def _tile(self, tile: int) -> dict[tuple[int, int], bytes]:
        """The hashes of all complete subtrees below one of 256 leaves, by (level, number)."""
        if tile not in self._tiles:
            grown, found = Frontier(), dict[tuple[int, int], bytes]()
            for line in self._read(tile):
                for level, number, made in grown.append(leaf_of(line, self._secret)):
                    found[level, number + (tile << (TILE_LEVEL - level))] = made
            self._tiles[tile] = found
        return self._tiles[tile]
