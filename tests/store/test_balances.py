"""Balances that a slice adds to are read as they stand, however often they are written in between."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from cast import a_site
from passalong.core.ledger.entries import Line
from passalong.flow.transaction import writing
from passalong.lib.clock import SystemClock
from passalong.store.books.journal import BalanceBook
from passalong.store.engine import Database
from tables import make_tables

SITE = "bees01"
READY, WAITING = "advocate:anna:ready", "advocate:anna:waiting"


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A database with Otto's site."""
    db = Database(database_url)
    make_tables(db)
    a_site(db, SystemClock(), site_id=SITE)
    yield db
    db.close()


def test_an_addition_counts_once_before_and_after_it_is_written(db: Database) -> None:
    with writing(db) as session:
        book = BalanceBook(session, SITE)
        assert book.of(READY, "EUR") == 0
        for total in (5, 10):
            book.add([Line(READY, "EUR", 5), Line(WAITING, "EUR", -5)])
            assert book.of(READY, "EUR") == total
            book.flush()
            assert book.of(READY, "EUR") == total
        assert book.of(WAITING, "EUR") == -10
        assert book.between("advocate:", "advocate;") == {(READY, "EUR"): 10, (WAITING, "EUR"): -10}
    with db.reading() as session:
        rows = session.execute(text("SELECT account, amount_micros FROM balances ORDER BY account")).all()
    assert [tuple(row) for row in rows] == [(READY, 10), (WAITING, -10)]
