"""The tables of the ledger's tree: subtrees of 256 leaves and more, and the leaf hashes of each 256 in one row.

So a line costs no row of its own, and a proof reads one row of leaf hashes and a few nodes.
"""

from collections.abc import Generator, Mapping, Sequence

from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Row, func, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.transparency.leaves import JournalLine
from passalong.core.transparency.tile import TILE, TILE_LEVEL, Tile
from passalong.store import bulk
from passalong.store.engine import insert_new
from passalong.store.schema.journal import journal
from passalong.store.schema.transparency import tree_nodes, tree_salts, tree_tiles

AT_ONCE = 500
TILES_AT_ONCE = 50
DENSE = 4
"""Subtrees are read as a range where at least one of so many in it is asked for."""
_LINE = tuple(journal.c[field] for field in JournalLine.__struct_fields__)


_NODE = tuple(tree_nodes.c[field] for field in ("level", "number", "hash", "tx", "line"))


class Node(Struct, frozen=True):
    """A kept subtree: `hash` in hex, and the last line under it."""

    level: int
    number: int
    hash: str
    tx: int
    line: int


def secret_of(session: Session, site_id: str) -> bytes | None:
    """The secret from which the site's salts are made; None before the first sealing."""
    secret_hex = session.scalar(select(tree_salts.c.secret).where(tree_salts.c.site_id == site_id))
    return None if secret_hex is None else bytes.fromhex(secret_hex)


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


def unsealed_times(
    session: Session, site_id: str, after: tuple[int, int], before_ms: int, last_tx: int | None
) -> tuple[int, int] | None:
    """The first and the last time of the lines behind a place that are older than `before_ms`; None without any.

    `last_tx` leaves out later transactions.
    """
    statement = select(func.min(journal.c.at_ms), func.max(journal.c.at_ms)).where(
        journal.c.site_id == site_id, tuple_(journal.c.tx, journal.c.line) > after, journal.c.at_ms < before_ms
    )
    if last_tx is not None:
        statement = statement.where(journal.c.tx <= last_tx)
    first_ms, last_ms = session.execute(statement).one()
    return None if first_ms is None else (first_ms, last_ms)


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


def some_nodes(session: Session, site_id: str, level: int, numbers: Sequence[int]) -> Generator[Node]:
    """The kept subtrees of one level with these numbers (sorted)."""
    statement = select(*_NODE).where(tree_nodes.c.site_id == site_id, tree_nodes.c.level == level)
    for part, where in _asked(tree_nodes.c.number, numbers):
        yield from (Node(*row) for row in session.execute(statement.where(where)) if row.number in part)


def tiles_of(session: Session, site_id: str, numbers: Sequence[int]) -> Generator[tuple[int, Tile]]:
    """Those of the subtrees of 256 leaves with these numbers (sorted) whose leaf hashes are kept."""
    statement = select(tree_tiles.c.number, tree_tiles.c.hashes).where(tree_tiles.c.site_id == site_id)
    for start in range(0, len(numbers), TILES_AT_ONCE):
        some = statement.where(tree_tiles.c.number.in_(numbers[start : start + TILES_AT_ONCE]))
        yield from ((row.number, Tile.unpack(row.hashes)) for row in session.execute(some))


def _asked(column: Column[int], numbers: Sequence[int]) -> Generator[tuple[set[int], ColumnElement[bool]]]:
    """Conditions that find these numbers: a range where they stand close together, else parts of a list."""
    if numbers and numbers[-1] - numbers[0] < DENSE * len(numbers):
        yield set(numbers), column.between(numbers[0], numbers[-1])
        return
    for start in range(0, len(numbers), AT_ONCE):
        part = numbers[start : start + AT_ONCE]
        yield set(part), column.in_(part)


def add_tiles(session: Session, site_id: str, tiles: Mapping[int, Tile]) -> None:
    """Keep the leaf hashes of complete subtrees; another process may have kept the same ones first."""
    rows = [{"site_id": site_id, "number": number, "hashes": tile.pack()} for number, tile in tiles.items()]
    bulk.insert_missing(session, tree_tiles, rows)


def all_tiles(session: Session, site_id: str) -> Generator[tuple[int, str]]:
    """The kept leaf hashes of every complete subtree of 256, packed, by number."""
    statement = select(tree_tiles.c.number, tree_tiles.c.hashes).where(tree_tiles.c.site_id == site_id)
    with session.execute(statement.order_by(tree_tiles.c.number), execution_options={"yield_per": 100}) as rows:
        yield from ((row.number, row.hashes) for row in rows)


def add_nodes(session: Session, site_id: str, nodes: list[Node]) -> None:
    """Keep subtrees; another process may have kept the same ones first."""
    rows = [{"site_id": site_id} | {name: getattr(node, name) for name in Node.__struct_fields__} for node in nodes]
    bulk.insert_missing(session, tree_nodes, rows)


def _node(row: Row[tuple[object, ...]]) -> Node:
    return Node(**{name: row._mapping[name] for name in Node.__struct_fields__})
