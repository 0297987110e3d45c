"""Tampering: an attacker with the whole database changes the ledger in any way; each change is found.

Random edits of any field of any table that the ledger consists of, deletions, insertions, two lines in each other's
place, an end that is cut off with every sum put right, money moved with every sum put right, facts changed with
everything that is made from them replayed, the file outside edited, cut, gone or another instance's, and old copies of
the whole database. Nobody has the signing key. Each is tried in a transaction that is rolled back.

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
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cast import a_person, anna
from chaos.outcome import Outcome, begin
from chaos.tamper_hand import Hand, NoEffectError
from flow.histories import a_history
from flow.seal_props import unlock
from flow.world import SITE, World, a_visit
from passalong.core.transparency import leaves
from passalong.core.transparency.leaves import Head, JournalLine
from passalong.core.transparency.merkle import Frontier
from passalong.core.transparency.records import RecordHead
from passalong.core.transparency.tile import TILE_LEVEL
from passalong.flow.replay import compare
from passalong.flow.transparency import heads_check, ledger_check, sealing
from passalong.flow.transparency.heads_check import DifferenceError, Evidence
from passalong.flow.transparency.heads_file import HeadsFile, Line, read_heads, read_lines
from passalong.flow.transparency.recording import seal_records
from passalong.flow.transparency.records_check import RecordEvidence, check_records
from passalong.flow.transparency.sources_check import check_sources
from passalong.lib.signing import SigningKeys
from passalong.store import bulk
from passalong.store.engine import Database
from passalong.store.transparency import heads
from passalong.store.transparency import nodes as store_nodes
from plumbing.postgres import running_postgres
from tables import make_tables

KEYS = SigningKeys({1: bytes(range(32))})
TAMPERS = {"short": 300, "long": 10_000}
ON_POSTGRESQL = 500
PEOPLE = 100
UNLOCKED = ("journal", "receipts", "heads", "tree_nodes", "tree_salts", "events", "terms", "numbered", "record_heads")
# --- the ledger -------------------------------------------------------------------------------------------------------


def a_ledger(world: World, path: Path, *, copies: Path | None = None) -> None:
    """Make a history with refunds and an ended hold, in a dozen heads, with a few unsealed lines."""
    a_history(world)
    share = world.link(anna)
    for number in range(PEOPLE):
        world.take_in(a_visit(f"many{number}", share, a_person("many", number), 50 + number / 100))
        if number % 9 == 8:
            world.fold()
            seal_records(world.db, SITE, KEYS, world.clock.now_ms())
            sealing.seal_all(world.db, SITE, KEYS, world.clock.now_ms())
            HeadsFile(path).keep_all(world.db, SITE)
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


def found(session: Session, made: Session, outside: Sequence[Line]) -> str:
    """Return the first difference that the check finds, or nothing."""
    lines = [head for head in outside if isinstance(head, Head)]
    records = [head for head in outside if isinstance(head, RecordHead)]
    try:
        ledger_check.check_ledger(session, SITE, KEYS.public, Evidence(lines))
        check_sources(session, SITE)
        check_records(session, SITE, KEYS.public, RecordEvidence(records))
        compare.compare_rows(session, made, SITE)
    except DifferenceError as difference:
        return str(difference)
    return ""


def try_them(outcome: Outcome, world: World, path: Path, count: int) -> None:
    """Apply this many changes, one after another."""
    hand, kinds, missed = Hand(4711), Counter[str](), list[str]()
    known = list(read_lines(path))
    began = time.monotonic()
    with Session(world.db.writer) as session, compare.replayed(session, SITE, make_tables) as made:
        in_order = found(session, made, known) == ""
        while sum(kinds.values()) < count:
            outside = list(known)
            try:
                kind, what = hand.tamper(session, outside)
            except (NoEffectError, DBAPIError):
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


def replayed_facts(outcome: Outcome, world: World, path: Path, count: int) -> None:
    """Change the value of orders and fold everything again, so that all tables agree."""
    known, seen, seen_by_lines = list(read_lines(path)), 0, 0
    with Session(world.db.writer) as session:
        orders = session.execute(
            text("SELECT event_id FROM events WHERE kind = 'conversion' ORDER BY event_id")
        ).scalars()
        changed_ids = list(orders)[:count]
        for event_id in changed_ids:
            dearer = "UPDATE events SET fact = replace(fact, '00000', '00001') WHERE event_id = :id"
            session.execute(text(dearer), {"id": event_id})
            with compare.replayed(session, SITE, make_tables) as made:
                for table in compare.MADE:
                    rows = [dict(row) for row in made.execute(select(table)).mappings()]
                    session.execute(table.delete())
                    bulk.insert_all(session, table, rows)
                compare.compare_rows(session, made, SITE)
                seen += found(session, made, known) != ""
            seen_by_lines += _is_found(session, None)
            session.rollback()
    outcome.claim(
        "facts changed with everything made from them replayed are found",
        seen == len(changed_ids) > 0,
        tampers=len(changed_ids),
        missed=len(changed_ids) - seen,
        seen_by_the_lines_alone=seen_by_lines,
    )


def old_copies(outcome: Outcome, world: World, path: Path, copies: Path) -> None:
    """Restore a consistent copy of the whole database from before each head."""
    known, without, with_file = list(read_heads(path)), 0, 0
    kept = sorted(copies.iterdir())[:-1]
    for copy in kept:
        db = Database(f"sqlite:///{copy}")
        with db.reading() as session:
            without += _is_found(session, None)
            with_file += _is_found(session, known)
        db.close()
    outcome.claim("every old copy of the whole database is found", with_file == len(kept) > 0, copies=len(kept))
    outcome.control("nobody kept a head outside", without == 0, copies=len(kept), found=without)


def _is_found(session: Session, outside: Sequence[Head] | None) -> bool:
    try:
        ledger_check.check_ledger(session, SITE, KEYS.public, Evidence(outside))
    except DifferenceError:
        return True
    return False


# --- controls ---------------------------------------------------------------------------------------------------------


@contextmanager
def without_the_time() -> Iterator[None]:
    """Make a leaf without one field."""

    def leaf(line: JournalLine, secret: bytes) -> bytes:
        return leaves.leaf_of(changed(line, at_ms=0), secret)

    with ExitStack() as stack:
        for module in (sealing, ledger_check):
            stack.enter_context(mock.patch.object(module, "leaf_of", leaf))
        yield


def leave_out_a_field(outcome: Outcome, folder: Path) -> None:
    """Check the tree alone: without the time in its leaves it finds no change of a time."""
    times = "UPDATE journal SET at_ms = at_ms + 1 WHERE tx = 5 AND line = 1"
    with without_the_time():
        planted = _seen_by_the_tree(folder / "planted.db", times)
    outcome.control(
        "a leaf leaves out the time", not planted and _seen_by_the_tree(folder / "real.db", times), found=int(planted)
    )


def _seen_by_the_tree(path: Path, statement: str) -> bool:
    world = World(f"sqlite:///{path}")
    a_history(world)
    sealing.seal_all(world.db, SITE, KEYS, world.clock.now_ms())
    unlock(world.db, *UNLOCKED)
    with Session(world.db.writer) as session:
        session.execute(text(statement))
        seen = _is_found(session, None)
        session.rollback()
    world.close()
    return seen


def believe_every_signature(outcome: Outcome, world: World) -> None:
    """Rewrite a line, the tree and the heads, with a foreign signature."""
    with Session(world.db.writer) as session:
        session.execute(text("UPDATE journal SET at_ms = at_ms + 1 WHERE tx = 5 AND line = 1"))
        session.execute(text("DELETE FROM heads"))
        session.execute(text("DELETE FROM tree_nodes"))
        session.execute(text("DELETE FROM tree_tiles"))
        _seal_without_the_key(session)
        seen = _is_found(session, None)
        with mock.patch.object(heads_check, "is_signed", lambda *_: True):
            believed = _is_found(session, None)
        session.rollback()
    outcome.control("a signature is believed without being checked", seen and not believed, found=int(believed))


def _seal_without_the_key(session: Session) -> None:
    secret, grown, nodes = store_nodes.secret_of(session, SITE) or b"", Frontier(), []
    place = (0, 0)
    for line in list(store_nodes.lines_after(session, SITE)):
        place = (line.tx, line.line)
        for level, number, made in grown.append(leaves.leaf_of(line, secret)):
            if level >= TILE_LEVEL:
                nodes.append(store_nodes.Node(level, number, made.hex(), *place))
    store_nodes.add_nodes(session, SITE, nodes)
    head = Head(SITE, grown.size, grown.root().hex(), 1, KEYS.newest, "ab" * 64)
    heads.add(session, heads.Sealed(head, *place))


def main() -> int:
    """Run on SQLite; in the long form on PostgreSQL, too."""
    outcome = begin("tamper")
    with tempfile.TemporaryDirectory(prefix="passalong-tamper-") as name:
        folder, copies = Path(name), Path(name) / "copies"
        copies.mkdir()
        world = World(f"sqlite:///{folder}/here.db")
        a_ledger(world, folder / "heads.jsonl", copies=copies)
        unlock(world.db, *UNLOCKED)
        try_them(outcome, world, folder / "heads.jsonl", TAMPERS["short" if outcome.short else "long"])
        replayed_facts(outcome, world, folder / "heads.jsonl", 3 if outcome.short else 100)
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
