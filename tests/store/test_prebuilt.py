"""Look-ups whose statements are built once find the rows of their own site, and no more than they are asked for."""

from collections.abc import Iterator

import pytest
from sqlalchemy import bindparam, select

from cast import a_site
from passalong.flow.transaction import writing
from passalong.lib.clock import SystemClock
from passalong.store import bulk, prebuilt
from passalong.store.engine import Database
from passalong.store.schema.visits import reached
from tables import make_tables

SITE, OTHER = "bees01", "wasps1"
VISITOR, REACHER = reached.c.visitor_id, reached.c.reacher


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """Two sites, each with the same two visitors, whom Anna reached on one and Mallory on the other."""
    db = Database(database_url)
    make_tables(db)
    for site_id, who in ((SITE, "a:anna"), (OTHER, "a:mallory")):
        a_site(db, SystemClock(), site_id=site_id, home_url=f"https://{site_id}.example")
        rows = [{"site_id": site_id, "visitor_id": name, "reacher": who} for name in ("ben", "cleo")]
        with writing(db) as session:
            bulk.insert_all(session, reached, rows)
    yield db
    db.close()


def test_rows_are_found_by_one_column_or_by_several(db: Database) -> None:
    with db.reading() as session:
        both = prebuilt.find_among(session, SITE, VISITOR, ["cleo", "ben", "otto"], (VISITOR, REACHER)).all()
        assert sorted(tuple(row) for row in both) == [("ben", "a:anna"), ("cleo", "a:anna")]
        assert prebuilt.find_among(session, SITE, VISITOR, []).all() == []
        (row,) = prebuilt.find_where(session, OTHER, reached, visitor_id="ben", reacher="a:mallory").all()
        assert (row.site_id, row.visitor_id, row.reacher) == (OTHER, "ben", "a:mallory")
        assert prebuilt.find_where(session, SITE, reached, visitor_id="ben", reacher="a:mallory").all() == []


@pytest.mark.parametrize(("most", "counted"), [(1, 1), (2, 2), (100, 2)])
def test_rows_are_counted_up_to_a_number(db: Database, most: int, counted: int) -> None:
    of_site = select(VISITOR).where(reached.c.site_id == bindparam("of_site"))
    with db.reading() as session:
        assert prebuilt.count_up_to(session, SITE, most, of_site) == counted


def test_a_statement_is_built_once() -> None:
    assert prebuilt.among(VISITOR) is prebuilt.among(VISITOR)
    assert prebuilt.among(VISITOR, (REACHER,)) is not prebuilt.among(VISITOR)
