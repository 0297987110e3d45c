"""The audit log: changes are recorded once, stay as they are, and are listed newest first with filters and a cursor."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cast import a_site
from flow.world import HandClock
from passalong.flow.owners.changes import AlreadyDoneError, record_change, state
from passalong.flow.transaction import writing
from passalong.store.engine import Database
from passalong.store.people import changes
from passalong.store.people.changes import Change
from plumbing.statements import plan_of, statements
from tables import make_tables

SITE = "bees01"
OTHER = "wasps1"
MADE_MS = 1
"""When the sites were made, with a first rule: the oldest change of each."""


@pytest.fixture
def db(database_url: str) -> Database:
    """Two sites."""
    db = Database(database_url)
    make_tables(db)
    a_site(db, HandClock(MADE_MS))
    a_site(db, HandClock(MADE_MS), site_id=OTHER, name="Wasps", home_url="https://wasps.example")
    return db


def record(db: Database, at_ms: int, action: str, *, site_id: str = SITE, actor: str = "owner:otto") -> None:
    """Record one change."""
    with writing(db) as session:
        record_change(session, Change(site_id, actor, action, "bees", "", state({"at": at_ms})), at_ms)


def test_changes_are_listed_newest_first_a_page_at_a_time(db: Database) -> None:
    for at_ms in (10, 20, 20, 30, 40):
        record(db, at_ms, "site.rename")
    record(db, 25, "site.rename", site_id=OTHER)
    with db.reading() as session:
        first = changes.newest(session, SITE, 2)
        second = changes.newest(session, SITE, 2, changes.ChangeFilter(before=first[-1].cursor))
        third = changes.newest(session, SITE, 2, changes.ChangeFilter(before=second[-1].cursor))
    assert [one.at_ms for one in (*first, *second, *third)] == [40, 30, 20, 20, 10, MADE_MS]
    assert len({one.change.change_id for one in (*first, *second, *third)}) == 6
    db.close()


def test_the_newest_change_of_a_subject_is_found_by_its_index(db: Database) -> None:
    for at_ms in (10, 20):
        record(db, at_ms, "site.rename")
    with statements(db) as ran, db.reading() as session:
        latest = changes.latest_about(session, SITE, "bees")
    assert latest is not None and latest.at_ms == 20
    assert "subject_at_ms" in plan_of(db, ran[-1])
    db.close()


def test_the_list_is_filtered_by_action_and_by_actor(db: Database) -> None:
    record(db, 10, "key.revoke")
    record(db, 20, "site.rename", actor="cli")
    with db.reading() as session:
        assert [one.at_ms for one in changes.newest(session, SITE, 9, changes.ChangeFilter(action="key.revoke"))] == [
            10
        ]
        assert [one.at_ms for one in changes.newest(session, SITE, 9, changes.ChangeFilter(actor="cli"))] == [
            20,
            MADE_MS,
        ]
        assert changes.newest(session, SITE, 9, changes.ChangeFilter(action="key.revoke", actor="cli")) == []
        assert len(changes.newest(session, SITE, 9, changes.ChangeFilter(before="nonsense"))) == 3
    db.close()


def test_a_form_that_is_sent_twice_is_recorded_once(db: Database) -> None:
    change = Change(SITE, "owner:otto", "site.rename", change_id="form-1")
    with writing(db) as session:
        record_change(session, change, 10)
    with pytest.raises(AlreadyDoneError), writing(db) as session:
        record_change(session, change, 20)
    with db.reading() as session:
        assert [one.at_ms for one in changes.newest(session, SITE, 9)] == [10, MADE_MS]
    db.close()


def test_a_recorded_change_stays_as_it_is(db: Database) -> None:
    record(db, 10, "site.rename")
    for statement in ("UPDATE owner_changes SET actor = 'mallory'", "DELETE FROM owner_changes"):
        with pytest.raises(DBAPIError, match="append-only"), db.writer.begin() as connection:
            connection.execute(text(statement))
    db.close()


def test_a_long_state_is_cut(db: Database) -> None:
    with writing(db) as session:
        record_change(session, Change(SITE, "o" * 200, "site.rename", "s" * 500, "x" * 9_000, "y"), 10)
    with db.reading() as session:
        found, _ = changes.newest(session, SITE, 9)
    assert (len(found.change.before), found.change.before[-1]) == (4_000, "…")
    assert (len(found.change.actor), len(found.change.subject)) == (80, 160)
    db.close()
