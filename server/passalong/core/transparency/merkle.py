"""The Merkle tree of RFC 9162 (Certificate Transparency 2.0), section 2.1: roots, proofs, verification.

A leaf is hashed as SHA-256(0x00 | data), a node as SHA-256(0x01 | left | right). A tree is read through `Nodes`: a
function from (level, number) to the hash of the complete subtree over the leaves number * 2^level up to, not including,
(number + 1) * 2^level. So a proof costs O(log n) look-ups, wherever the hashes are kept.
"""

import hashlib
from collections.abc import Callable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of an empty tree."""

Nodes = Callable[[int, int], bytes]
"""(level, number) → the hash of that complete subtree; level 0 are the leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf's data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(size: int, nodes: Nodes) -> bytes:
    """Return the root of the tree over the first `size` leaves."""
    return _hash(0, size, nodes) if size else EMPTY_ROOT


def inclusion(index: int, size: int, nodes: Nodes, edges: dict[int, bytes] | None = None) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree over `size` leaves (RFC 9162, 2.1.3.1); 0 <= index < size.

    `edges` caches incomplete subtrees by their first leaf, for many proofs of one size.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    edges = {} if edges is None else edges
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index >= middle:
            path.append(_hash(start, middle, nodes))
            start = middle
            continue
        if middle not in edges and end == size:
            edges[middle] = _hash(middle, end, nodes)
        path.append(edges[middle] if end == size else _hash(middle, end, nodes))
        end = middle
    return path[::-1]


def consistency(first: int, second: int, nodes: Nodes) -> list[bytes]:
    """Return the proof that the tree over `first` leaves begins the one over `second` (2.1.4.1); 0 <= first <= second.

    For equal sizes, and after the empty tree, the proof is empty.
    """
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {first} does not begin one of {second}")
    return _subproof(first, 0, second, True, nodes) if 0 < first < second else []


def _hash(start: int, end: int, nodes: Nodes) -> bytes:
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(size)
    return node_hash(_hash(start, middle, nodes), _hash(middle, end, nodes))


def _split(size: int) -> int:
    """Return the largest power of two below `size`: where RFC 9162 divides a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def _subproof(first: int, start: int, end: int, is_known: bool, nodes: Nodes) -> list[bytes]:
    """Return SUBPROOF of 2.1.4.1 on the leaves start up to end; `is_known`: the verifier has this subtree's hash
    already."""
    if first == end:
        return [] if is_known else [_hash(start, end, nodes)]
    middle = start + _split(end - start)
    if first <= middle:
        return [*_subproof(first, start, middle, is_known, nodes), _hash(middle, end, nodes)]
    return [*_subproof(first, middle, end, False, nodes), _hash(start, middle, nodes)]


# --- verification -----------------------------------------------------------------------------------------------------


def proves_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """Return True if the proof leads from this leaf hash, at that place, to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, digest = index, size - 1, leaf
    for piece in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            digest = node_hash(piece, digest)
            at, last = _up_to_a_right_child(at, last)
        else:
            digest = node_hash(digest, piece)
        at, last = at >> 1, last >> 1
    return last == 0 and digest == root_hash


def proves_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return True if the proof leads to both roots, so that the smaller tree begins the larger one (2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return second > 0 and not proof and first_root == EMPTY_ROOT
    if not 0 < first < second:
        return False
    pieces = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not pieces:
        return False
    old = new = pieces[0]
    for piece in pieces[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(piece, old), node_hash(piece, new)
            at, last = _up_to_a_right_child(at, last)
        else:
            new = node_hash(new, piece)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _up_to_a_right_child(at: int, last: int) -> tuple[int, int]:
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


# --- growing ----------------------------------------------------------------------------------------------------------


class Frontier:
    """A growing tree, kept as the hashes of its complete subtrees from left to right: O(log n) of them."""

    def __init__(self, size: int = 0, nodes: Nodes | None = None):
        """Start from the tree over the first `size` leaves; `nodes` is asked for its complete subtrees."""
        self.size = size
        self._peaks: list[tuple[int, bytes]] = []
        for level in reversed(range(size.bit_length())):
            if size >> level & 1 and nodes is not None:
                self._peaks.append((level, nodes(level, (size >> level) - 1)))

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf hash; returns the subtrees that it completes, as (level, number, hash), itself at level 0."""
        self.size += 1
        level, digest = 0, leaf
        completed = [(0, self.size - 1, leaf)]
        while self._peaks and self._peaks[-1][0] == level:
            digest = node_hash(self._peaks.pop()[1], digest)
            level += 1
            completed.append((level, (self.size >> level) - 1, digest))
        self._peaks.append((level, digest))
        return completed

    def peaks(self) -> list[bytes]:
        """The hashes of the complete subtrees that it consists of, from left to right."""
        return [peak for _, peak in self._peaks]

    def root(self) -> bytes:
        """Return the root of the current tree."""
        if not self._peaks:
            return EMPTY_ROOT
        digest = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            digest = node_hash(peak, digest)
        return digest
