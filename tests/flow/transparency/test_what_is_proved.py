"""`docs/ledger.md` says by what each tamper is found: one of each is planted here, and found."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import delete, select, text

from cast import anna
from flow.histories import a_history
from flow.seal_props import KEYS, some_lines, unlock
from flow.world import SITE, World, a_gift
from passalong.core.transparency.leaves import Head
from passalong.core.transparency.records import RecordHead
from passalong.core.transparency.statement import BadStatementError, check_statement, decode_statement
from passalong.flow.replay import compare
from passalong.flow.transaction import writing
from passalong.flow.transparency.evidence import Age
from passalong.flow.transparency.heads_check import DifferenceError, Evidence
from passalong.flow.transparency.heads_file import HeadsFile, read_lines
from passalong.flow.transparency.ledger_check import check_ledger
from passalong.flow.transparency.recording import seal_records
from passalong.flow.transparency.records_check import RecordEvidence, check_records
from passalong.flow.transparency.sealer import Sealing, SealingOptions
from passalong.flow.transparency.sealing import seal_all
from passalong.lib.signing import SigningKeys, fingerprint, is_signed
from passalong.store import bulk
from passalong.store.books import identities
from passalong.store.schema.columns import metadata
from passalong.store.transparency import proofs, statements
from tables import make_tables

DOCS = Path(__file__).parents[3] / "docs" / "ledger.md"
MINUTE_MS = 60_000
OTHERS = SigningKeys({1: b"another key of another instance."})
LOCKED = ("journal", "heads", "tree_nodes", "receipts", "events", "terms", "record_heads", "numbered")


class Kept:
    """A sealed ledger, its file outside, and a statement that Anna kept."""

    def __init__(self, world: World, path: Path):
        self.world = world
        self.path = path
        a_history(world)
        world.happens(a_gift("gift", 41, anna))
        self.seal()
        some_lines(world, 3, "later")
        self.seal()
        self.statement = self.a_statement(KEYS)
        unlock(world.db, *LOCKED)

    def seal(self, keys: SigningKeys = KEYS) -> None:
        """As a server does every minute."""
        self.world.clock.at_ms += MINUTE_MS
        seal_records(self.world.db, SITE, keys, self.world.clock.now_ms())
        seal_all(self.world.db, SITE, keys, self.world.clock.now_ms())
        HeadsFile(self.path).keep_all(self.world.db, SITE)

    def a_statement(self, keys: SigningKeys) -> bytes:
        """Anna's."""
        with self.world.db.reading() as session:
            mine = identities.account(session, SITE, anna.advocate_id(SITE))
            made = statements.statement_of(session, self.world.site.site, mine, keys, 1)
            assert made
            return made.whole()

    def change(self, *changes: str) -> None:
        """Change the database behind the product's back; each statement finds something."""
        with self.world.db.writer.begin() as connection:
            for one in changes:
                assert connection.execute(text(one)).rowcount, one

    def check(self, keys: SigningKeys = KEYS) -> None:
        """As `passalong ledger verify` does. Raises DifferenceError."""
        lines = list(read_lines(self.path))
        now = Age(self.world.clock.now_ms() + 10**12, 3 * MINUTE_MS)
        of_lines = [line for line in lines if isinstance(line, Head)]
        of_records = [line for line in lines if isinstance(line, RecordHead)]
        with self.world.db.reading() as session:
            check_ledger(session, SITE, keys.public, Evidence(of_lines, age=now))
            check_records(session, SITE, keys.public, RecordEvidence(of_records, age=now))
            compare.check_replay(session, SITE, make_tables)

    def replay(self) -> None:
        """Put everything that is made from facts right, as a replay gives it."""
        with self.world.db.reading() as session, compare.replayed(session, SITE, make_tables) as made:
            rows = {table: [dict(row) for row in made.execute(select(table)).mappings()] for table in compare.MADE}
        with self.world.db.writer.begin() as connection:
            for table in reversed(compare.MADE):
                connection.execute(delete(table))
        with writing(self.world.db) as session:
            for table, some in rows.items():
                bulk.insert_all(session, table, some)

    def without_heads(self, *tables: str) -> None:
        """Take heads away, from the database and from the file."""
        self.change(*(f"DELETE FROM {table}" for table in tables))
        kept = [line for line in self.path.read_text().splitlines(keepends=True) if '"kind":"records"' not in line]
        self.path.write_text("".join(kept) if "heads" not in tables else "")


def money_moves(kept: Kept) -> None:
    kept.change(
        "UPDATE journal SET account = 'advocate:thief:waiting' WHERE tx = 1 AND line = 1",
        "DELETE FROM balances",
        "INSERT INTO balances SELECT site_id, account, unit, sum(amount_micros) FROM journal "
        "GROUP BY site_id, account, unit",
    )


def facts_and_all_that_follows(kept: Kept) -> None:
    kept.change("UPDATE events SET fact = replace(fact, '100000000', '900000000') WHERE kind = 'conversion'")
    kept.replay()


def another_key(kept: Kept) -> None:
    kept.change("UPDATE journal SET at_ms = at_ms + 1 WHERE tx = 1")
    kept.without_heads("heads", "record_heads")
    kept.seal(OTHERS)


def no_head_at_all(kept: Kept) -> None:
    kept.change("UPDATE journal SET at_ms = at_ms + 1 WHERE tx = 1")
    kept.without_heads("heads", "record_heads")


def an_old_copy(kept: Kept) -> None:
    kept.change("DELETE FROM heads WHERE size = (SELECT max(size) FROM heads)")


Tamper = Callable[[Kept], object]
TAMPERS: dict[str, tuple[Tamper, str]] = {
    "changes, adds, removes or reorders lines that are sealed": (
        lambda kept: kept.change("UPDATE journal SET at_ms = at_ms + 1 WHERE tx = 3"),
        "are not those under the head over",
    ),
    "puts all balances right afterwards": (money_moves, "are not those under the head over"),
    "changes a fact: its author, its reason, its amount, its time, its input hash": (
        lambda kept: kept.change("UPDATE events SET fact = replace(fact, 'Otto', 'Olga') WHERE kind = 'given'"),
        "are not those under the head over .* facts",
    ),
    "changes facts and replays everything that is made from them": (
        facts_and_all_that_follows,
        "are not those under the head over",
    ),
    "changes a version of the terms: its document, its note, its day; adds a goal to an old one; "
    "takes one away, or a withdrawal": (
        lambda kept: kept.change("UPDATE terms SET note = 'Another.'"),
        "The versions of the terms are not those under",
    ),
    "rewrites trees and heads, too, without the key": (another_key, "a key that is not one of ours"),
    "takes heads over facts and terms away, from the database and the file": (
        lambda kept: kept.without_heads("record_heads"),
        "names is gone",
    ),
    "takes the file away, cuts lines out of it, or puts another instance's in its place": (
        lambda kept: kept.path.unlink(),
        "the file is gone",
    ),
    "takes all heads away, everywhere, and edits what they covered": (no_head_at_all, "under no head"),
    "brings back an old copy of the whole database, or cuts its end off": (an_old_copy, "the database is an old copy"),
    "changes receipts or totals": (
        lambda kept: kept.change("UPDATE unit_totals SET ready_micros = ready_micros + 1"),
        "In unit_totals",
    ),
}
ELSEWHERE = {
    "puts another name on a statement, merges two or takes lines out",
    "has the key, the database and the file, and rewrites all three",
}


@pytest.fixture
def kept(world_url: str, tmp_path: Path) -> Iterator[Kept]:
    """What a test breaks stays broken."""
    world = World(world_url)
    yield Kept(world, tmp_path / "heads.jsonl")
    world.close()


def test_the_docs_name_exactly_what_is_planted_here() -> None:
    section = DOCS.read_text().partition("## What is proved, and what is not")[2]
    rows = re.findall(r"^\| (.+?) \| .+ \|$", section, re.MULTILINE)
    assert set(rows[1:]) == {*TAMPERS, *ELSEWHERE}


CHECKED = {
    *("events", "numbered", "terms", "terms_withdrawals", "heads", "record_heads", "tree_nodes", "tree_salts"),
    *("advocates",),  # the fold needs every one whose link led to something
}


def test_every_table_is_made_from_facts_checked_or_named_as_not_proved() -> None:
    said = DOCS.read_text().partition("*Not proved:*")[2].partition("A line's place")[0]
    made = {table.name for table in compare.MADE}
    assert made | CHECKED | set(re.findall(r"`([a-z_]+)`", said)) - {"advocates"} == set(metadata.tables)
    assert not made & set(re.findall(r"`([a-z_]+)`", said))


@pytest.mark.parametrize("name", TAMPERS)
def test_a_tamper_of_each_kind_is_found(kept: Kept, name: str) -> None:
    tamper, words = TAMPERS[name]
    kept.check()
    tamper(kept)
    with pytest.raises(DifferenceError, match=words):
        kept.check()


@pytest.mark.parametrize("tables", [("record_heads",), ("heads", "record_heads")])
def test_nothing_is_signed_where_heads_were_taken_away_everywhere(kept: Kept, tables: tuple[str, ...]) -> None:
    kept.without_heads(*tables)
    some_lines(kept.world, 1, "new")
    kept.world.clock.at_ms += 10**12
    sealing = Sealing(kept.world.db, kept.world.clock, KEYS, HeadsFile(kept.path), SealingOptions(every_s=60))
    sealing.remember()
    assert sealing.look() == 0
    assert kept.world.count("record_heads") == 0


def test_a_statement_with_another_name_does_not_hold(kept: Kept) -> None:
    made = decode_statement(kept.statement)
    check_statement(made, is_signed, fingerprint)
    for bad in (replace(made, site_name="Wasps"), replace(made, lines=made.lines[1:])):
        with pytest.raises(BadStatementError, match="own signature"):
            check_statement(bad, is_signed, fingerprint)


def test_with_key_database_and_file_only_a_head_that_somebody_kept_tells(kept: Kept) -> None:
    old = decode_statement(kept.statement).head
    kept.change("UPDATE journal SET at_ms = at_ms + 1 WHERE tx = 1")
    kept.without_heads("heads", "record_heads")
    kept.seal()
    with kept.world.db.reading() as session:
        assert proofs.consistency(session, SITE, old.size, None).first_root != old.root


def test_everything_from_before_is_sealed_by_the_first_seal_after_the_upgrade(world: World, tmp_path: Path) -> None:
    """Heads of 0.2.0 name no records; they stay as they are, and later ones name them."""
    a_history(world)
    [old] = seal_all(world.db, SITE, KEYS, world.clock.now_ms())
    [head] = seal_records(world.db, SITE, KEYS, world.clock.now_ms())
    some_lines(world, 1, "new")
    [later] = seal_records(world.db, SITE, KEYS, world.clock.now_ms())
    [new] = seal_all(world.db, SITE, KEYS, world.clock.now_ms())
    assert (old.records, head.facts, new.records is None) == (None, later.facts - 1, False)
    HeadsFile(tmp_path / "heads.jsonl").keep_all(world.db, SITE)
    with world.db.reading() as session:
        assert check_ledger(session, SITE, KEYS.public).heads == 2
        assert check_records(session, SITE, KEYS.public, RecordEvidence([head, later])) == world.count("numbered")


def test_a_head_signed_before_the_first_fact_leaves_later_facts_checked(world: World) -> None:
    """A running server seals the terms of a new site within a minute, before anybody shares."""
    [first] = seal_records(world.db, SITE, KEYS, world.clock.now_ms())
    a_history(world)
    [later] = seal_records(world.db, SITE, KEYS, world.clock.now_ms())
    evidence = RecordEvidence([first, later])
    assert (first.facts, later.facts) == (0, world.count("numbered"))
    with world.db.reading() as session:
        assert check_records(session, SITE, KEYS.public, evidence) == later.facts
    unlock(world.db, "events")
    with world.db.writer.begin() as connection:
        assert connection.execute(text("UPDATE events SET input_hash = 'ab' WHERE kind = 'visit'")).rowcount
    with world.db.reading() as session, pytest.raises(DifferenceError, match="The facts 1 to"):
        check_records(session, SITE, KEYS.public, evidence)


FAULTS = {
    "UPDATE events SET input_hash = 'ab' WHERE kind = 'visit'": "The facts ",
    "UPDATE events SET at_ms = at_ms + 1 WHERE kind = 'refund'": "The facts ",
    "UPDATE events SET fact = replace(fact, 'For her help', 'Because') WHERE kind = 'given'": "The facts ",
    "UPDATE terms SET since_ms = since_ms + 1": "The versions of the terms",
    "UPDATE terms SET document = replace(document, 'purchase', 'purchas_')": "The versions of the terms",
    "UPDATE record_heads SET terms = terms + 1": "the signature of",
    "UPDATE record_heads SET facts_root = terms_root": "the signature of",
    "UPDATE record_heads SET size = size + 1000": "another size than its own",
    "INSERT INTO record_heads SELECT site_id, -size, facts, terms, withdrawals, facts_root, terms_root, "
    "withdrawals_root, at_ms, key, signature, peaks FROM record_heads": "another size than its own",
    "UPDATE record_heads SET peaks = ''": "The kept subtrees",
    "UPDATE record_heads SET peaks = 'no hex'": "The kept subtrees",
    "DELETE FROM record_heads": "The outside file has",
    "DELETE FROM record_heads WHERE size = (SELECT min(size) FROM record_heads)": "The outside file has",
    "UPDATE heads SET records = NULL WHERE size = (SELECT max(size) FROM heads)": "the signature of the head over",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_changed_field_of_a_fact_or_of_terms_is_named(kept: Kept, fault: str) -> None:
    kept.change(fault)
    with pytest.raises(DifferenceError, match=FAULTS[fault]):
        kept.check()
