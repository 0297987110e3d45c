"""Tampering: somebody with the whole database in their hands changes the ledger, in any way; each is found.

Random edits of any field of any table that the ledger consists of, deletions, insertions, two lines in each other's
place, an end that is cut off with every sum put right, money moved with every sum put right, the file outside edited,
and old copies of the whole database. Nobody has the signing key. Each is tried in a transaction that is rolled back.

Controls: a ledger that nobody touched is in order; a leaf without the time, checks without the file outside, and a
head whose signature nobody checks each let through what the real check finds.
"""

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from msgspec.structs import replace as changed
from sqlalchemy import BigInteger, Boolean, Integer, Table, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cast import a_person, anna, ben
from chaos.outcome import Outcome, begin
from flow.test_replay import a_history
from flow.world import SITE, World, a_visit
from passalong import migrate
from passalong.core import seals
from passalong.core.seals import Head, JournalLine
from passalong.flow import ledger_check, replay_check, seal
from passalong.flow.ledger_check import Difference
from passalong.flow.outside import HeadsFile, read_heads
from passalong.signing import SigningKeys
from passalong.store import read_models, sealed, tables
from passalong.store.engine import Database
from plumbing.postgres import running_postgres

KEYS = SigningKeys({1: bytes(range(32))})
TAMPERS = {"short": 300, "long": 10_000}
ON_POSTGRESQL = 500
PEOPLE = 100
WEIGHTS: dict[Table, int] = {
    tables.journal: 12,
    tables.receipts: 3,
    sealed.heads: 4,
    sealed.tree_nodes: 2,
    sealed.tree_salts: 1,
    read_models.balances: 3,
    read_models.unit_totals: 2,
    read_models.credits: 3,
    **{table: 1 for table in replay_check.MADE if table not in (tables.journal, tables.receipts)},
}
"""The tables that the ledger consists of, and how often each is picked."""
UNLOCKED = ("journal", "receipts", "heads", "tree_nodes", "tree_salts", "events")
Outside = list[Head]


class Nothing(Exception):
    """This changed nothing, or the database refused it: try another."""


class Hand:
    """Somebody with the database in their hands; every choice comes from one seed."""

    def __init__(self, seed: int):
        self.chance = random.Random(seed)
        self.kinds: tuple[tuple[Callable[[Session, Outside], str], int], ...] = (
            (self.edit, 46),
            (self.delete, 12),
            (self.insert, 10),
            (self.swap, 8),
            (self.cut_off, 6),
            (self.cut_off_with_everything, 6),
            (self.move_money, 6),
            (self.edit_outside, 6),
        )

    def tamper(self, session: Session, outside: Outside) -> tuple[str, str]:
        """Do something; returns (its kind, what it was)."""
        kinds, weights = zip(*self.kinds, strict=True)
        kind = self.chance.choices(kinds, weights)[0]
        return kind.__name__.replace("_", " "), kind(session, outside)

    # --- single rows --------------------------------------------------------------------------------------------------

    def edit(self, session: Session, _outside: Outside) -> str:
        """Any field of any row."""
        table, row = self._row(session)
        field = self.chance.choice([column for column in table.columns if column.name != "site_id"])
        value = self._other(field.type, row[field.name])
        self._update(session, table, row, {field.name: value})
        return f"{table.name}.{field.name}: {row[field.name]!r} becomes {value!r}"

    def delete(self, session: Session, _outside: Outside) -> str:
        """A row is gone."""
        table, row = self._row(session)
        session.execute(table.delete().where(*self._key(table, row)))
        return f"{table.name}: {row} is gone"

    def insert(self, session: Session, _outside: Outside) -> str:
        """A row of somebody's own, like one that is there."""
        table, row = self._row(session)
        keys = [column for column in table.primary_key.columns if column.name != "site_id"]
        if not keys:
            raise Nothing
        field = self.chance.choice(keys)
        session.execute(table.insert().values(row | {field.name: self._other(field.type, row[field.name])}))
        return f"{table.name}: one more row like {row}"

    def _row(self, session: Session) -> tuple[Table, dict[str, Any]]:
        table = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        rows = session.execute(select(table).order_by(*table.primary_key.columns)).mappings().all()
        if not rows:
            raise Nothing
        return table, dict(self.chance.choice(rows))

    def _other(self, kind: object, value: Any) -> Any:
        if isinstance(kind, Boolean):
            return not value
        if isinstance(kind, Integer | BigInteger):
            return (value or 0) + self.chance.choice((-1, 1)) * self.chance.choice((1, 2, 10, 1_000, 1_000_000))
        if not value:
            return "x"
        place = self.chance.randrange(len(value))
        letter = self.chance.choice("0123456789abcdefx:".replace(value[place], ""))
        return value[:place] + letter + value[place + 1 :]

    def _key(self, table: Table, row: dict[str, Any]) -> list[Any]:
        return [column == row[column.name] for column in table.primary_key.columns]

    def _update(self, session: Session, table: Table, row: dict[str, Any], values: dict[str, Any]) -> None:
        session.execute(table.update().where(*self._key(table, row)).values(values))

    # --- whole transactions -------------------------------------------------------------------------------------------

    def swap(self, session: Session, _outside: Outside) -> str:
        """Two lines stand in each other's place."""
        journal = tables.journal
        rows = session.execute(select(journal).order_by(journal.c.tx, journal.c.line)).mappings().all()
        one, other = (dict(row) for row in self.chance.sample(rows, 2))
        content = [column.name for column in journal.columns if column.name not in ("site_id", "tx", "line")]
        if all(one[name] == other[name] for name in content):
            raise Nothing
        self._update(session, journal, one, {name: other[name] for name in content})
        self._update(session, journal, other, {name: one[name] for name in content})
        return f"{one} and {other} changed places"

    def cut_off(self, session: Session, _outside: Outside) -> str:
        """The last transactions are gone."""
        last = self._last(session)
        at = self.chance.randint(max(1, last - 40), last)
        session.execute(text("DELETE FROM journal WHERE tx >= :at"), {"at": at})
        return f"the journal ends before transaction {at} of {last}"

    def cut_off_with_everything(self, session: Session, _outside: Outside) -> str:
        """The same, and every sum, number, head and subtree with it: what an old copy of the ledger would be."""
        last = self._last(session)
        lowest = session.scalar(text("SELECT max(tx) FROM heads")) or last
        at = self.chance.randint(max(1, lowest - 60), lowest)
        for table in ("journal", "heads", "tree_nodes"):
            session.execute(text(f"DELETE FROM {table} WHERE tx >= :at"), {"at": at})
        session.execute(text("UPDATE turns SET last_tx = :last"), {"last": at - 1})
        self._sum_up(session)
        return f"the ledger ends before transaction {at} of {last}, with every sum put right"

    def move_money(self, session: Session, _outside: Outside) -> str:
        """Credit goes from one person to another, and every sum with it."""
        amounts = "SELECT tx, line, account FROM journal WHERE account LIKE 'advocate:%' ORDER BY tx, line"
        tx, line, account = self.chance.choice(session.execute(text(amounts)).all())
        other = f"advocate:{self.chance.choice((anna, ben, a_person('thief'))).advocate_id(SITE)}:waiting"
        if other == account:
            raise Nothing
        session.execute(
            text("UPDATE journal SET account = :other WHERE tx = :tx AND line = :line"),
            {"other": other, "tx": tx, "line": line},
        )
        self._sum_up(session)
        return f"line {line} of transaction {tx} goes to {other}, with every sum put right"

    def _last(self, session: Session) -> int:
        return int(session.scalar(text("SELECT max(tx) FROM journal")) or 0)

    def _sum_up(self, session: Session) -> None:
        session.execute(text("DELETE FROM balances"))
        session.execute(
            text(
                "INSERT INTO balances SELECT site_id, account, unit, sum(amount_micros) FROM journal "
                "GROUP BY site_id, account, unit"
            )
        )

    # --- outside ------------------------------------------------------------------------------------------------------

    def edit_outside(self, _session: Session, outside: Outside) -> str:
        """The file outside: a field, a line gone, two lines swapped, a line twice."""
        at = self.chance.randrange(len(outside))
        how = self.chance.choice(("edit", "gone", "swapped", "twice"))
        if how == "edit":
            field = self.chance.choice(("size", "root", "at_ms", "key", "signature"))
            kind = Integer() if field in ("size", "at_ms") else None
            outside[at] = changed(outside[at], **{field: self._other(kind, getattr(outside[at], field))})
        elif how == "gone" and at < len(outside) - 1:
            del outside[at]
        elif how == "swapped" and at:
            outside[at - 1], outside[at] = outside[at], outside[at - 1]
        elif how == "twice":
            outside.insert(at, outside[at])
        else:
            raise Nothing  # without its last line the file is as it was a minute ago
        return f"the file outside: line {at} {how}"


# --- the ledger -------------------------------------------------------------------------------------------------------


def a_ledger(world: World, path: Path, *, copies: Path | None = None) -> None:
    """History with refunds and a hold that ended, in a dozen heads, with a few lines that are not sealed yet."""
    a_history(world)
    share = world.link(anna)
    for number in range(PEOPLE):
        world.take_in(a_visit(f"many{number}", share, a_person("many", number), 50 + number / 100))
        if number % 9 == 8:
            world.fold()
            seal.seal_all(world.db, SITE, KEYS, world.clock.now_ms())
            HeadsFile(path).keep(world.db, SITE)
            if copies is not None:
                _copy(world.db, copies / f"{number}.db")
            world.clock.at_ms += 60_000
    world.fold()


def _copy(db: Database, path: Path) -> None:
    with db.writer.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    shutil.copy(str(db.url.database), path)


def unlock(db: Database) -> None:
    """Take the triggers away."""
    with db.writer.begin() as connection:
        for table in UNLOCKED:
            if not db.is_sqlite:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                continue
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{verb}")


def found(session: Session, made: Session, outside: Sequence[Head]) -> str:
    """What the check says: the first difference, or nothing."""
    try:
        ledger_check.check_ledger(session, SITE, KEYS.public, outside)
        replay_check.compare_rows(session, made, SITE)
    except Difference as difference:
        return str(difference)
    return ""


def try_them(outcome: Outcome, world: World, path: Path, count: int) -> None:
    """So many tampers, one after another."""
    hand, kinds, missed = Hand(4711), Counter[str](), list[str]()
    known = list(read_heads(path))
    began = time.monotonic()
    with Session(world.db.writer) as session, replay_check.replayed(session, SITE, migrate.upgrade) as made:
        in_order = found(session, made, known) == ""
        while sum(kinds.values()) < count:
            outside = list(known)
            try:
                kind, what = hand.tamper(session, outside)
            except (Nothing, DBAPIError):
                session.rollback()
                continue
            kinds[kind] += 1
            if not found(session, made, outside):
                missed.append(what)
            session.rollback()
        in_order = in_order and found(session, made, known) == ""
    for what in missed[:10]:
        print(f"NOT FOUND: {what}", file=sys.stderr)
    outcome.claim(
        f"every tamper is found, {world.db.url.get_backend_name()}",
        not missed and in_order,
        tampers=count,
        missed=len(missed),
        seconds=round(time.monotonic() - began),
        **{kind.replace(" ", "_"): number for kind, number in sorted(kinds.items())},
    )


def old_copies(outcome: Outcome, world: World, path: Path, copies: Path) -> None:
    """A copy of the whole database from before each head, whole and in order in itself, put in its place."""
    known, without, with_file = list(read_heads(path)), 0, 0
    kept = sorted(copies.iterdir())[:-1]
    for copy in kept:
        db = Database(f"sqlite:///{copy}")
        with db.reading() as session:
            without += _is_found(session, [])
            with_file += _is_found(session, known)
        db.close()
    outcome.claim("every old copy of the whole database is found", with_file == len(kept) > 0, copies=len(kept))
    outcome.control("nobody kept a head outside", without == 0, copies=len(kept), found=without)


def _is_found(session: Session, outside: Sequence[Head]) -> bool:
    try:
        ledger_check.check_ledger(session, SITE, KEYS.public, outside)
    except Difference:
        return True
    return False


# --- controls ---------------------------------------------------------------------------------------------------------


@contextmanager
def without_the_time() -> Iterator[None]:
    """A leaf that leaves out a field."""

    def leaf(line: JournalLine, secret: bytes) -> bytes:
        return seals.leaf_of(changed(line, at_ms=0), secret)

    with ExitStack() as stack:
        for module in (seal, ledger_check):
            stack.enter_context(mock.patch.object(module, "leaf_of", leaf))
        yield


def leave_out_a_field(outcome: Outcome, folder: Path) -> None:
    """The tree alone is asked: with the time left out of leaves, it sees no edit of a time."""
    times = "UPDATE journal SET at_ms = at_ms + 1 WHERE tx = 5 AND line = 1"
    with without_the_time():
        planted = _seen_by_the_tree(folder / "planted.db", times)
    outcome.control(
        "a leaf leaves out the time", not planted and _seen_by_the_tree(folder / "real.db", times), found=int(planted)
    )


def _seen_by_the_tree(path: Path, statement: str) -> bool:
    world = World(f"sqlite:///{path}")
    a_history(world)
    seal.seal_all(world.db, SITE, KEYS, world.clock.now_ms())
    unlock(world.db)
    with Session(world.db.writer) as session:
        session.execute(text(statement))
        seen = _is_found(session, [])
        session.rollback()
    world.close()
    return seen


def believe_every_signature(outcome: Outcome, world: World) -> None:
    """Somebody rewrites a line, the tree and the heads, too; only the signature is not theirs to make."""
    with Session(world.db.writer) as session:
        session.execute(text("UPDATE journal SET at_ms = at_ms + 1 WHERE tx = 5 AND line = 1"))
        session.execute(text("DELETE FROM heads"))
        session.execute(text("DELETE FROM tree_nodes"))
        _seal_without_the_key(session)
        seen = _is_found(session, [])
        with mock.patch.object(ledger_check, "is_signed", lambda *_: True):
            believed = _is_found(session, [])
        session.rollback()
    outcome.control("a signature is believed without being checked", seen and not believed, found=int(believed))


def _seal_without_the_key(session: Session) -> None:
    from passalong.core.merkle import Frontier
    from passalong.store import heads, tree

    secret, grown, nodes = tree.secret_of(session, SITE) or b"", Frontier(), []
    place = (0, 0)
    for line in list(tree.lines_after(session, SITE)):
        place = (line.tx, line.line)
        for level, number, made in grown.append(seals.leaf_of(line, secret)):
            if level >= tree.TILE_LEVEL:
                nodes.append(tree.Node(level, number, made.hex(), *place))
    tree.add_nodes(session, SITE, nodes)
    head = Head(SITE, grown.size, grown.root().hex(), 1, KEYS.newest, "ab" * 64)
    heads.add(session, heads.Sealed(head, *place))


def main() -> int:
    """On SQLite; the long form on PostgreSQL, too."""
    outcome = begin("tamper")
    with tempfile.TemporaryDirectory(prefix="passalong-tamper-") as name:
        folder, copies = Path(name), Path(name) / "copies"
        copies.mkdir()
        world = World(f"sqlite:///{folder}/here.db")
        a_ledger(world, folder / "heads.jsonl", copies=copies)
        unlock(world.db)
        try_them(outcome, world, folder / "heads.jsonl", TAMPERS["short" if outcome.short else "long"])
        old_copies(outcome, world, folder / "heads.jsonl", copies)
        leave_out_a_field(outcome, folder)
        believe_every_signature(outcome, world)
        world.close()
        if not outcome.short:
            _on_postgresql(outcome, folder)
    return outcome.end()


def _on_postgresql(outcome: Outcome, folder: Path) -> None:
    with running_postgres() as server:
        world = World(server.create_database())
        a_ledger(world, folder / "heads-postgresql.jsonl")
        unlock(world.db)
        try_them(outcome, world, folder / "heads-postgresql.jsonl", ON_POSTGRESQL)
        world.close()


if __name__ == "__main__":
    sys.exit(main())
