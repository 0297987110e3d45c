"""One share earns real credit: the README's minute, in a real browser, on both databases.

`passalong demo run` is started as a person starts it. Anna shares an article, Cleo comes through her link and buys,
Anna reads what it earned and why; Mallory tries what must earn nothing, and Otto sees each of it with its reason.
"""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlalchemy import Table, func, select

from passalong.demo.almanac import SITE_ID
from passalong.flow.owners import sites
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database
from passalong.store.schema.event_log import events, queue
from passalong.store.schema.refusals import refusals
from plumbing.browsers import NewContext, come_by
from plumbing.ports import free_port
from tables import BOTH

pytestmark = pytest.mark.browser
CLIPBOARD = ["clipboard-read", "clipboard-write"]
A_PROGRAM = "A program, not a person"
PREVIEW = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"


class Demo:
    """The demo as it runs: where its pages are, and the lines that it printed."""

    def __init__(self, database_url: str, folder: Path):
        self.db = Database(database_url)
        port, demo_port = free_port(), free_port()
        env = os.environ | {
            "PASSALONG_DATA": str(folder / "data"),
            "PASSALONG_PORT": str(port),
            "DATABASE_URL": database_url,
        }
        command = [sys.executable, "-m", "passalong", "demo", "run", "--demo-port", str(demo_port)]
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
        self.lines = self._read_lines()
        self.almanac = f"http://localhost:{demo_port}"
        self.passalong = f"http://127.0.0.1:{port}"

    def _read_lines(self) -> list[str]:
        """What it prints until it says how to stop."""
        assert self.process.stdout
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line.rstrip())
            if "Ctrl-C" in line:
                return lines
        raise AssertionError(f"the demo did not come up: {lines}")

    def owner_link(self) -> str:
        """A new link to the console, like the printed one."""
        return f"{self.passalong}/start?k={SITE_ID}.{sites.new_owner_code(self.db, SystemClock(), SITE_ID)}"

    def count(self, table: Table) -> int:
        """How many rows a table has: a look past all pages."""
        with self.db.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def settled(self, refused: int = 0) -> None:
        """Wait until all that came in is folded and the refusals are stored; a busy machine may take a while."""
        waiting = time.monotonic() + 30
        while self.count(queue) or self.count(refusals) < refused:
            assert time.monotonic() < waiting, "facts are still waiting to be folded, or refusals to be stored"
            time.sleep(0.05)

    def end(self) -> int:
        """Ctrl-C."""
        self.db.close()
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=20)
        assert self.process.stdout
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module", params=BOTH)
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, which every test visits with people of its own; ended as a person would end it."""
    folder = tmp_path_factory.mktemp("demo")
    opened: AbstractContextManager[str] = nullcontext(f"sqlite:///{folder}/passalong.db")
    if request.param == "postgresql":
        opened = request.getfixturevalue("postgresql_databases").lent()
    with opened as url:
        running = Demo(url, folder)
        yield running
        assert running.end() == 0


def person(new_context: NewContext) -> BrowserContext:
    """Somebody with a browser of their own: nothing stored, and a clipboard."""
    return new_context(permissions=CLIPBOARD)


def share(page: Page, article: str) -> str:
    """Open an article, press Share, copy the link."""
    page.goto(article)
    button = page.locator("pass-along").get_by_role("button", name="Share", exact=True)
    with page.expect_response("**/v1/links") as issued:
        button.hover()
    assert issued.value.status == 201
    button.click()
    expect(page.get_by_label("Link", exact=True)).to_have_value(re.compile(r"[?]ht="))
    with page.expect_response("**/v1/notes") as noted:
        page.get_by_role("button", name="Copy link").click()
    assert noted.value.headers["along-kept"] == "share"
    link: str = page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("Escape")
    return link


def arrive(page: Page, link: str) -> str:
    """Open a link and look at the page; returns what became of the note."""
    with page.expect_response("**/v1/notes") as noted:
        come_by(page, link)
    headers = noted.value.headers
    return headers.get("along-kept") or headers["along-dropped"]


def buy(page: Page, almanac: str) -> None:
    """Buy the hive kit, for 42.00."""
    page.goto(f"{almanac}/shop")
    page.get_by_role("button", name="Buy for €42.00").click()
    page.wait_for_url("**/thanks/**")


def open_credit(page: Page) -> Page:
    """Press Share, then “Your credit”: the portal opens beside the article."""
    page.locator("pass-along").get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_label("Link", exact=True)).to_have_value(re.compile("[?]ht="))
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=re.compile("Your credit")).click()
    portal: Page = opened.value
    portal.wait_for_url("**/me")
    return portal


def open_events(demo: Demo, new_context: NewContext) -> Page:
    """Otto's page of events."""
    otto = person(new_context).new_page()
    otto.goto(demo.owner_link())
    otto.get_by_role("button", name="Open the console").click()
    otto.get_by_role("link", name="Events", exact=True).click()
    otto.wait_for_url("**/events")
    return otto


def what_was_refused(otto: Page) -> list[Locator]:
    """The rows of Otto's page for what Mallory tries."""
    rows = otto.locator("main tbody tr")
    own, robots = (rows.filter(has_text="Visit").filter(has_text=why) for why in ("Their own link", A_PROGRAM))
    return [own, robots, rows.filter(has_text="Browser report").filter(has_text="Altered code")]


def euros(text: str) -> list[Decimal]:
    """Every amount of euros in a text, in order."""
    return [Decimal(found) for found in re.findall(r"€([\d.]+)", text)]


def test_a_share_brings_somebody_who_buys_and_the_person_who_shared_reads_why(
    demo: Demo, new_context: NewContext
) -> None:
    assert len(demo.lines) <= 8
    anna = person(new_context).new_page()
    link = share(anna, f"{demo.almanac}/bees-in-winter")
    assert re.fullmatch(re.escape(f"{demo.almanac}/bees-in-winter?ht=") + r"[\w-]{27}", link)

    cleo = person(new_context).new_page()
    assert arrive(cleo, link) == "visit"
    buy(cleo, demo.almanac)
    demo.settled()

    portal = open_credit(anna)
    expect(portal.locator(".say").first).to_contain_text("1 person came because of you")
    expect(portal.locator(".say").first).to_contain_text("€3.36 and 8 points")
    assert "ht=" not in portal.url
    assert "#" not in portal.url

    portal.get_by_role("link", name=re.compile("Why €3.36")).click()
    value, pot, part, credit = euros(portal.locator(".sum").inner_text())
    assert (value, pot) == (Decimal("42.00"), Decimal("4.20"))
    assert part == credit == pot * 4 / 5
    portal.go_back()
    portal.get_by_role("link", name=re.compile("Why 8 points")).click()
    expect(portal.locator(".sum")).to_contain_text("10 points")


def test_visits_that_must_not_count_earn_nothing_and_say_why(demo: Demo, new_context: NewContext) -> None:
    otto = open_events(demo, new_context)
    before, refused = [rows.count() for rows in what_was_refused(otto)], demo.count(refusals)
    mallory = person(new_context).new_page()
    link = share(mallory, f"{demo.almanac}/bees-in-winter")
    token = link.partition("ht=")[2]
    mallory.reload()

    assert arrive(mallory, link) == "visit"  # taken in; that it is her own is decided at the fold
    altered = link[:-9] + ("A" if link[-9] != "A" else "B") + link[-8:]
    assert arrive(person(new_context).new_page(), altered) == "bad_signature"
    robot = new_context(user_agent="Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    assert arrive(robot.new_page(), link) == "bot"
    fetch(f"{demo.passalong}/h/{token}", PREVIEW)

    demo.settled(refused=refused + 1)
    otto.reload()
    for rows, count in zip(what_was_refused(otto), before, strict=True):
        expect(rows).to_have_count(count + 1)
    expect(otto.locator("main tbody tr").filter(has_text="Short link")).to_have_count(0)  # a GET writes nothing

    portal = open_credit(mallory)
    expect(portal.locator("main")).to_contain_text("Nothing yet")


def test_fetching_an_article_without_a_browser_leaves_no_trace(demo: Demo, new_context: NewContext) -> None:
    link = share(person(new_context).new_page(), f"{demo.almanac}/bees-in-winter")
    demo.settled()
    before = (demo.count(events), demo.count(refusals))
    for user_agent in (PREVIEW, "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "curl/8"):
        fetch(link, user_agent)
    assert (demo.count(events), demo.count(refusals)) == before


def test_the_owners_link_works_once_and_opening_it_uses_nothing_up(demo: Demo, new_context: NewContext) -> None:
    link = demo.owner_link()
    fetch(link, PREVIEW)
    otto, mallory = person(new_context).new_page(), person(new_context).new_page()
    otto.goto(link)
    otto.get_by_role("button", name="Open the console").click()
    expect(otto).to_have_url(f"{demo.passalong}/console/bees")
    mallory.goto(link)
    mallory.get_by_role("button", name="Open the console").click()
    expect(mallory.locator("main")).to_contain_text("used before")
    mallory.goto(f"{demo.passalong}/console/bees")
    expect(mallory.locator("main")).to_contain_text("Sign in with your e-mail address")


def fetch(url: str, user_agent: str) -> None:
    """What a program does: get the page and run nothing."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"User-Agent": user_agent}), timeout=10) as answer:
        assert answer.status == 200
