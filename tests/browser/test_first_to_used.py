"""From the first share to used credit, in four browsers, with a mail server that Passalong really talks to."""

import queue
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.sync_api import BrowserContext, Page, expect

from browser_table import RESERVED
from cast import OttosSite, a_site
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.ledger.redemptions import Method, OfferedMethod
from passalong.flow.owners import sites
from passalong.flow.transaction import writing
from passalong.store.books import redemptions
from plumbing.browsers import NewContext, come_by
from plumbing.host_pages import HostSite
from plumbing.ports import HOST, free_port
from serving import NOON_MS, Passalong, start
from serving_child import FileClock

pytestmark = pytest.mark.browser
SITE = "bees01"
MAIL_S = 30
DISCOUNT = OfferedMethod(Method.DISCOUNT_CODE, "EUR", minimum_micros=1_000_000, days=2)


@dataclass
class MailServer:
    """Takes what comes."""

    taken: queue.Queue[EmailMessage] = field(default_factory=queue.Queue)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take a mail."""
        assert isinstance(envelope.content, bytes)
        assert envelope.rcpt_tos == ["anna@example.org"]
        self.taken.put(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"

    def next(self) -> tuple[EmailMessage, str]:
        """The mail after the last, as soon as it is there, and its plain text."""
        message = self.taken.get(timeout=MAIL_S)
        body = message.get_body(("plain",))
        assert body is not None
        return message, body.get_content()


@dataclass
class Stage:
    """What the story plays on."""

    served: Passalong
    clock: FileClock
    site: HostSite
    otto: OttosSite
    mails: MailServer
    new_context: NewContext
    opened: list[BrowserContext] = field(default_factory=list)

    def somebody(self) -> Page:
        """A browser of its own."""
        self.opened.append(self.new_context())
        return self.opened[-1].new_page()


@pytest.fixture
def stage(tmp_path: Path, clock: FileClock, new_context: NewContext) -> Iterator[Stage]:
    """A mail server, Otto's site, and Passalong."""
    mails, site = MailServer(), HostSite()
    post = Controller(mails, hostname=HOST, port=free_port())
    post.start()
    settings = {
        "PASSALONG_URL": f"http://{HOST}:{{port}}",
        "PASSALONG_SMTP_HOST": HOST,
        "PASSALONG_SMTP_PORT": str(post.port),
        "PASSALONG_SMTP_TLS": "none",
        "PASSALONG_MAIL_FROM": "credit@along.example",
    }
    served = start(f"sqlite:///{tmp_path}/here.db", tmp_path, clock, **settings)
    otto = a_site(served.db, clock, site_id=SITE, home_url=site.url)
    with writing(served.db) as session:
        redemptions.replace_methods(session, SITE, (DISCOUNT,))
    made = Stage(served, clock, site, otto, mails, new_context)
    yield made
    for context in made.opened:  # a server waits for the connections that browsers keep
        context.close()
    served.stop()
    post.stop()
    site.close()


def test_from_the_first_share_to_used_credit(stage: Stage) -> None:
    """Anna's part of what Ben bought becomes a discount code, and each page and mail on the way says what it is."""
    anna = shares(stage)
    comes_and_buys(stage, anna.get_by_label("Link", exact=True).input_value())
    credit = opens_her_credit(anna)
    reads_why(credit)
    keeps_it(stage, credit)
    asks_for_a_code(credit)
    otto_gives_it(stage)
    stops_these_mails(stage, credit)


def shares(stage: Stage) -> Page:
    """Anna copies a link, and nobody asks who she is."""
    script = f'{RESERVED}<script src="{stage.served.url}/along/{SITE}.js" async></script>'
    anna = stage.somebody()
    anna.goto(stage.site.put("<h1>Bees in winter</h1><pass-along></pass-along>", script))
    anna.locator("pass-along").get_by_role("button", name="Share", exact=True).click()
    expect(anna.get_by_label("Link", exact=True)).to_have_value(re.compile("[?]ht="))
    with anna.expect_response("**/v1/notes"):
        anna.get_by_role("button", name="Copy link").click()
    return anna


def comes_and_buys(stage: Stage, link: str) -> None:
    """Ben comes by it and buys for 100.00; a month later nothing waits any more, and the month's pool is shared out."""
    ben = stage.somebody()
    with ben.expect_response("**/v1/notes"):
        come_by(ben, link)
    with stage.served.client() as shop:
        code = ben.evaluate("along.code()")
        shop.convert(stage.otto.api_key, "Ben's", amount_minor=10_000, currency="EUR", code=code)
        stage.served.settled()
        stage.clock.set_ms(NOON_MS + 31 * DAY_MS)
        # An order that nobody's link led to: whatever comes in wakes the fold, which looks at holds each half minute.
        shop.convert(stage.otto.api_key, "a stranger's", amount_minor=2_000, currency="EUR")
    stage.served.settled()


def opens_her_credit(anna: Page) -> Page:
    """From the panel, with nothing to type."""
    with anna.context.expect_page() as opened:
        anna.get_by_role("link", name=re.compile("Your credit")).click()
    credit = opened.value
    expect(credit.locator(".say")).to_contain_text("1 person came because of you.")
    expect(credit.locator(".say")).to_contain_text("You have earned €10.00 and 10 points")
    return credit


def reads_why(credit: Page) -> None:
    """The ledger, and how one line of it adds up."""
    credit.get_by_role("link", name="See all your credit").click()
    expect(credit.locator(".say")).to_contain_text("Available: €10.00")
    credit.get_by_role("link", name=re.compile("^Why €8.00")).click()
    expect(credit.locator("h1")).to_have_text("Why €8.00?")
    expect(credit.locator(".sum")).to_contain_text("€100.00")


def keeps_it(stage: Stage, credit: Page) -> None:
    """By e-mail. A program and another browser open the link first and use nothing up; Anna presses the button."""
    credit.get_by_role("link", name="Sign-in", exact=True).click()
    credit.get_by_label("Your e-mail address").fill("anna@example.org")
    credit.get_by_role("button", name="Send me a link").click()
    expect(credit.get_by_role("status").first).to_contain_text("we've sent a link")
    message, words = stage.mails.next()
    assert message["Subject"] == "Your link to The Bee Almanac (works for 15 minutes)"
    way_in = re.search(r"http\S+/me/door/\S+", words)
    assert way_in
    scanner = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    assert "This link opens the credit of" in scanner.open(way_in[0], timeout=MAIL_S).read().decode()
    elsewhere = stage.somebody()
    elsewhere.goto(way_in[0])
    expect(elsewhere.locator("main")).to_contain_text("You asked for this link in another browser")
    credit.goto(way_in[0])
    credit.get_by_role("button", name="Save my credit").click()
    expect(credit.locator(".say")).to_contain_text("You have earned €10.00 and 10 points")
    credit.get_by_role("link", name="Sign-in", exact=True).click()
    expect(credit.locator(".say")).to_contain_text("Your credit is saved")
    credit.get_by_role("link", name="Home", exact=True).click()


def asks_for_a_code(page: Page) -> None:
    """Half of it, after one look at what would happen; then it is a line."""
    page.get_by_role("link", name=re.compile("^Use .* now$")).click()
    page.get_by_label("Amount, at most €10.00").fill("5")
    page.get_by_role("button", name=re.compile("^Review.*A discount code, EUR$")).click()
    expect(page.locator("main")).to_contain_text("Nothing has happened yet.")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("h1")).to_have_text("You asked to use €5.00")
    expect(page.get_by_role("status")).to_contain_text("Waiting for The Bee Almanac to approve it.")
    page.get_by_role("link", name="Back to your credit").click()
    expect(page.locator(".say")).to_contain_text("Available: €5.00")
    line = page.get_by_role("row").filter(has_text="You took a discount code")
    expect(line).to_contain_text("−€5.00")


def otto_gives_it(stage: Stage) -> None:
    """Otto reads what is asked of him, writes the code, and says that it is done."""
    code = sites.new_owner_code(stage.served.db, stage.clock, SITE)
    otto = stage.somebody()
    otto.goto(f"{stage.served.url}/start?k={SITE}.{code}")
    otto.get_by_role("button", name="Open the console").click()
    otto.get_by_role("link", name=re.compile("^Redemptions")).click()
    expect(otto.locator(".say")).to_have_text("1 request to answer.")
    expect(otto.locator(".claim h2")).to_have_text("A discount code: €5.00")
    otto.get_by_label("Discount code (or reason if you decline)").fill("HONEY-5")
    otto.get_by_role("button", name="Mark as done").click()
    expect(otto.locator(".say")).to_have_text("No open requests.")
    expect(otto.get_by_role("listitem").filter(has_text="HONEY-5")).to_contain_text("A discount code, €5.00")


def stops_these_mails(stage: Stage, page: Page) -> None:
    """Anna is written the code, follows the mail to it, and stops this kind of mail and no other with one click."""
    message, words = stage.mails.next()
    assert message["Subject"] == "Your request for €5.00 is done"
    assert "HONEY-5" in words
    used = re.search(r"http\S+/me/use/\S+", words)
    assert used
    page.goto(used[0])
    expect(page.get_by_role("status")).to_have_text("Done.")
    expect(page.locator("mark.code")).to_have_text("HONEY-5")
    click = urllib.request.Request(message["List-Unsubscribe"].strip("<>"), message["List-Unsubscribe-Post"].encode())
    assert urllib.request.urlopen(click, timeout=MAIL_S).status == 200
    page.goto(f"{stage.served.url}/me/mail")
    expect(page.get_by_label("when my request to use credit is done")).not_to_be_checked()
    expect(page.get_by_label("when my request is declined")).to_be_checked()
