"""The page that checks a statement, in a real Chromium: the real server seals, Anna downloads, and Mallory edits.

One server and one page for every file: what is tried is the file.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import func, select

from cast import a_person, a_site, anna
from passalong.lib.clock import SystemClock
from passalong.store.schema.journal import journal
from passalong.store.schema.transparency import heads
from plumbing.browsers import NewContext
from serving import Passalong, Start

pytestmark = pytest.mark.browser
Statement = dict[str, Any]


def sealed(served: Passalong) -> None:
    """Wait until the server has sealed every line, as it does once a second here."""
    until = time.monotonic() + 30
    while True:
        with served.db.reading() as session:
            lines = session.scalar(select(func.count()).select_from(journal)) or 0
            if lines and session.scalar(select(func.max(heads.c.size))) == lines:
                return
        assert time.monotonic() < until
        time.sleep(0.1)


def some_credit(served: Passalong) -> None:
    """Six people come through Anna's link, and one of them buys."""
    site = a_site(served.db, SystemClock())
    with served.client() as browser:
        token = browser.issue_link(site.site_id, guest=anna.guest, page=site.page(), request_id="a-request-of-annas-1")
        for number in range(6):
            who = a_person("somebody", number)
            note = f"a-note-of-a-visit-{number:04d}"
            browser.visit(site.site_id, token, visitor=who.visitor, page=site.page(), note_id=note)
        code = f"{token}.a-note-of-a-visit-0003"
        browser.convert(site.api_key, "order-1", amount_minor=4_000, currency="EUR", code=code)
    served.settled()
    sealed(served)


def come_in(served: Passalong, page: Page) -> None:
    """Anna opens her credit."""
    with served.client() as browser:
        url = browser.send("POST", "/v1/credit", {"site": "bees01", "guest": anna.guest}).json()["url"]
    page.goto(url)
    page.wait_for_url("**/me")


def edited(change: Callable[[Statement], None]) -> Callable[[Statement], bytes]:
    """The statement after somebody had their hands on it."""

    def make(good: Statement) -> bytes:
        bad = json.loads(json.dumps(good))
        change(bad)
        return json.dumps(bad).encode()

    return make


def raised(made: Statement) -> None:
    """More money, and the sums with it."""
    line = next(line for line in made["lines"] if line["fields"][5] == "EUR")
    line["fields"][6] = "99000000"
    total = next(one for one in made["sums"] if one["unit"] == "EUR")
    total["amount_micros"] = "99000000"


def set_in(*path: Any, value: Any) -> Callable[[Statement], None]:
    """Put a value somewhere."""

    def change(made: Statement) -> None:
        place: Any = made
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


WRONG = {
    "lines": (raised,),
    "signature": (set_in("head", "at_ms", value=1), set_in("head", "signature", value="00" * 64)),
    "site": (set_in("head", "site", value="wasps1"), set_in("public_key", value="00" * 32)),
    "times": (set_in("lines", 0, "when", "at_ms", value="1750000000000"),),
    "header": (
        lambda made: made["lines"].pop(),
        set_in("advocate", value="mallorymallorym2"),
        set_in("advocates", value=["mallorymallorym2"]),
        set_in("site_name", value="Wasp Weekly"),
        set_in("unsealed", value=1),
        set_in("lines", 0, "line_id", value="another"),
        set_in("signature", value="00" * 64),
    ),
    "sums": (set_in("sums", 0, "amount_micros", value="1"),),
}
NONE = [b"", b"{}", b"[]", b"\x00\xff", b"null", b"<script>alert(1)</script>", b'{"format":"passalong-statement-1"}']


def test_a_good_statement_holds_and_an_altered_one_does_not(
    start_passalong: Start, new_context: NewContext, tmp_path: Path
) -> None:
    """Takes some seconds: a server that seals once a second, and a browser."""
    served = start_passalong(f"sqlite:///{tmp_path}/here.db", PASSALONG_SEAL_SECONDS="1")
    some_credit(served)
    page = new_context(accept_downloads=True).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    come_in(served, page)
    with page.expect_download() as download:
        page.evaluate("location.href = '/me/statement.json'")
    body = download.value.path().read_bytes()
    assert download.value.suggested_filename.startswith("statement-bees01-")
    good = json.loads(body)
    page.goto(f"{served.url}/open/bees01")
    page.get_by_role("link", name="anyone can check them").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def check(content: bytes) -> None:
        file: FilePayload = {"name": "statement.json", "mimeType": "application/json", "buffer": content}
        page.get_by_label("The statement").set_input_files(file)

    check(body)
    expect(page.get_by_role("heading", name="Valid", exact=True)).to_be_visible()
    assert page.locator("#checks .st-ready").count() == 6
    assert "3.20" in page.locator("#sums").inner_text()
    for name, changes in WRONG.items():
        for change in changes:
            check(edited(change)(good))
            expect(page.get_by_role("heading", name="Not valid")).to_be_visible()
            assert page.locator("#checks li:has(.st-taken_back)").first.get_attribute("data-check") == name
            check(body)
            expect(page.get_by_role("heading", name="Valid", exact=True)).to_be_visible()
    for garbage in NONE:
        check(garbage)
        expect(page.get_by_role("heading", name="This is not a statement")).to_be_visible()
        check(body)
        expect(page.get_by_role("heading", name="Valid", exact=True)).to_be_visible()
    assert (said, [url for url in asked if f"{served.url}/static/" not in url]) == ([], [])
    without = new_context(java_script_enabled=False).new_page()
    without.goto(f"{served.url}/open/bees01/check")
    expect(without.get_by_text("Without it, passalong verify FILE")).to_be_visible()
    assert not without.get_by_label("The statement").is_visible()
