"""What the server writes down names no token, no secret and nobody: not when all is well, and not when things break."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
import structlog
from psycopg import sql
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from cast import a_site, an_id, anna, cleo
from passalong import logs
from passalong.flow.ingest.collector import NotWrittenError
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database
from serving import Start


def test_no_token_and_no_secret_is_ever_in_the_log(start_passalong: Start, database_url: str) -> None:
    served = start_passalong(database_url, PASSALONG_LOG="debug")
    otto = a_site(served.db, SystemClock())
    browser = served.client()
    token = browser.issue_link(otto.site_id, guest=anna.guest, page=otto.page(), request_id=an_id("link"))
    browser.share(otto.site_id, token, guest=anna.guest, note_id=an_id("share"))
    browser.visit(otto.site_id, token, visitor=cleo.visitor, page=otto.page(), note_id=an_id("visit"))
    browser.send("GET", f"/h/{token}")
    browser.send("POST", "/v1/notes", b'{"token": "' + token.encode() + b'"')
    browser.send("GET", f"/nothing-here?ht={token}")
    browser.send("GET", "/api/v1/conversions/order-17", headers={"Authorization": f"Bearer {otto.api_key}"})
    code = browser.send("POST", "/v1/credit", {"site": otto.site_id, "guest": anna.guest}).json()["url"].split("#")[1]
    browser.send("POST", "/me/in", f"code={code}x".encode())
    served.settled()
    with served.db.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE events RENAME TO hidden")
    broken = browser.send("GET", "/api/v1/conversions/order-17", headers={"Authorization": f"Bearer {otto.api_key}"})
    note = {"site": otto.site_id, "id": an_id("after"), "kind": "visit", "token": token, "page": otto.page()}
    broken_note = browser.send("POST", "/v1/notes", note | {"visitor": cleo.visitor, "guest": anna.guest})
    with served.db.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE hidden RENAME TO events")

    assert (broken.status, broken_note.status) == (500, 500)
    log = served.log.read_text()
    assert "a request failed" in log, "what breaks is written down"
    for secret in (token, anna.guest, otto.api_key, code.split(".")[1], otto.api_key.split("_", 2)[2]):
        assert secret not in log


BREAKS = {
    "sqlite": "CREATE TRIGGER full BEFORE INSERT ON addresses BEGIN SELECT RAISE(ABORT, 'no more'); END",
    "postgresql": "ALTER TABLE addresses ADD CONSTRAINT no_more CHECK (language = '') NOT VALID",
}
"""PostgreSQL says which row it refuses, with all its values."""


def test_an_error_of_the_database_is_written_down_without_the_values(start_passalong: Start, database_url: str) -> None:
    served = start_passalong(database_url)
    otto = a_site(served.db, SystemClock())
    with served.db.writer.begin() as connection:
        connection.exec_driver_sql(BREAKS[served.db.writer.dialect.name])
    form = f"site={otto.site_id}&address=mallory@example.org".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert served.client().send("POST", "/me/in/mail", form, headers=headers).status == 500
    (line,) = [line for line in served.log.read_text().splitlines() if "a request failed" in line]
    assert "more" in line and "INSERT INTO addresses" in line and "ask_for_link" in line
    assert "mallory" not in line


def test_the_server_says_where_it_is(start_passalong: Start, database_url: str) -> None:
    served = start_passalong(database_url, PASSALONG_URL="https://along.example")
    (line,) = [line for line in served.log.read_text().splitlines() if line.startswith("Passalong is at")]
    assert f"https://along.example, listening on {served.url}. Its data is in {served.log.parent}." in line


def test_every_line_of_ours_is_json_with_a_time_and_a_level(start_passalong: Start, database_url: str) -> None:
    served = start_passalong(database_url)
    with served.db.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sites RENAME TO hidden")
    assert served.client().send("GET", "/readyz").status == 503
    with served.db.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE hidden RENAME TO sites")
    ours = [json.loads(line) for line in served.log.read_text().splitlines() if line.startswith("{")]
    assert ours
    assert all({"event", "level", "timestamp"} <= line.keys() for line in ours)


@contextmanager
def all_tables_locked(url: str) -> Iterator[None]:
    """Lock every table, as VACUUM FULL or a migration does, again where the server waits for one in another order."""
    with closing(psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))) as other:
        names = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = sql.SQL(", ").join(sql.Identifier(name) for (name,) in names)
        until = time.monotonic() + 60
        while True:
            try:
                other.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(tables))
                break
            except psycopg.errors.DeadlockDetected:
                assert time.monotonic() < until, "the server holds some table at all times"
                other.rollback()
        yield


@pytest.mark.slow
@pytest.mark.postgresql
def test_a_lock_that_cannot_be_had_is_a_line_without_a_traceback(start_passalong: Start, postgresql_url: str) -> None:
    served = start_passalong(postgresql_url)
    with all_tables_locked(postgresql_url):
        assert served.client().send("GET", "/open/nowhere").status == 503
        _wait_for_line(served.log, "webhooks failed")
    lines = [json.loads(line) for line in served.log.read_text().splitlines() if "lock timeout" in line]
    assert {line["event"] for line in lines} >= {"the database could not be used", "webhooks failed; it is tried again"}
    for line in lines:
        assert "exception" not in line
        assert re.fullmatch(r"canceling statement due to lock timeout \(55P03\) \[.+\]", line["error"])


def _wait_for_line(log: Path, words: str) -> None:
    until = time.monotonic() + 30
    while words not in log.read_text():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def test_an_error_of_the_database_that_passes_is_a_line_and_a_bug_in_its_handler_has_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = Database(f"sqlite:///{tmp_path / 'words.sqlite3'}")
    (tmp_path / "words.sqlite3").write_text("no database " * 100)
    logs.log_plainly("info")
    log = structlog.get_logger()
    try:
        with db.reading() as session:
            session.execute(text("SELECT 1"))
    except DBAPIError as error:
        log.exception("folding failed")
        try:
            raise NotWrittenError from error
        except NotWrittenError:
            log.exception("a tick failed")
        try:
            raise KeyError("bug")
        except KeyError:
            log.exception("a handler failed")
    structlog.reset_defaults()
    first, second, bug = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["error"] == second["error"] == "file is not a database"
    assert "exception" not in first | second
    assert "KeyError" in bug["exception"]
