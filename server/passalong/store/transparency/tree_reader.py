"""Reading a ledger's tree for proofs: what many proofs need is read in one pass, level by level."""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from passalong.core.transparency.leaves import JournalLine, leaf_of
from passalong.core.transparency.merkle import Frontier
from passalong.core.transparency.tile import TILE, TILE_LEVEL, Tile
from passalong.store.transparency import nodes as store_nodes
from passalong.store.transparency.nodes import Node

REMEMBERED_LEVEL = 13
"""`forget` keeps subtrees of this level and above: there are few, and every proof needs them."""
Place = tuple[int, int]
"""A line's (transaction, line)."""


class TreeReader:
    """The site's tree, read for proofs; it remembers what it has read."""

    def __init__(self, session: Session, site_id: str, secret: bytes):
        self._session = session
        self._site_id = site_id
        self._secret = secret
        self._nodes: dict[tuple[int, int], Node | None] = {}
        self._tiles: dict[int, Tile] = {}
        self._last: Node | None = None
        self._last_is_known = False

    def hash(self, level: int, number: int) -> bytes:
        """A complete subtree's hash, as core.transparency.merkle.Nodes wants it; KeyError where there is none."""
        if level >= TILE_LEVEL:
            node = self._node(level, number)
            if node is None:
                raise KeyError((level, number))
            return bytes.fromhex(node.hash)
        tile = number >> (TILE_LEVEL - level)
        return self._tile(tile).hash(level, number - (tile << (TILE_LEVEL - level)))

    def frontier(self) -> tuple[Frontier, Place]:
        """The tree over the complete subtrees of 256 leaves, and the last line under it: to go on from."""
        last = self._last_tile()
        if last is None:
            return Frontier(), (0, 0)
        return Frontier((last.number + 1) * TILE, self.hash), (last.tx, last.line)

    def indexes(self, lines: Sequence[JournalLine], leaves: Sequence[bytes]) -> list[int]:
        """The places of lines (in their order) with these leaf hashes; KeyError where one is not in the tree.

        Everything that proofs for them need is read at once.
        """
        numbers = self._tile_numbers([(line.tx, line.line) for line in lines])
        self._read_tiles(sorted(set(numbers)))
        return [number * TILE + self._tile(number).place_of(leaf) for number, leaf in zip(numbers, leaves, strict=True)]

    def forget(self) -> None:
        """Let go of what only the last lines needed."""
        self._tiles.clear()
        self._nodes = {key: node for key, node in self._nodes.items() if key[0] >= REMEMBERED_LEVEL}

    # --- which tile -----------------------------------------------------------------------------------------------

    def _tile_numbers(self, places: Sequence[Place]) -> list[int]:
        """The tile of each line, found from the top of the tree: all lines go down one level at a time."""
        peaks = self._peaks()
        level = peaks[0][0] if peaks else TILE_LEVEL
        at = [self._peak_of(place, peaks) for place in places]
        while level > TILE_LEVEL:
            down = sorted({number for number_level, number in at if number_level == level})
            self._read_nodes(level - 1, [child for number in down for child in (2 * number, 2 * number + 1)])
            at = [
                self._child(level - 1, number, place) if place_level == level else (place_level, number)
                for (place_level, number), place in zip(at, places, strict=True)
            ]
            level -= 1
        return [number for _, number in at]

    def _peaks(self) -> list[tuple[int, int]]:
        """The greatest complete subtrees from the left, as (level, number)."""
        last = self._last_tile()
        tiles = last.number + 1 if last else 0
        bits = [bit for bit in reversed(range(tiles.bit_length())) if tiles >> bit & 1]
        return [(TILE_LEVEL + bit, (tiles >> bit) - 1) for bit in bits]

    def _peak_of(self, place: Place, peaks: Iterable[tuple[int, int]]) -> tuple[int, int]:
        for level, number in peaks:
            if self._ends_behind(level, number, place):
                return level, number
        last = self._last_tile()
        return TILE_LEVEL, last.number + 1 if last else 0

    def _child(self, level: int, parent: int, place: Place) -> tuple[int, int]:
        return level, 2 * parent if self._ends_behind(level, 2 * parent, place) else 2 * parent + 1

    def _ends_behind(self, level: int, number: int, place: Place) -> bool:
        node = self._node(level, number)
        if node is None:
            raise KeyError((level, number))
        return (node.tx, node.line) >= place

    # --- reading --------------------------------------------------------------------------------------------------

    def _last_tile(self) -> Node | None:
        if not self._last_is_known:
            self._last, self._last_is_known = store_nodes.last_tile(self._session, self._site_id), True
        return self._last

    def _node(self, level: int, number: int) -> Node | None:
        if (level, number) not in self._nodes:
            self._nodes[level, number] = store_nodes.node(self._session, self._site_id, level, number)
        return self._nodes[level, number]

    def _read_nodes(self, level: int, numbers: Sequence[int]) -> None:
        unknown = [number for number in numbers if (level, number) not in self._nodes]
        for node in store_nodes.some_nodes(self._session, self._site_id, level, unknown):
            self._nodes[level, node.number] = node

    def _read_tiles(self, numbers: Sequence[int]) -> None:
        unknown = [number for number in numbers if number not in self._tiles]
        self._tiles.update(store_nodes.tiles_of(self._session, self._site_id, unknown))

    def _tile(self, number: int) -> Tile:
        if number not in self._tiles:
            self._read_tiles([number])
        if number not in self._tiles:  # the last one, which is not complete, and those from before tiles were kept
            before = self._node(TILE_LEVEL, number - 1) if number else None
            start = (before.tx, before.line) if before else (0, 0)
            lines = store_nodes.lines_after(self._session, self._site_id, start, TILE)
            self._tiles[number] = Tile(b"".join(leaf_of(line, self._secret) for line in lines))
        return self._tiles[number]
