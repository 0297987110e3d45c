"""Another program locks the database: pages, API and notes are answered within a bounded time, and nothing is lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from cast import an_id, anna, ben
from flow.office import PAGE, SITE, Answer, Office
from passalong import app

WAITS_S = 0.05
HELD = "20s"
"""How long PostgreSQL lets the other program hold its locks: a page that waits for them is then answered with 200."""


@pytest.fixture
def office(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An instance that waits shortly for locks."""
    monkeypatch.setattr(app, "LOCK_WAITS_S", WAITS_S)
    made = Office(database_url, tmp_path)
    yield made
    made.close()


@contextmanager
def locked(office: Office) -> Iterator[None]:
    """Lock every table as VACUUM FULL or a migration does; on SQLite, its only writer."""
    if office.db.is_sqlite:
        with closing(sqlite3.connect(str(office.db.url.database), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
        return
    url = make_url(office.db.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(url)) as other:
        other.execute(f"SET idle_in_transaction_session_timeout = '{HELD}'")
        names = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = sql.SQL(", ").join(sql.Identifier(name) for (name,) in names)
        other.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(tables))
        yield


def test_a_locked_database_is_answered_with_503_in_bounded_time_and_loses_no_note(office: Office) -> None:
    token, browser = office.link("annas"), office.signed_in(anna)
    wanted = {"site": SITE, "id": an_id("link", "x"), "guest": ben.guest, "page": PAGE}
    note = office.visit("came", token, ben)
    with locked(office):
        reads = [
            office.send("GET", f"/open/{SITE}"),
            office.send("GET", "/me", client=browser),
            office.api("GET", "/conversions"),
        ]
        writes = [
            office.send("POST", "/me/privacy/name", client=browser, form={"name": "Anna", "shown": "yes"}),
            office.send("POST", "/v1/links", wanted),
            *(office.note(door, note) for door in ("flask", "asgi")),
        ]
    assert [answer.status for answer in reads] == [200 if office.db.is_sqlite else 503] * 3
    for answer in writes if office.db.is_sqlite else [*reads, *writes]:
        assert _asks_to_come_again(answer), answer
    assert office.note("asgi", note).note == (202, "visit", None)
    assert office.send("GET", f"/open/{SITE}").status == 200


def _asks_to_come_again(answer: Answer) -> bool:
    return answer.status == 503 and int(answer.headers["retry-after"]) > 0
