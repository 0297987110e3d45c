"""Every page for people in every state that it can be in: who looks at what, on one server with one history.

    def test_…(chromium: Browser, gallery: Gallery) -> None:
        with gallery.browser(chromium, stop.who) as context:
            gallery.show(context.new_page(), stop)

The history is written by an `Office` in this process, whose clock can be set; then it is served as in production. A
stop is the address of a page, the form that is sent to it if any, and whose browser it is.
`tests/browser/test_pages.py` holds the list against the URL map, so that a new page cannot be forgotten.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from cast import Person, a_person, ben
from flow.office import PAGE, SITE, Office
from passalong.store.books.rollups import page_hash
from plumbing.browsers import desktop_user_agent
from portal_history import ASKING, EMPTY, FULL, INA, KEPT, LITTLE, LONG, MUCH, NEW, ONLY, OTTO, READ, Told
from serving import Passalong, start
from serving_child import CLOCK_BYTES, FileClock

STRANGER = a_person("stranger")
"""A browser that nobody is signed in on."""


@dataclass(frozen=True)
class Stop:
    """One page in one state: `name`, whose browser, and the address.

    `{...}` in an address is filled in from what the history left (`Gallery.known`). `status` is the answer's.
    """

    name: str
    who: Person | str
    path: str
    status: int = 200
    post: str = ""
    """The fields of a form that is sent, like a query, filled in like the address; without any, it is just opened."""
    elsewhere: bool = False
    """The form stands on another site's page."""


HOME = (
    Stop("home, much", MUCH, "/me"),
    Stop("home, every state", FULL, "/me"),
    Stop("home, nothing", EMPTY, "/me"),
    Stop("home, nobody came", NEW, "/me"),
    Stop("home, read by people", READ, "/me"),
    Stop("home, kept", KEPT, "/me"),
    Stop("links", MUCH, "/me/links"),
    Stop("links, none", EMPTY, "/me/links"),
    Stop("links, nobody came", NEW, "/me/links"),
    Stop("links of a page", LONG, "{page}"),
    Stop("link", MUCH, "{much_link}"),
    Stop("link, nobody came", NEW, "{new_link}"),
    Stop("link, poster", MUCH, "{much_link}/poster"),
)
CREDIT = (
    Stop("credit, much", MUCH, "/me/credit"),
    Stop("credit, every state", FULL, "/me/credit"),
    Stop("credit, nothing", NEW, "/me/credit"),
    Stop("credit, older", LONG, "{older}"),
    Stop("why, yours", FULL, "{line_ready}"),
    Stop("why, waiting", FULL, "{line_waiting}"),
    Stop("why, taken back", FULL, "{line_taken_back}"),
    Stop("why, looked at", FULL, "{line_held}"),
    Stop("why, asked about", FULL, "{line_asked}"),
    Stop("why, up the chain", MUCH, "{much_why}"),
    Stop("statement", FULL, "/me/statement"),
    Stop("statement, nothing", NEW, "/me/statement"),
)
CLAIMS = (
    Stop("ask about a line", FULL, "{line_held}/ask"),
    Stop("ask about a line, nothing to decide", FULL, "{line_ready}/ask", status=409),
    Stop("ask about a line, no words", FULL, "{line_held}/ask", post="claim=" + "x" * 22, status=400),
    Stop("ask about what is missing", FULL, "/me/claims/new"),
    Stop("ask about what is missing, nothing named", FULL, "/me/claims/new", post="words=It+counted", status=400),
    Stop("questions, none", NEW, "/me/claims"),
    Stop("questions, open and decided", FULL, "/me/claims"),
)
USE = (
    Stop("use, nothing ready", NEW, "/me/use"),
    Stop("use, below every minimum", LITTLE, "/me/use"),
    Stop("use, all ways", FULL, "/me/use"),
    Stop("use, kept", KEPT, "/me/use"),
    Stop("use, confirm", FULL, "/me/use/confirm?way=discount_code&unit=EUR&amount=5"),
    Stop("use, not an amount", FULL, "/me/use/confirm?way=discount_code&unit=EUR&amount=x"),
    Stop("use, a guest's payout", FULL, "/me/use/confirm?way=payout&unit=EUR&amount=10", status=403),
    Stop("use, payout with destination", KEPT, "/me/use/confirm?way=payout&unit=EUR&amount=10"),
    Stop("used, asked for", FULL, "{use_requested}"),
    Stop("used, done with a code", FULL, "{use_done}"),
    Stop("used, too late to withdraw", FULL, "{use_done}/withdraw", post="x=y", status=409),
    Stop("used, rejected", FULL, "{use_rejected}"),
    Stop("used, not folded yet", FULL, "/me/use/" + "x" * 22, status=404),
)
WORD = (
    Stop("word, none", FULL, "/me/word"),
    Stop("word, not a word", FULL, "/me/word", post="word=x", status=400),
)
CARD = (
    Stop("card", FULL, "/me/card"),
    Stop("card, nothing to say", EMPTY, "/me/card"),
    Stop("card, made public", FULL, "/me/card/public", post="x=y"),
)
PRIVACY = (
    Stop("privacy, name hidden", FULL, "/me/privacy"),
    Stop("privacy, name shown and stopped", KEPT, "/me/privacy"),
    Stop("privacy, a bad name", FULL, "/me/privacy/name", post="name=%07", status=400),
    Stop("erase", FULL, "/me/privacy/erase"),
    Stop("erase, nothing to lose", NEW, "/me/privacy/erase"),
    Stop("erase, not read", FULL, "/me/privacy/erase", post="x=y", status=400),
    Stop("erased", ben, "/me/privacy/erase", post="read=yes"),
)
KEEP = (
    Stop("keep, guest", FULL, "/me/keep"),
    Stop("keep, link asked for", FULL, "/me/keep?asked=1"),
    Stop("keep, kept", KEPT, "/me/keep"),
    Stop("keep, new words", KEPT, "/me/keep/words", post="x=y"),
    Stop("keep, a key for an assistant", KEPT, "/me/keep/assistant", post="name=Claude"),
    Stop("keep, with an assistant", KEPT, "/me/keep"),
    Stop("keep, a bad passkey", FULL, "/me/keep/passkey", post="credential=x", status=400),
    Stop("e-mails, no address", FULL, "/me/mail"),
    Stop("e-mails", KEPT, "/me/mail"),
    Stop("e-mails, chosen", KEPT, "/me/mail?kept=1"),
)
DOOR = (
    Stop("nobody", STRANGER, "/me", status=401),
    Stop("door", STRANGER, "/me/in?site=" + SITE),
    Stop("door, link asked for", STRANGER, f"/me/in?site={SITE}&asked=1"),
    Stop("door, no site", STRANGER, "/me/in"),
    Stop("door, no link", STRANGER, "/me/door", status=400),
    Stop("door, by mail", STRANGER, "{door}"),
    Stop("door, by mail, asked here", ASKING, "{door_asked}"),
    Stop("door, by mail, another asked", NEW, "{door_asked}"),
    Stop("door, a bad link", STRANGER, "/me/door/x", status=400),
    Stop("door, bad words", STRANGER, "/me/in/words", post=f"site={SITE}&words=bee", status=400),
    Stop("door, another account is open", FULL, "/me/in", post="code={code}"),
    Stop("door, use this browser for me", KEPT, "/me/in", post="code={code}"),
    Stop("reference of the API", STRANGER, "/api/v1/reference"),
    Stop("stop page", STRANGER, "{stop}"),
    Stop("stopped", STRANGER, "{stop}", post="wanted=no"),
    Stop("started again", STRANGER, "{stop}", post="wanted=yes"),
)
OWNERS = (
    Stop("console", OTTO, "/console/{site}"),
    Stop("console, sign in", STRANGER, "/console/in"),
    Stop("console, sign in, asked", STRANGER, "/console/in?asked=1"),
    Stop("console, sign in, no address", STRANGER, "/console/in", post="address=nobody", status=422),
    Stop("console, an invitation", STRANGER, "{invitation}"),
    Stop("console, sites", INA, "/console/sites"),
    Stop("console, a new site", INA, "/console/sites/new"),
    Stop("console, a new site, nothing", INA, "/console/sites/new", post="address=x", status=422),
    Stop("console, account", INA, "/console/account"),
    Stop("console, team", INA, "/console/{site}/team"),
    Stop("console, team, no address", INA, "/console/{site}/team", post="act=invite&role=viewer&address=x", status=422),
    Stop("console, changes", INA, "/console/{site}/changes"),
    Stop("console, changes, none", INA, "/console/{site}/changes?action=nothing"),
    Stop("console, this site", INA, "/console/{site}/site"),
    Stop("console, this site, a bad name", INA, "/console/{site}/site", post="act=rename&name=", status=422),
    Stop("console, other days", OTTO, "/console/{site}?range=custom&from=2020-01-01&to=2020-01-02"),
    Stop("console, questions", OTTO, "/console/{site}/claims"),
    Stop("console, install", OTTO, "/console/{site}/install"),
    Stop("console, appearance", OTTO, "/console/{site}/appearance?page=%230b5d44&look=solid"),
    Stop("console, appearance, wrong values", OTTO, "/console/{site}/appearance?as=x&colour=x&via=%22&order=x"),
    Stop("console, e-mails", OTTO, "/console/{site}/mail"),
    Stop("console, payouts", OTTO, "/console/{site}/payouts"),
    Stop("console, data", OTTO, "/console/{site}/data"),
    Stop("console, health", OTTO, "/console/{site}/health"),
    Stop("console, keys", OTTO, "/console/{site}/keys"),
    Stop("console, shops", OTTO, "/console/{site}/shops"),
    Stop(
        "console, shops, no secret",
        OTTO,
        "/console/{site}/shops",
        post="act=connect&system=generic&secret=x",
        status=422,
    ),
    Stop("console, webhooks", OTTO, "/console/{site}/webhooks"),
    Stop(
        "console, webhooks, no address",
        OTTO,
        "/console/{site}/webhooks",
        post="url=ftp://shop.example&types=credit.created",
        status=422,
    ),
    Stop("console, a webhook", OTTO, "/console/{site}/webhooks/{webhook}"),
    Stop("console, a webhook, nothing held", OTTO, "/console/{site}/webhooks/{webhook}?state=held"),
    Stop("console, a webhook's secret", OTTO, "/console/{site}/webhooks/{webhook}", post="act=rotate&overlap=24"),
    Stop("console, a delivery", OTTO, "/console/{site}/webhooks/{webhook}/{delivery}"),
    Stop("console, proposals", OTTO, "/console/{site}/proposals"),
    Stop(
        "console, a proposal that was decided",
        OTTO,
        "/console/{site}/proposals/{proposal}",
        post="act=decline",
        status=409,
    ),
    Stop("console, words", OTTO, "/console/{site}/words"),
    Stop("console, posters", OTTO, "/console/{site}/posters"),
    Stop(
        "console, posters, a foreign page", OTTO, "/console/{site}/posters", post="page=https://x.example/", status=400
    ),
    Stop("console, rule", OTTO, "/console/{site}/rule"),
    Stop("console, rule, a draft", OTTO, "/console/{site}/rule?preset=fixed"),
    Stop("console, rule, nothing", OTTO, "/console/{site}/rule?preset=thanks"),
    Stop("console, settings", OTTO, "/console/{site}/settings"),
    Stop("console, access", OTTO, "/console/{site}/access"),
    Stop("console, why", OTTO, "/console/{site}/why/conversion:early"),
    Stop("console, events", OTTO, "/console/{site}/events"),
    Stop("console, events, filtered", OTTO, "/console/{site}/events?show=all&kind=conversion"),
    Stop("console, events, none", OTTO, "/console/{site}/events?q=nothing"),
    Stop("console, people", OTTO, "/console/{site}/people"),
    Stop("console, people, nobody", OTTO, "/console/{site}/people?show=banned"),
    Stop("console, a person", OTTO, f"/console/{SITE}/people/{FULL.advocate_id(SITE)}"),
    Stop("console, pages", OTTO, "/console/{site}/pages"),
    Stop("console, a page", OTTO, f"/console/{SITE}/pages/{page_hash(PAGE)}"),
    Stop("console, review", OTTO, "/console/{site}/review"),
    Stop("console, review, no reason", OTTO, "/console/{site}/review", post="act=void&once=12345678", status=422),
)
PUBLIC = (
    Stop("owner's address, a bad link", STRANGER, "/me/owner/x", status=404),
    Stop("root", STRANGER, "/"),
    Stop("open book", STRANGER, "/open/{site}"),
    Stop("open book, in an iframe", STRANGER, "/open/{seeded}/embed"),
    Stop("open book, seeded", STRANGER, "/open/{seeded}"),
    Stop("open book, nothing yet", STRANGER, f"/open/{ONLY}"),
    Stop("check page", STRANGER, "/open/{site}/check"),
    Stop("owner's start", STRANGER, "/start?k={site}.x"),
)
ERRORS = (
    Stop("error 404", STRANGER, "/nowhere", status=404),
    Stop("error 404, of somebody", FULL, "/me/links/none", status=404),
    Stop("error 405", STRANGER, "/theme", status=405),
    Stop("error 401", STRANGER, "/me/keep", status=401),
    Stop("error 401, the console", STRANGER, "/console/{site}", status=401),
    Stop("error 403", STRANGER, "/me/in/mail", post="address=x", status=403, elsewhere=True),
    Stop("error 413", STRANGER, "/me/in/words", post="words=" + "bee+" * 300_000, status=413),
    Stop("error 429", STRANGER, "/me/in/words", post=f"site={ONLY}&words=bee", status=429),
)
STOPS = (*HOME, *CREDIT, *CLAIMS, *USE, *WORD, *CARD, *PRIVACY, *KEEP, *DOOR, *OWNERS, *PUBLIC, *ERRORS)

TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
SPACE_OUT = """css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);
  document.adoptedStyleSheets = css ? [sheet] : []; }"""
UNSEEN = """() => {
  let e = document.activeElement;
  while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return ring && inside && box.width > 0 ? "" : e.outerHTML.slice(0, 120);
}"""
"""What is asked of a page: by how many px it is too wide, wider letters, and the element whose focus is not seen."""


@dataclass
class Gallery:
    """The running server, the cookie of each browser, and the addresses that the history left."""

    served: Passalong
    cookies: dict[Person | str, str]
    known: dict[str, str]
    rules: Map
    """The product's URL map."""

    def address(self, stop: Stop) -> str:
        """The path of a stop, filled in."""
        return stop.path.format_map(self.known)

    def endpoint(self, stop: Stop) -> str | None:
        """The view that answers at a stop; None where there is none."""
        path, _, query = self.address(stop).partition("?")
        try:
            found, _values = self.rules.bind("here").match(path, "POST" if stop.post else "GET", query_args=query)
        except HTTPException:
            return None
        return str(found)

    def browser(self, chromium: Browser, who: Person | str, **options: Any) -> BrowserContext:
        """The browser of one of the people."""
        said = {"locale": "en-US", "storage_state": self.state(who), "user_agent": desktop_user_agent(chromium)}
        return chromium.new_context(**(said | options))

    def state(self, who: Person | str) -> Any:
        """What this person's browser has kept, as Playwright's `storage_state`."""
        if who not in self.cookies:
            return {"cookies": [], "origins": []}
        role = {OTTO: "owner", INA: "console"}.get(who if isinstance(who, str) else "", "advocate")
        session = {"name": f"along-{role}", "value": self.cookies[who], "domain": "127.0.0.1", "path": "/"}
        more = {"expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
        return {"cookies": [session | more], "origins": []}

    def show(self, page: Page, stop: Stop) -> None:
        """Bring a page to a stop, in a browser that has this person's cookie; fails unless it answers as it should."""
        url = f"{self.served.url}{self.address(stop)}"
        if not stop.post:
            answer = page.goto(url)
        else:
            page.route(ELSEWHERE, lambda route: route.fulfill(content_type="text/html", body="<p>Elsewhere"))
            page.goto(ELSEWHERE if stop.elsewhere else f"{self.served.url}/robots.txt")
            with page.expect_navigation() as going:
                page.evaluate(SEND, [url, parse_qsl(stop.post.format_map(self.known), keep_blank_values=True)])
            answer = going.value
            page.unroute(ELSEWHERE)
        assert answer is not None
        assert answer.status == stop.status, (stop.name, answer.status, page.inner_text("body")[:300])


ELSEWHERE = "http://elsewhere.example/"
SEND = """([url, fields]) => {
  const form = document.createElement("form");
  form.method = "post"; form.action = url;
  for (const [name, value] of fields) {
    const field = document.createElement("input");
    field.type = "hidden"; field.name = name; field.value = value; form.append(field);
  }
  document.body.append(form); form.submit();
}"""


@contextmanager
def a_gallery(folder: Path) -> Iterator[Gallery]:
    """Everything, in this folder; the clock stands where the history ends."""
    url = f"sqlite:///{folder}/here.db"
    office = Office(url, folder)
    try:
        cookies, known = Told(office).tell()
        rules = office.instance.flask.url_map
        now_ms = office.clock.at_ms
    finally:
        office.close()
    path = folder / "clock"
    path.write_bytes(now_ms.to_bytes(CLOCK_BYTES, "little"))
    clock = FileClock(path)
    served = start(url, folder, clock)
    try:
        yield Gallery(served, cookies, known, rules)
    finally:
        served.stop()
        clock.close()


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """One server and one history for all tests that look at pages."""
    with a_gallery(tmp_path_factory.mktemp("gallery")) as made:
        yield made
