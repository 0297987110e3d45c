"""The whole log folded once more: the same journal, hash for hash, and the same rollups, row for row."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from cast import a_person, anna, ben, cleo
from flow.histories import a_history
from flow.world import SITE, World, a_visit
from passalong.flow.replay import copy, replay
from passalong.flow.transaction import writing
from passalong.store.engine import Database
from passalong.store.queries import digest
from passalong.store.schema.credits import unit_totals
from passalong.store.schema.journal import journal
from passalong.store.schema.rollups import page_totals
from tables import make_tables

JOURNAL_OF_A_HISTORY = "7405f9376ac58503955ccf6870fe0981d943358298844666015b2b0099df2bb1"
BALANCES_OF_A_HISTORY = "deee435a60796676db22f0592be97e6591309291505848533a7f168428cb9ce6"


def rollups(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every rollup."""
    return {table.name: sorted(map(tuple, world.rows(select(table))), key=str) for table in replay.ROLLUPS}


def test_a_replay_gives_the_same_journal_hash_for_hash(world: World) -> None:
    a_history(world)
    stands, made = replay.compare(world.db, SITE, make_tables)
    assert stands == made


def test_a_journal_that_was_changed_is_not_what_the_replay_makes(world: World) -> None:
    world.happens(a_visit("v", world.link(anna), cleo, 1))
    with world.db.writer.begin() as connection:
        off = "DROP TRIGGER journal_no_update" if world.db.is_sqlite else "ALTER TABLE journal DISABLE TRIGGER USER"
        connection.exec_driver_sql(off)
        connection.execute(update(journal).where(journal.c.line == 1).values(at_ms=journal.c.at_ms + 1))
    stands, made = replay.compare(world.db, SITE, make_tables)
    assert stands != made


def test_rollups_that_were_lost_are_rebuilt_to_the_same_rows(world: World) -> None:
    a_history(world)
    before = rollups(world)
    with writing(world.db) as session:
        for table in replay.ROLLUPS[1:]:
            session.execute(delete(table))
    assert replay.rebuild_rollups(world.db, SITE, make_tables) == sum(map(len, before.values()))
    assert rollups(world) == before


def test_rollups_that_are_wrong_are_put_right(world: World) -> None:
    a_history(world)
    before = rollups(world)
    with writing(world.db) as session:
        session.execute(update(page_totals).values(people=page_totals.c.people + 1))
        session.execute(update(unit_totals).values(earned_micros=0))
    assert rollups(world) != before
    replay.rebuild_rollups(world.db, SITE, make_tables)
    assert rollups(world) == before


def test_a_history_gives_the_journal_that_it_always_gave(world: World) -> None:
    """If this differs, old facts give other credit than before: that needs a migration, not a new literal."""
    a_history(world)
    with world.db.reading() as session:
        assert digest.journal_digest(session, SITE) == JOURNAL_OF_A_HISTORY
        assert digest.balance_digest(session, SITE) == BALANCES_OF_A_HISTORY


def test_folding_goes_on_after_a_rebuild(world: World) -> None:
    a_history(world)
    replay.rebuild_rollups(world.db, SITE, make_tables)
    world.happens(a_visit("next", world.link(ben), a_person("somebody new"), 45))
    assert world.waiting(ben, unit="points") == ["8.00"]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    """Another database, with tables and nothing in them."""
    made = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    make_tables(made)
    yield made
    made.close()


def test_a_copied_instance_has_the_same_rows_and_the_same_journal(world: World, empty: Database) -> None:
    a_history(world)
    copied = copy.copy_instance(world.db, empty)
    assert copied.rows["events"] == world.count("events")
    with world.db.reading() as ours, empty.reading() as theirs:
        assert digest.journal_digest(ours, SITE) == digest.journal_digest(theirs, SITE) == copied.digests[SITE]
        assert digest.balance_digest(ours, SITE) == digest.balance_digest(theirs, SITE)


@pytest.mark.postgresql
def test_an_instance_moves_from_sqlite_to_postgresql_and_goes_on_there(tmp_path: Path, postgresql_url: str) -> None:
    world = World(f"sqlite:///{tmp_path / 'old.db'}")
    a_history(world)
    there = World(postgresql_url, new=False)
    make_tables(there.db)
    copy.copy_instance(world.db, there.db)
    there.site = world.site
    there.happens(a_visit("next", there.link(ben), a_person("somebody new"), 45))
    assert replay.compare(there.db, SITE, make_tables)[0] == replay.compare(there.db, SITE, make_tables)[1]
    there.check()
    world.close()
    there.close()


def test_a_copy_goes_into_an_empty_database_only(world: World, empty: Database) -> None:
    copy.copy_instance(world.db, empty)
    with pytest.raises(copy.CopyError, match="empty database"):
        copy.copy_instance(world.db, empty)
