"""What the server writes down names no token, no secret and nobody: not when all is well, and not when things break."""

import json

from cast import a_site, an_id, anna, cleo
from passalong.lib.clock import SystemClock
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
