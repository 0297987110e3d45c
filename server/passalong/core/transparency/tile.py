"""Tiles: subtrees of 256 leaves of a ledger's tree, as packed bytes."""

import base64

from passalong.core.transparency.merkle import node_hash

TILE_LEVEL = 8
TILE = 1 << TILE_LEVEL
"""The number of leaves of a tile."""
KEPT_LEVEL = 4
"""Subtrees of 16 leaves are kept beside the leaves: a proof then hashes some twenty times instead of 250."""
BYTES = 32


class Tile:
    """Leaf hashes from the left, up to 256. Hashes of complete subtrees are made on demand."""

    def __init__(self, leaves: bytes, inner: bytes = b""):
        """`leaves` and `inner` are hashes of 32 bytes each, at level 0 and at KEPT_LEVEL."""
        self.leaves = leaves
        self._kept = inner
        self._made: dict[tuple[int, int], bytes] = {}

    def hash(self, level: int, number: int) -> bytes:
        """Return the hash of a complete subtree of the tile, numbered from the tile's left; KeyError if there is
        none."""
        if level == 0 or (level == KEPT_LEVEL and self._kept):
            digest = (self._kept if level else self.leaves)[number * BYTES : (number + 1) * BYTES]
            if len(digest) != BYTES:
                raise KeyError((level, number))
            return digest
        if (level, number) not in self._made:
            left, right = self.hash(level - 1, 2 * number), self.hash(level - 1, 2 * number + 1)
            self._made[level, number] = node_hash(left, right)
        return self._made[level, number]

    def place_of(self, leaf: bytes) -> int:
        """Return the position of a leaf in the tile; KeyError if it is not there."""
        at = self.leaves.find(leaf)
        while at % BYTES and at >= 0:
            at = self.leaves.find(leaf, at + 1)
        if at < 0:
            raise KeyError(leaf.hex())
        return at // BYTES

    def pack(self) -> str:
        """A complete tile as text."""
        inner = b"".join(self.hash(KEPT_LEVEL, number) for number in range(TILE >> KEPT_LEVEL))
        return base64.b64encode(self.leaves + inner).decode()

    @classmethod
    def unpack(cls, text: str) -> "Tile":
        """A tile from its text."""
        raw = base64.b64decode(text)
        return cls(raw[: TILE * BYTES], raw[TILE * BYTES :])
