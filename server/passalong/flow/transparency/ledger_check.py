"""Checking a whole ledger: every line, sum, subtree, head and signature, and the heads outside.

Each check raises DifferenceError with the first thing that is not as it should be, in a sentence.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.transparency.leaves import JournalLine, leaf_of
from passalong.core.transparency.merkle import Frontier
from passalong.core.transparency.tile import TILE, TILE_LEVEL, Tile
from passalong.flow.transparency.evidence import Age
from passalong.flow.transparency.heads_check import (
    NO_FILE,
    DifferenceError,
    Evidence,
    Keys,
    check_heads,
    check_outside,
    named,
)
from passalong.store import event_log
from passalong.store.books import journal
from passalong.store.transparency import heads
from passalong.store.transparency import nodes as store_nodes
from passalong.store.transparency.heads import Sealed
from passalong.store.transparency.nodes import Node


class Checked(Struct, frozen=True):
    """The result of a check that found no difference."""

    lines: int
    transactions: int
    heads: int
    outside: int
    unsealed: int


def check_ledger(session: Session, site_id: str, keys: Keys, evidence: Evidence = NO_FILE) -> Checked:
    """Check the journal against itself, its tree, its heads and what is outside. Raises DifferenceError."""
    sealed = heads.all_of(session, site_id)
    check_heads(sealed, keys)
    check_outside(sealed, evidence, keys)
    with (
        closing(store_nodes.lines_after(session, site_id)) as lines,
        closing(store_nodes.all_nodes(session, site_id)) as nodes,
        closing(store_nodes.all_tiles(session, site_id)) as tiles,
    ):
        walk = _Walk(_Kept(nodes, tiles), _secret(session, site_id, sealed), sealed)
        old = _Old(sealed, evidence.age)
        for line in lines:
            walk.take(line)
            old.take(line)
        walk.end()
        old.end()
    _check_numbers(session, site_id, walk.tx)
    _check_balances(session, site_id, walk.sums)
    unsealed = walk.taken - (sealed[-1].head.size if sealed else 0)
    return Checked(walk.taken, walk.tx, len(sealed), len(evidence.outside or ()), unsealed)


def _secret(session: Session, site_id: str, sealed: Sequence[Sealed]) -> bytes | None:
    try:
        secret = store_nodes.secret_of(session, site_id)
    except ValueError:
        raise DifferenceError("The secret of the site's salts is not one: it has other than hex digits.") from None
    if secret is None and sealed:
        raise DifferenceError("The secret of the site's salts is gone.")
    return secret


# --- lines ------------------------------------------------------------------------------------------------------------


class _Walk:
    """One pass over the journal's lines, in their order."""

    def __init__(self, stored_tree: "_Kept", secret: bytes | None, sealed: Sequence[Sealed]):
        self.tree = Frontier()
        self.tx = self.line = self.taken = 0
        self.sums: dict[tuple[str, str], int] = {}
        self._secret = secret
        self._kept = stored_tree
        self._heads = iter(sealed)
        self._head = next(self._heads, None)
        self._before = 0
        self._open: dict[str, int] = {}

    def take(self, line: JournalLine) -> None:
        """The next line."""
        follows = {(self.tx + 1, 1)} | ({(self.tx, self.line + 1)} if self.tx else set())
        if (line.tx, line.line) not in follows:
            raise DifferenceError(
                f"After line {self.line} of transaction {self.tx} comes line {line.line} of transaction {line.tx}."
            )
        if line.tx != self.tx:
            self._close()
        self.tx, self.line = line.tx, line.line
        self.taken += 1
        if not line.amount_micros:
            raise DifferenceError(f"Line {line.line} of transaction {line.tx} is over nothing.")
        self._open[line.unit] = self._open.get(line.unit, 0) + line.amount_micros
        key = (line.account, line.unit)
        self.sums[key] = self.sums.get(key, 0) + line.amount_micros
        if self._secret is not None:
            self._grow(line, self._secret)

    def end(self) -> None:
        """No line is left."""
        self._close()
        if self._head is not None:
            raise DifferenceError(
                f"{self._head.head.size} lines were sealed, and {self.tree.size} are there: the end was cut off."
            )
        self._kept.end()

    def _close(self) -> None:
        """The transaction at hand is whole."""
        if off := {unit: amount for unit, amount in self._open.items() if amount}:
            unit, amount = min(off.items())
            raise DifferenceError(
                f"Transaction {self.tx} does not sum to zero: it is off by {amount} micros of {unit}."
            )
        self._open.clear()

    def _grow(self, line: JournalLine, secret: bytes) -> None:
        leaf = leaf_of(line, secret)
        completed = self.tree.append(leaf)
        self._kept.leaves.append(leaf)
        for level, number, digest in completed[TILE_LEVEL:]:
            if self._head is not None:
                self._kept.compare(Node(level, number, digest.hex(), line.tx, line.line), self.tree.size)
        if self._head is not None and self._head.head.size == self.tree.size:
            if self.tree.root().hex() != self._head.head.root:
                raise DifferenceError(f"{self._span()} are not those under {named(self._head.head)}.")
            if (self._head.tx, self._head.line) != (line.tx, line.line):
                raise DifferenceError(f"In the database, {named(self._head.head)} does not end where it says.")
            self._before = self.tree.size
            self._head = next(self._heads, None)

    def _span(self) -> str:
        return f"The lines {self._before + 1} to {self.tree.size} (up to transaction {self.tx})"


class _Kept:
    """The subtrees and leaf hashes that the database keeps, in the order in which lines complete them."""

    def __init__(self, nodes: Iterator[Node], tiles: Iterator[tuple[int, str]]):
        self.leaves: list[bytes] = []
        self._nodes = nodes
        self._tiles = tiles
        self._tile = next(tiles, None)

    def compare(self, expected: Node, size: int) -> None:
        """The next complete subtree, as lines make it; the tree has `size` leaves by now."""
        if expected.level == TILE_LEVEL:
            self._compare_tile(expected.number)
        node = next(self._nodes, None)
        if node == expected:
            return
        if node is not None and (node.level, node.number, node.hash) == (
            expected.level,
            expected.number,
            expected.hash,
        ):
            raise DifferenceError(
                f"A subtree over 256 lines and more ends elsewhere than at line {expected.line} of {expected.tx}."
            )
        raise DifferenceError(
            f"The lines {(expected.number << expected.level) + 1} to {size} (up to transaction {expected.tx}) "
            "are not those under the tree."
        )

    def _compare_tile(self, number: int) -> None:
        """Kept leaf hashes are a copy, and may be missing; where they are, they are those of the lines."""
        leaves = b"".join(self.leaves[-TILE:])
        self.leaves.clear()
        if self._tile is None or self._tile[0] != number:
            return
        if self._tile[1] != Tile(leaves).pack():
            raise DifferenceError(
                f"The kept leaf hashes of the lines from {number * TILE + 1} on are not those of the lines."
            )
        self._tile = next(self._tiles, None)

    def end(self) -> None:
        """No line is left."""
        if left := next(self._nodes, None):
            raise DifferenceError(
                f"The tree has a subtree (level {left.level}, {left.number}) over lines that are not there."
            )
        if self._tile is not None:
            raise DifferenceError(
                f"Leaf hashes of lines from {self._tile[0] * TILE + 1} on are kept, and no such lines are."
            )


class _Old:
    """Lines that no head covers, and that are old enough to be under one."""

    def __init__(self, sealed: Sequence[Sealed], age: Age | None):
        self._after = (sealed[-1].tx, sealed[-1].line) if sealed else (0, 0)
        self._age = age
        self._count = 0
        self._last_ms = 0

    def take(self, line: JournalLine) -> None:
        """The next line."""
        if self._age is None or (line.tx, line.line) <= self._after or line.at_ms >= self._age.oldest_ms:
            return
        self._count += 1
        self._last_ms = max(self._last_ms, line.at_ms)

    def end(self) -> None:
        """No line is left."""
        if self._count:
            raise DifferenceError(
                f"{self._count} lines up to {datetime.fromtimestamp(self._last_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC are "
                "under no head, and a server seals every line within minutes: heads were removed, or sealing did not "
                "run. If the server was killed or is catching up, start it or wait, and check again."
            )


def _check_numbers(session: Session, site_id: str, last_tx: int) -> None:
    """The fold goes on behind the last transaction that it has written."""
    last_transaction = event_log.last_transaction(session, site_id)
    if last_transaction != last_tx:
        raise DifferenceError(
            f"The fold has written {last_transaction} transactions, and the journal ends with number {last_tx}."
        )


def _check_balances(session: Session, site_id: str, sums: Mapping[tuple[str, str], int]) -> None:
    all_balances = journal.all_balances(session, site_id)
    for account, unit in sorted({*all_balances, *sums}):
        stored_micros, wanted = all_balances.get((account, unit), 0), sums.get((account, unit), 0)
        if stored_micros != wanted:
            raise DifferenceError(
                f"The balance of {account} is {stored_micros} micros of {unit}, and its lines sum to {wanted}."
            )
