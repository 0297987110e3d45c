"""Coming in, in a real browser: a passkey of Chromium's own authenticator, a link from the outbox, and every language.

One server for all of it, because a start takes seconds. Passkeys want a host with a name: it is `localhost`.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cast import HOME, Person, a_person, a_site
from passalong.core.privileges import Role
from passalong.flow.owners.owner_accounts import begin_session
from passalong.flow.transaction import writing
from passalong.i18n.catalogue import LANGUAGES, PSEUDO
from passalong.lib.clock import SystemClock
from passalong.store.people import owners
from passalong.store.people.owners import Owner
from plumbing.browsers import NewContext
from serving import Passalong, start

pytestmark = pytest.mark.browser
SITE = "bees01"


class Place:
    """A running server with Otto's site, and the folder of its outbox."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.served: Passalong = start(
            f"sqlite:///{folder / 'here.db'}", folder, None, PASSALONG_URL="http://localhost:{port}"
        )
        self.url = f"http://localhost:{self.served.port}"
        a_site(self.served.db, SystemClock(), site_id=SITE, home_url=HOME)

    def way_in(self, who: Person) -> str:
        """The address behind “Your credit” of somebody who has shared."""
        with self.served.client() as browser:
            page = f"{HOME}/bees"
            browser.issue_link(SITE, guest=who.guest, page=page, request_id=who.visitor, title="Bees in winter")
            answer = browser.send("POST", "/v1/credit", {"site": SITE, "guest": who.guest})
        assert answer.status == 201
        return str(answer.json()["url"])

    def newest_link(self, page: Page) -> str:
        """The link of the newest mail, once it is there."""
        for _ in range(100):
            found = list((self.folder / "outbox" / SITE).glob("*.eml"))
            if found:
                newest = max(found, key=lambda path: path.stat().st_mtime_ns)
                body = message_from_bytes(newest.read_bytes(), policy=policy.default).get_body(("plain",))
                assert body is not None
                link = re.search(r"http://localhost:\d+/me/door/\S+", body.get_content())
                assert link
                return link[0]
            page.wait_for_timeout(100)
        raise AssertionError("no mail came")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One server for this file."""
    made = Place(tmp_path_factory.mktemp("place"))
    yield made
    made.served.stop()


def with_authenticator(context: BrowserContext) -> Page:
    """A page whose device has a passkey chip, and a person who always agrees."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def test_a_passkey_is_made_and_opens_the_portal_again(place: Place, new_context: NewContext) -> None:
    page = with_authenticator(new_context())
    page.goto(place.way_in(a_person("passkey")))
    page.wait_for_url("**/me")
    page.goto(f"{place.url}/me/keep")
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("heading", name="Your passkeys")).to_be_visible()
    expect(page.locator(".say")).to_contain_text("Your credit is saved")

    page.get_by_role("button", name="Sign out here").click()
    page.wait_for_url("**/me/in?site=*")
    page.goto(f"{place.url}/me")
    expect(page.locator("main")).not_to_contain_text("passed along")
    page.goto(f"{place.url}/me/in?site={SITE}")
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/me")

    page.goto(f"{place.url}/me/keep")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".say")).to_contain_text("Only this browser can open your credit")
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_role("button", name="Use my passkey").click()  # the device still has it; the portal does not
    expect(page.locator("main")).to_contain_text("This passkey doesn't match any account here")


def test_an_owners_passkey_is_made_and_opens_the_console_again(place: Place, new_context: NewContext) -> None:
    with writing(place.served.db) as session:
        made = Owner("otto", "o" * 40, "otto@bees.example", 1, 1)
        owners.set_role(session, SITE, owners.add(session, made).owner_id, Role.OWNER, 1)
        secret = begin_session(session, "otto", "mail", "", SystemClock().now_ms())
    page = with_authenticator(new_context())
    page.context.add_cookies([{"name": "along-console", "value": secret, "url": place.url}])
    page.goto(f"{place.url}/console/account")
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("button", name="Remove")).to_be_visible()
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/console/sites")

    page.goto(f"{place.url}/me/in?site={SITE}")  # a passkey of the console is none of the portal's
    page.get_by_role("button", name="Use my passkey").click()
    expect(page.locator("main")).to_contain_text("This passkey doesn't match any account here")
    page.goto(f"{place.url}/console/account")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_role("button", name="Use my passkey").click()
    expect(page.locator("main")).to_contain_text("This passkey belongs to no account here.")


def test_a_link_from_the_outbox_keeps_the_credit_of_this_browser(place: Place, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    scripted = new_context()
    opened = scripted.new_page()
    opened.goto(place.way_in(a_person("mail")))
    opened.wait_for_url("**/me")
    page.context.add_cookies(scripted.cookies())  # type: ignore[arg-type]

    page.goto(f"{place.url}/me/keep")
    page.get_by_label("Your e-mail address").fill("anna@example.org")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("status")).to_contain_text("we've sent a link")
    page.goto(place.newest_link(page))
    assert page.url == f"{place.url}/me/door"
    page.get_by_role("button", name="Save my credit").click()
    page.wait_for_url("**/me")
    page.goto(f"{place.url}/me/keep")
    expect(page.locator("main")).to_contain_text("a…a@example.org")


PAGES = ("/me/in", "/me", "/me/keep", "/me/mail", "/me/credit", "/me/links")


@pytest.mark.parametrize("language", [*LANGUAGES, PSEUDO])
def test_no_page_is_wider_than_a_narrow_phone_in_any_language(
    place: Place, new_context: NewContext, language: str
) -> None:
    context = new_context(viewport={"width": 320, "height": 700})
    page = context.new_page()
    page.goto(place.way_in(a_person("language", language)))
    page.wait_for_url("**/me")
    context.add_cookies([{"name": "along-language", "value": language, "url": place.url}])
    for path in PAGES:
        page.goto(place.url + path)
        assert page.evaluate("document.documentElement.lang") == language
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, (path, wide)


def test_in_a_language_that_is_none_every_word_shows_that_it_can_be_translated(
    place: Place, new_context: NewContext
) -> None:
    """What is not in brackets was written into a page by hand: the site's name, numbers and days aside."""
    context = new_context()
    page = context.new_page()
    page.goto(place.way_in(a_person("pseudo")))
    page.wait_for_url("**/me")
    context.add_cookies([{"name": "along-language", "value": PSEUDO, "url": place.url}])
    left, seen = [], 0
    for path in PAGES:
        page.goto(place.url + path)
        for text in page.evaluate(TEXTS):
            seen += text.count("\N{LEFT DOUBLE ANGLE BRACKET}")
            plain = re.sub("\N{LEFT DOUBLE ANGLE BRACKET}.*?\N{RIGHT DOUBLE ANGLE BRACKET}", "", text)
            if re.search(r"[A-Za-z]{3}", plain) and not any(name in plain for name in NAMES):
                left.append((path, text))
    assert left == []
    assert seen > 60


NAMES = (*LANGUAGES.values(), "Passalong", "The Bee Almanac", "Bees in winter", "Chrome · Linux")
TEXTS = """() => {
  const found = [];
  for (const element of document.querySelectorAll("body *:not(time):not(code)")) {
    const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim());
    if (own.join("") && !element.closest("time, script")) found.push(element.innerText || "");
  }
  return found;
}"""
