"""Look-ups of many rows at once read what they ask for, not all rows of the site."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.orm import Session

from cast import a_site
from passalong.flow.transaction import writing
from passalong.lib.clock import SystemClock
from passalong.store import bulk, event_log
from passalong.store.engine import Database
from passalong.store.schema.rollups import page_totals
from passalong.store.schema.visits import passed_on
from plumbing.statements import plan_of, statements
from tables import make_tables

SITE = "bees01"


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A database with Otto's site."""
    db = Database(database_url)
    make_tables(db)
    a_site(db, SystemClock(), site_id=SITE)
    a_site(db, SystemClock(), site_id="wasps1", home_url="https://wasps.example")
    yield db
    db.close()


def test_pairs_are_found_of_their_site_alone(db: Database) -> None:
    rows = [(SITE, "ana", 'bee"s'), (SITE, "ben", "%s"), ("wasps1", "ana", "wasps")]
    with db.writer.begin() as connection:
        values = [dict(zip(("site_id", "reacher", "advocate_id"), row, strict=True)) for row in rows]
        connection.execute(passed_on.insert(), values)
    asked = [("ana", 'bee"s'), ("ana", "%s"), ("ben", "%s"), ("ana", "wasps"), ("", "\u2028")]
    with db.reading() as session:
        found = bulk.find_pairs(session, passed_on.c.reacher, passed_on.c.advocate_id, SITE, asked)
        assert found == {("ana", 'bee"s'), ("ben", "%s")}
        assert bulk.find_pairs(session, passed_on.c.reacher, passed_on.c.advocate_id, SITE, []) == set()


def pages(session: Session) -> object:
    columns = page_totals.c.advocate_id, page_totals.c.page_hash
    return bulk.find_pairs(session, *columns, SITE, [("ana", "a"), ("ben", "b")])


def folded(session: Session) -> None:
    event_log._take_off(session, SITE, [(1, "browser", "a"), (2, "browser", "b")])


@pytest.mark.parametrize(
    ("asked", "used"),
    [(pages, "advocate_id=? AND page_hash=?"), (folded, "at_ms>? AND at_ms<?")],
    ids=["pairs", "what was folded"],
)
def test_the_whole_key_is_used(db: Database, asked: Callable[[Session], object], used: str) -> None:
    """SQLite reads all rows of a site for a list of row values alone."""
    with statements(db) as found, db.reading() if asked is pages else writing(db) as session:
        asked(session)
    plan = plan_of(db, found[-1])
    assert used in plan if db.is_sqlite else "Index" in plan and "Seq Scan" not in plan
