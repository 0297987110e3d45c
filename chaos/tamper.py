"""Tampering: somebody with the whole database in their hands changes the ledger, in any way; each is found.

Random edits of any field of any table that the ledger consists of, deletions, insertions, two lines in each other's
place, an end that is cut off with every sum put right, money moved with every sum put right, the file outside edited,
and old copies of the whole database. Nobody has the signing key. Each is tried in a transaction that is rolled back.

Controls: a ledger that nobody touched is in order; a leaf without the time, checks without the file outside, and a
head whose signature nobody checks each let through what the real check finds.
"""

import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

from msgspec.structs import replace as changed
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cast import a_person, anna
from chaos.outcome import Outcome, begin
from chaos.tamper_hand import Hand, Nothing
from flow.histories import a_history
from flow.seal_props import unlock
from flow.world import SITE, World, a_visit
from passalong import migrate
from passalong.core import seals
from passalong.core.merkle import Frontier
from passalong.core.seals import Head, JournalLine
from passalong.flow import ledger_check, replay_check, seal
from passalong.flow.ledger_check import Difference
from passalong.flow.outside import HeadsFile, read_heads
from passalong.signing import SigningKeys
from passalong.store import heads, tree
from passalong.store.engine import Database
from plumbing.postgres import running_postgres

KEYS = SigningKeys({1: bytes(range(32))})
TAMPERS = {"short": 300, "long": 10_000}
ON_POSTGRESQL = 500
PEOPLE = 100
UNLOCKED = ("journal", "receipts", "heads", "tree_nodes", "tree_salts", "events")
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
    unlock(world.db, *UNLOCKED)
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
        unlock(world.db, *UNLOCKED)
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
        unlock(world.db, *UNLOCKED)
        try_them(outcome, world, folder / "heads-postgresql.jsonl", ON_POSTGRESQL)
        world.close()


if __name__ == "__main__":
    sys.exit(main())
