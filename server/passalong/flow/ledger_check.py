"""Checking a whole ledger: every line, sum, subtree, head and signature, and the heads outside.

Each check raises Difference with the first thing that is not as it should be, in a sentence.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.merkle import Frontier
from passalong.core.seals import Head, JournalLine, leaf_of, text_of
from passalong.signing import is_signed
from passalong.store import event_log, heads, journal, tree
from passalong.store.heads import Sealed
from passalong.store.tree import TILE_LEVEL, Node


class Difference(Exception):
    """The first thing that is not as it should be."""


class Checked(Struct, frozen=True):
    """What was looked at and found in order."""

    lines: int
    transactions: int
    heads: int
    outside: int
    unsealed: int


def check_ledger(session: Session, site_id: str, keys: Mapping[str, bytes], outside: Sequence[Head] = ()) -> Checked:
    """The journal against itself, its tree, its heads and what is outside; `keys` are public, by fingerprint."""
    sealed = heads.all_of(session, site_id)
    _check_heads(sealed, keys)
    _check_outside(sealed, outside, keys)
    with closing(tree.lines_after(session, site_id)) as lines, closing(tree.all_nodes(session, site_id)) as nodes:
        walk = _Walk(nodes, _secret(session, site_id, sealed), sealed)
        for line in lines:
            walk.take(line)
        walk.end()
    _check_numbers(session, site_id, walk.tx)
    _check_balances(session, site_id, walk.sums)
    unsealed = walk.taken - (sealed[-1].head.size if sealed else 0)
    return Checked(walk.taken, walk.tx, len(sealed), len(outside), unsealed)


def _secret(session: Session, site_id: str, sealed: Sequence[Sealed]) -> bytes | None:
    try:
        found = tree.secret_of(session, site_id)
    except ValueError:
        raise Difference("The secret of the site's salts is not one: it has other than hex digits.") from None
    if found is None and sealed:
        raise Difference("The secret of the site's salts is gone.")
    return found


# --- heads ------------------------------------------------------------------------------------------------------------


def _named(head: Head) -> str:
    at = datetime.fromtimestamp(head.at_ms / 1000, UTC) if abs(head.at_ms) < 10**14 else None
    return f"the head over {head.size} lines" + (f" of {at:%Y-%m-%d %H:%M:%S} UTC" if at else "")


def _check_signature(head: Head, keys: Mapping[str, bytes], where: str) -> None:
    if head.key not in keys:
        raise Difference(
            f"In {where}, {_named(head)} was signed with a key that is not one of ours ({head.key[:16]}…)."
        )
    if not is_signed(keys[head.key], head.signature, text_of(head)):
        raise Difference(f"In {where}, the signature of {_named(head)} does not hold.")


def _check_heads(sealed: Sequence[Sealed], keys: Mapping[str, bytes]) -> None:
    at_ms = 0
    for one in sealed:
        _check_signature(one.head, keys, "the database")
        if one.head.at_ms < at_ms:
            raise Difference(f"In the database, {_named(one.head)} is older than the one before it.")
        at_ms = one.head.at_ms


def _check_outside(sealed: Sequence[Sealed], outside: Sequence[Head], keys: Mapping[str, bytes]) -> None:
    """Every head outside is in the database, and the other way round, but for those not kept outside yet."""
    here = {one.head.size: one.head for one in sealed}
    newest = max(here, default=0)
    size = 0
    for head in outside:
        _check_signature(head, keys, "the outside file")
        if head.size <= size:
            raise Difference(f"In the outside file, {_named(head)} does not stand in its place.")
        if head.size > newest:
            raise Difference(
                f"The outside file has {_named(head)}, and the database's newest is over {newest}: "
                "the database is an old copy, or its end was cut off."
            )
        if here.get(head.size) != head:
            raise Difference(f"The outside file has another version of {_named(head)} than the database.")
        size = head.size
    told = {head.size for head in outside}
    if missing := [found for found in sorted(here) if found < size and found not in told]:
        raise Difference(f"The outside file lacks {_named(here[missing[0]])}, which the database has.")


# --- lines ------------------------------------------------------------------------------------------------------------


class _Walk:
    """One pass over the journal's lines, in their order."""

    def __init__(self, nodes: Iterator[Node], secret: bytes | None, sealed: Sequence[Sealed]):
        self.tree = Frontier()
        self.tx = self.line = self.taken = 0
        self.sums: dict[tuple[str, str], int] = {}
        self._secret = secret
        self._nodes = nodes
        self._heads = iter(sealed)
        self._head = next(self._heads, None)
        self._before = 0
        self._open: dict[str, int] = {}

    def take(self, line: JournalLine) -> None:
        """The next line."""
        follows = {(self.tx + 1, 1)} | ({(self.tx, self.line + 1)} if self.tx else set())
        if (line.tx, line.line) not in follows:
            raise Difference(
                f"After line {self.line} of transaction {self.tx} comes line {line.line} of transaction {line.tx}."
            )
        if line.tx != self.tx:
            self._close()
        self.tx, self.line = line.tx, line.line
        self.taken += 1
        if not line.amount_micros:
            raise Difference(f"Line {line.line} of transaction {line.tx} is over nothing.")
        self._open[line.unit] = self._open.get(line.unit, 0) + line.amount_micros
        key = (line.account, line.unit)
        self.sums[key] = self.sums.get(key, 0) + line.amount_micros
        if self._secret is not None:
            self._grow(line, self._secret)

    def end(self) -> None:
        """No line is left."""
        self._close()
        if self._head is not None:
            raise Difference(
                f"{self._head.head.size} lines were sealed, and {self.tree.size} are there: the end was cut off."
            )
        if left := next(self._nodes, None):
            raise Difference(
                f"The tree has a subtree (level {left.level}, {left.number}) over lines that are not there."
            )

    def _close(self) -> None:
        """The transaction at hand is whole."""
        if off := {unit: amount for unit, amount in self._open.items() if amount}:
            unit, amount = min(off.items())
            raise Difference(f"Transaction {self.tx} does not sum to zero: it is off by {amount} micros of {unit}.")
        self._open.clear()

    def _grow(self, line: JournalLine, secret: bytes) -> None:
        for level, number, made in self.tree.append(leaf_of(line, secret)):
            if level >= TILE_LEVEL and self._head is not None:
                self._compare(Node(level, number, made.hex(), line.tx, line.line))
        if self._head is not None and self._head.head.size == self.tree.size:
            if self.tree.root().hex() != self._head.head.root:
                raise Difference(f"{self._lines_named()} are not those under {_named(self._head.head)}.")
            if (self._head.tx, self._head.line) != (line.tx, line.line):
                raise Difference(f"In the database, {_named(self._head.head)} does not end where it says.")
            self._before = self.tree.size
            self._head = next(self._heads, None)

    def _compare(self, made: Node) -> None:
        kept = next(self._nodes, None)
        if kept == made:
            return
        if kept is not None and (kept.level, kept.number, kept.hash) == (made.level, made.number, made.hash):
            raise Difference(f"A subtree over 256 lines and more ends elsewhere than at line {made.line} of {made.tx}.")
        first = made.number << made.level
        raise Difference(
            f"The lines {first + 1} to {self.tree.size} (up to transaction {made.tx}) are not those under the tree."
        )

    def _lines_named(self) -> str:
        return f"The lines {self._before + 1} to {self.tree.size} (up to transaction {self.tx})"


def _check_numbers(session: Session, site_id: str, last_tx: int) -> None:
    """The fold goes on behind the last transaction that it has written."""
    kept = event_log.last_transaction(session, site_id)
    if kept != last_tx:
        raise Difference(f"The fold has written {kept} transactions, and the journal ends with number {last_tx}.")


def _check_balances(session: Session, site_id: str, sums: Mapping[tuple[str, str], int]) -> None:
    kept = journal.all_balances(session, site_id)
    for account, unit in sorted({*kept, *sums}):
        found, wanted = kept.get((account, unit), 0), sums.get((account, unit), 0)
        if found != wanted:
            raise Difference(f"The balance of {account} is {found} micros of {unit}, and its lines sum to {wanted}.")
