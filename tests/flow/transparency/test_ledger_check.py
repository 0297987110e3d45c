"""The whole ledger is checked, and the first thing that is not as it should be is named in a sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from flow.histories import a_history
from flow.seal_props import KEYS, sealed, some_lines, unlock
from flow.world import SITE, World
from passalong.flow.replay import compare
from passalong.flow.transparency import ledger_check
from passalong.flow.transparency.heads_check import DifferenceError, Evidence
from passalong.flow.transparency.heads_file import HeadsFile, read_heads
from passalong.flow.transparency.ledger_check import Checked
from tables import make_tables


@pytest.fixture
def told(world_url: str, tmp_path: Path) -> Iterator[World]:
    """A world whose history is sealed in two heads, both kept outside too; what a test breaks stays broken."""
    world = World(world_url)
    a_history(world)
    sealed(world)
    some_lines(world, 3, "later")
    sealed(world)
    HeadsFile(tmp_path / "heads.jsonl").keep(world.db, SITE)
    yield world
    world.close()


def check(world: World, folder: Path, *, replay: bool = True) -> Checked:
    """As `passalong ledger verify` does."""
    with world.db.reading() as session:
        outside = Evidence(list(read_heads(folder / "heads.jsonl")))
        found = ledger_check.check_ledger(session, SITE, KEYS.public, outside)
        if replay:
            compare.check_replay(session, SITE, make_tables)
    return found


def test_a_ledger_that_nobody_touched_is_in_order(told: World, tmp_path: Path) -> None:
    found = check(told, tmp_path)
    assert (found.lines, found.heads, found.outside, found.unsealed) == (told.count("journal"), 2, 2, 0)
    some_lines(told, 1, "new")
    assert check(told, tmp_path).unsealed == 3


def test_before_the_first_seal_every_line_is_counted_and_none_is_sealed(world_url: str, tmp_path: Path) -> None:
    world = World(world_url)
    some_lines(world, 2)
    found = check(world, tmp_path)
    assert found.lines == found.unsealed == world.count("journal") > 0
    assert (found.heads, found.outside) == (0, 0)
    world.close()


def test_an_empty_ledger_is_in_order(world: World, tmp_path: Path) -> None:
    assert check(world, tmp_path) == Checked(0, 0, 0, 0, 0)


FAULTS = {
    "UPDATE journal SET subject = 'conversion:other' WHERE tx = 2 AND line = 1": "are not those under the head over",
    "UPDATE journal SET at_ms = at_ms + 1 WHERE tx = 3 AND line = 2": "are not those under the head over",
    "UPDATE journal SET seq = seq + 1 WHERE tx = 3 AND line = 1": "are not those under the head over",
    "UPDATE journal SET amount_micros = amount_micros + 5 WHERE tx = 2 AND line = 1": "off by 5 micros of ",
    "DELETE FROM journal WHERE tx = 4": "After line 3 of transaction 3 comes line 1 of transaction 5",
    "DELETE FROM journal WHERE tx = 4 AND line = 1": "comes line 2 of transaction 4",
    "DELETE FROM journal WHERE tx >= (SELECT max(tx) FROM journal)": "are there: the end was cut off",
    "UPDATE journal SET line = 100 WHERE tx = 4 AND line = 1": "comes line 2 of transaction 4",
    "INSERT INTO journal SELECT site_id, max(tx) + 1, 1, 1, 's', 'a', 'EUR', 0, 1 FROM journal GROUP BY site_id": (
        "is over nothing"
    ),
    "UPDATE balances SET amount_micros = amount_micros + 1 WHERE account LIKE 'advocate:%'": "The balance of advocate:",
    "DELETE FROM balances WHERE amount_micros <> 0": "its lines sum to",
    "UPDATE turns SET last_tx = last_tx + 1": "The fold has written",
    "UPDATE heads SET at_ms = at_ms + 1": "the signature of the head over",
    "UPDATE heads SET root = '00' WHERE size = (SELECT max(size) FROM heads)": "the signature of the head over",
    "UPDATE heads SET key = 'ab'": "a key that is not one of ours",
    "UPDATE heads SET tx = tx + 1": "does not end where it says",
    "DELETE FROM heads": "the database is an old copy, or its end was cut off",
    "DELETE FROM heads WHERE size = (SELECT min(size) FROM heads)": "another version of the head over",
    "UPDATE tree_salts SET secret = '00'": "are not those under the head over",
    "UPDATE tree_salts SET secret = 'no hex'": "has other than hex digits",
    "DELETE FROM tree_salts": "salts is gone",
    "UPDATE receipts SET body = replace(body, 'credited', 'refused') WHERE version = 1": "In receipts, subject",
    "DELETE FROM receipts WHERE version = 1": "The table receipts lacks a row",
    "UPDATE unit_totals SET ready_micros = ready_micros + 1": "In unit_totals, recipient",
    "UPDATE credits SET earned_micros = earned_micros + 1": "In credits, conversion_id",
    "DELETE FROM day_money": "The table day_money lacks a row",
    "INSERT INTO reached VALUES ('bees01', 'nobody', 's')": "The table reached has a row that the facts do not give",
    "UPDATE events SET fact = replace(fact, '100000000', '900000000') WHERE kind = 'conversion'": "and the facts give",
    """UPDATE events SET fact = replace(fact, '"advocate_id"', '"advocate_i"') WHERE kind = 'visit'""": "'advocate_i'",
}


def test_the_ledger_check_names_each_tamper(told: World, tmp_path: Path) -> None:
    """Each fault in turn, in a transaction that is rolled back: the check reads what the transaction sees."""
    for table in ("journal", "heads", "tree_salts", "receipts", "events"):
        unlock(told.db, table)
    outside = Evidence(list(read_heads(tmp_path / "heads.jsonl")))
    with Session(told.db.writer) as session, compare.replayed(session, SITE, make_tables) as made:
        for fault, words in FAULTS.items():
            assert session.connection().execute(text(fault)).rowcount, fault
            with pytest.raises(DifferenceError) as found:
                ledger_check.check_ledger(session, SITE, KEYS.public, outside)
                if "events" in fault:
                    compare.check_replay(session, SITE, make_tables)
                compare.compare_rows(session, made, SITE)
            assert words in str(found.value)
            assert str(found.value).endswith(".")
            session.rollback()
    check(told, tmp_path)


def test_somebody_who_puts_all_sums_right_is_found_by_the_tree(told: World, tmp_path: Path) -> None:
    """Money moved between two people, balances with it, receipts left alone: only the tree and the replay see it."""
    unlock(told.db, "journal")
    with told.db.writer.begin() as connection:
        accounts = "SELECT account FROM balances WHERE unit = 'points' AND account LIKE 'advocate:%' ORDER BY account"
        one, other = connection.scalars(text(accounts)).all()[:2]
        for table in ("journal", "balances"):
            moved = "CASE account WHEN :one THEN :other ELSE :one END"
            if table == "balances":
                connection.execute(text("UPDATE balances SET account = 'x' WHERE account = :one"), {"one": one})
                connection.execute(
                    text("UPDATE balances SET account = :one WHERE account = :other"), {"one": one, "other": other}
                )
                connection.execute(text("UPDATE balances SET account = :other WHERE account = 'x'"), {"other": other})
                continue
            change = text(f"UPDATE {table} SET account = {moved} WHERE unit = 'points' AND account IN (:one, :other)")
            connection.execute(change, {"one": one, "other": other})
    with pytest.raises(DifferenceError, match="are not those under the head over"):
        check(told, tmp_path, replay=False)


def test_an_outside_file_that_was_edited_is_found(told: World, tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"
    first, second = path.read_text().splitlines()
    for lines, words in {
        f"{second}\n": "The outside file lacks the head over",
        f"{second}\n{first}\n": "does not stand in its place",
        f"{first}\n{first}\n": "does not stand in its place",
        f"{first}\n": "The outside file lacks the head over",
        "": "the file is gone, or the site's lines were cut out",
        f"{first}\n{second[:-9]}00000000}}\n": "Line 2",
        f"{first.replace(chr(34) + 'at_ms' + chr(34) + ':1', chr(34) + 'at_ms' + chr(34) + ':2')}\n": "signature of",
    }.items():
        path.write_text(lines)
        with pytest.raises(Exception, match=words):
            check(told, tmp_path, replay=False)
