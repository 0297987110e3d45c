"""One street for all browser tables: Passalong behind its door, Otto's site, and the person who walks by."""

import re
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Error as PlaywrightError
from selenium.common.exceptions import WebDriverException

from cast import OttosSite, a_site, an_id, anna
from client import Client
from passalong.lib.clock import SystemClock
from plumbing.drivers import Driver, Played
from plumbing.host_pages import Door, HostSite
from serving import Passalong, start

SITE = "bees01"
BUTTON = '<h1>Bees</h1><pass-along><a href="mailto:?body=x">Send this page</a></pass-along><p>The end.</p>'
RESERVED = """<style>pass-along:not(:defined){
  display:inline-block;min-block-size:46px;min-inline-size:6.25em;vertical-align:middle}</style>"""
TOKEN = re.compile(r"[?&]ht=([\w-]{27})(?![\w-])")

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASK_AXE = 'async tags => (await axe.run(document, { runOnly: tags, resultTypes: ["violations"] })).violations'
"""Ask axe for what is wrong; to describe what is right takes as long as to find it."""
PATIENCE_S = 20.0
"""How long a condition may take on a crowded machine."""
LONGER_THAN_AN_ARRIVAL_MS = 1_300
"""The script tells an arrival when a page has been looked at for a second, and somebody moved in it."""

EYES = """
  const below = (e) => [e, ...(e.shadowRoot ? deep(e.shadowRoot) : [])];
  const deep = (root) => [...root.querySelectorAll("*")].flatMap(below);
  const nameOf = (e) => (e.ariaLabel || e.textContent || "").trim().replace(/\\s+/g, " ");
  const visible = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width > 0;
  const CONTROLS = "a[href], button, input, textarea";
  const controls = () => deep(document).filter((e) => e.tagName !== "FORM" && e.matches(CONTROLS) && visible(e));
  const find = (name) =>
    controls().find((e) => nameOf(e) === name) || controls().find((e) => nameOf(e).startsWith(name));
  const inner = (e) => (e?.shadowRoot?.activeElement ? inner(e.shadowRoot.activeElement) : e);
  const active = () => inner(document.activeElement);
  const field = () => controls().find((e) => e.matches("input[readonly]"));
  const panel = () => deep(document).find((e) => e.matches("[part~=panel]"));
"""
"""How a page is looked at: through shadow roots, by the names that a screen reader says."""


class Street:
    """Otto's site, Passalong, and the door between them."""

    def __init__(self, folder: Path):
        self.site = HostSite()
        self.door = Door()
        self.served: Passalong = start(f"sqlite:///{folder}/street.db", folder, PASSALONG_URL=self.door.url)
        self.door.behind = self.served.port
        self.otto: OttosSite = a_site(self.served.db, SystemClock(), site_id=SITE, home_url=self.site.url)
        self._numbers = count(1)
        self._client: Client = self.served.client()

    def close(self) -> None:
        """Everybody goes home."""
        self.served.stop()
        self.door.close()
        self.site.close()

    def tag(self, attributes: str = "async") -> str:
        """The script tag, at an address that no browser has kept."""
        return f'<script src="{self.door.url}/along/{SITE}.js?n={next(self._numbers)}" {attributes}></script>'

    def fetch(self, path: str) -> bytes:
        """What Passalong answers at a path."""
        return self._client.send("GET", path).body

    def token(self, page: str | None = None) -> str:
        """A link that Anna made."""
        asked = an_id("street", next(self._numbers))
        page = page or f"{self.site.url}/blank"
        return self._client.issue_link(SITE, guest=anna.guest, page=page, request_id=asked)


class Person:
    """Somebody before one of the browsers, on Otto's site."""

    def __init__(self, driver: Driver, street: Street):
        self.driver, self.street = driver, street
        self.door, self.site = street.door, street.site
        self.door.asked.clear()

    def come(self, body: str = BUTTON, head: str = "", query: str = "", *, tag: str | None = None, **page: Any) -> str:
        """Open a page with the script and a button; returns its address."""
        head = RESERVED + head + (self.street.tag() if tag is None else tag)
        url = self.site.put(body, head, **page)
        self.driver.open(url + query)
        return url

    # --- doing --------------------------------------------------------------------------------------------------------

    def press(self, name: str) -> None:
        """Press the control of that name."""
        self.driver.click(*self.middle_of(name))

    def point_at(self, name: str) -> None:
        """Move to it."""
        self.driver.point(*self.middle_of(name))

    def move_a_little(self) -> None:
        """Move the mouse in the window's corner, as a person does who sees something new."""
        self.driver.point(2, 2)
        self.driver.point(3, 4)

    def keys(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.driver.press(key)

    def share(self) -> None:
        """Press Share, and wait until the panel is open and the widget knows that it is.

        A browser says so in an event of its own, after it is shown; the guard against double clicks starts then.
        """
        self.press("Share")
        self.until(
            "panel()?.matches(':popover-open') && panel().getRootNode().querySelector('[aria-expanded=true]') && 1"
        )

    def copy(self) -> str:
        """Press Copy link; returns the link that is in the clipboard: it is pasted, into a field that moves nothing."""
        self.press("Copy link")
        self.until("controls().some((e) => /copied|was a plain/i.test(nameOf(e)))")
        self.js(
            """document.querySelector("#pasted")?.remove();
            const pasting = Object.assign(document.createElement("textarea"), { id: "pasted" });
            pasting.style.position = "fixed";
            document.body.append(pasting);
            pasting.focus();"""
        )
        self.keys("Control+v")
        return str(self.until("pasted.value"))

    # --- seeing -------------------------------------------------------------------------------------------------------

    def js(self, body: str, *given: Any) -> Any:
        """Look with the page's own eyes."""
        return self.driver.js(EYES + body, *given)

    def until(self, expression: str, within_s: float = PATIENCE_S) -> Any:
        """Wait until it is true; returns what it is."""
        until = time.monotonic() + within_s
        while not (found := self._now(expression)):
            if time.monotonic() > until:
                raise AssertionError(f"never: {expression}; {self.seen()}")
            time.sleep(0.02)
        return found

    def stay(self, ms: int = LONGER_THAN_AN_ARRIVAL_MS) -> None:
        """Stay on the page by its own clock, whose timers come in order however slow the machine is."""
        self.js(f"await new Promise((done) => setTimeout(done, {ms}))")

    def _now(self, expression: str) -> Any:
        """What it is at this moment; nothing while one page makes room for the next."""
        try:
            return self.js(f"return ({expression})")
        except (PlaywrightError, WebDriverException):
            return None

    @property
    def link(self) -> str:
        """The address in the panel's field."""
        return str(self.js("return field()?.value"))

    @property
    def focus(self) -> str:
        """The name of what has the focus."""
        return str(self.js("const e = active(); return e === document.body ? '' : nameOf(e)"))

    def seen(self) -> dict[str, Any]:
        """What `watch.js` wrote down."""
        found: dict[str, Any] = self.js("return seen")
        return found

    def events(self) -> list[str]:
        """The names of our events, in order."""
        return [name for name, _ in self.seen()["events"]]

    def kept(self) -> dict[str, Any]:
        """Everything that this page's origin stores in the browser."""
        found: dict[str, Any] = self.js(
            "return { local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie }"
        )
        return found

    def well(self) -> None:
        """Nothing was thrown, nothing violated the page's policy, nothing moved."""
        seen = self.seen()
        assert (seen["errors"], seen["violations"]) == ([], [])
        assert seen["shift"] == 0, seen["moved"]

    def middle_of(self, name: str) -> tuple[float, float]:
        """Return where the control of that name is, once it is in the window and has stopped moving."""
        before, found = None, self._middle_of(name)
        while found != before:
            time.sleep(0.03)
            before, found = found, self._middle_of(name)
        return found

    def _middle_of(self, name: str) -> tuple[float, float]:
        found = self.js(
            """const e = find(given[0]);
            if (!e) return controls().map(nameOf);
            e.scrollIntoView({ block: "nearest", behavior: "instant" });
            const box = e.getBoundingClientRect();
            return { x: box.x + box.width / 2, y: box.y + box.height / 2 }""",
            name,
        )
        assert isinstance(found, dict), f"no {name!r}, but {found}"
        return found["x"], found["y"]


NOTHING_KEPT: dict[str, Any] = {"local": {}, "session": {}, "cookie": ""}


def token_in(link: str) -> str:
    """The token that a link carries, or nothing."""
    found = TOKEN.search(link)
    return found[1] if found else ""


def violations(person: Person) -> list[str]:
    """What axe finds, shadow roots included."""
    assert isinstance(person.driver, Played)
    person.driver.page.evaluate(AXE.read_text())
    found = person.driver.page.evaluate(
        """tags => axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] })
             .then(({ violations, passes }) => [passes.length, violations.map((v) =>
               v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " + (n.any[0]?.message || "")).join("; "))])""",
        TAGS,
    )
    assert found[0] > 10, "axe looked at nothing"
    return list(found[1])


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """The street, for all tables of the run."""
    made = Street(tmp_path_factory.mktemp("street"))
    yield made
    made.close()


@pytest.fixture
def person(driver: Driver, street: Street) -> Person:
    """Somebody before each of the three browsers in turn."""
    return Person(driver, street)


@pytest.fixture
def cleo(chromium_driver: Played, street: Street) -> Person:
    """Cleo before Chromium, for what is the same code in every engine."""
    chromium_driver.begin()
    return Person(chromium_driver, street)


def page_of(person: Person) -> Any:
    """Return Playwright's page."""
    assert isinstance(person.driver, Played)
    return person.driver.page


def resized(person: Person, width: int, height: int) -> None:
    """Change the size of the window."""
    page_of(person).set_viewport_size({"width": width, "height": height})


def heard(person: Person) -> list[str]:
    """Return what the console is told from now on."""
    lines: list[str] = []
    page_of(person).on("console", lambda message: lines.append(message.text))
    return lines


def hears(person: Person, lines: list[str], expected: list[str]) -> bool:
    """Wait until the console has been told this, and nothing else; lines come a moment after what they are about."""
    until = time.monotonic() + PATIENCE_S
    while len(lines) < len(expected) and time.monotonic() < until:
        person.stay(20)
    return lines == expected


def open_panel(person: Person) -> None:
    """Press Share, and wait for a link with a token."""
    person.share()
    person.until("field().value.includes('ht=')")


def posted_to(person: Person, path: str) -> str:
    """Wait for what a page of the site posts there."""
    until = time.monotonic() + 8
    while time.monotonic() < until:
        for asked in list(person.site.posted):
            if asked.path == path:
                return asked.body.decode()
        time.sleep(0.02)
    raise AssertionError(f"nothing was posted to {path}")
