"""Every page for people, in every state, in one walk of one Chromium: axe, width, shifts, weight, focus, no script.

`portal_states.STOPS` names the states and is held against the URL map. The walk loads each of them on a phone, asks
all that there is to ask, and writes it down; the tests read what was written. Most of its time is axe: all its rules
are asked once, those about size at both widths, those about colour in both schemes; at the second width again where a
text is shown that was not, or in other colours.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from browser_table import AXE, TAGS
from portal_history import FULL, OTTO
from portal_states import SPACE_OUT, STOPS, TOO_WIDE, UNSEEN, Gallery, Stop

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NO_PAGES = {
    *("static", "health.healthz", "health.readyz", "assets.robots", "script.script", "script.frozen"),
    *("links.hop", "links.hop_by_word", "magic_link.first_hop"),
    *("poster.qr_of_link", "poster.qr_of_code"),
    *("home.credit_sheet", "privacy.everything", "transparency.statement", "card.preview", "card.public"),
    *("console_events.news", "console_signin.root", "install.lights_now", "install.wordpress"),
    *("console_openid.begin", "console_openid.come_back", "metrics.metrics", "assets.styles_of_console"),
    *("console_payouts.sheet", "console_payouts.sepa"),
    *(
        "transparency.heads",
        "transparency.inclusion",
        "transparency.consistency",
        "api_description.openapi",
        "api_llms.llms",
        "book.book",
    ),
}
"""What answers GET without being a page: files for programs, and addresses that lead on to another."""
OPERATIONS = "api."
"""The operations of the API, which answer JSON (test_description.py)."""
ELSEWHERE = {"poster.of_code", "gallery.gallery", "first_run.page", "first_run.choices"}
"""Pages with a test of their own (test_poster.py, test_gallery.py, test_first_run.py)."""

SPACED = """*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}
p{margin-bottom:2em!important}"""
SHIFTS = """window.shifted = 0;
new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shifted += entry.value; })
  .observe({ type: "layout-shift", buffered: true });"""
ASK_AXE = """async only => {
  const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"] });
  const faults = found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 150)}`));
  return [found.passes.length, ...faults];
}"""
TOO_SMALL = """() => [...document.querySelectorAll(
    ".btn, .top a, .seg button, main input:not([type=hidden]), main select")]
  .map(e => e.closest("label.tick") || (e.matches(".tick input") && e.parentElement) || e)
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 120))"""
TOO_FINE = """() => [...document.querySelectorAll("body *")]
  .filter(e => [...e.childNodes].some(one => one.nodeType === 3 && one.data.trim()))
  .filter(e => e.checkVisibility() && !e.closest("script, style, .vh, .skip"))
  .filter(e => parseFloat(getComputedStyle(e).fontSize) < 15)
  .map(e => `${getComputedStyle(e).fontSize}: ${e.outerHTML.slice(0, 100)}`)"""
"""Visible text of less than 15 px."""
MENU_ROWS = """() => new Set([...document.querySelectorAll(".top nav a")].filter(e => e.checkVisibility())
  .map(e => Math.round(e.getBoundingClientRect().top))).size"""
WIDE_AND_ROWS = f"() => [{TOO_WIDE}, ({MENU_ROWS})()]"
COLOURS_SHOWN = """() => { const all = [...document.querySelectorAll("body *")]; window.coloursShown ??= new Set();
  const before = window.coloursShown.size; all.forEach((e, at) => {
    if (![...e.childNodes].some(one => one.nodeType === 3 && one.data.trim()) || !e.checkVisibility()) return;
    const { color, fontSize, fontWeight, opacity, textDecorationLine } = getComputedStyle(e), behind = [];
    for (let up = e; up; up = up.parentElement) {
      const { backgroundColor, backgroundImage } = getComputedStyle(up); behind.push(backgroundColor, backgroundImage);
    }
    window.coloursShown.add([at, color, fontSize, fontWeight, opacity, textDecorationLine, ...behind].join());
  });
  return window.coloursShown.size - before; }"""
"""How many visible texts are in colours in which they were not shown when this was asked before."""
MENU_PLACES = (
    """() => [...document.querySelectorAll(".top nav a")].map(e => Math.round(e.getBoundingClientRect().width))"""
)
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe that may find something else in other colours."""
SIZES = ("target-size", "scrollable-region-focusable")
"""The rules of axe that may find something else at another width."""
MOST_BYTES, MOST_REQUESTS, MOST_SCRIPT = 90_000, 6, 9_000
"""Bytes on the wire with their headers; scripts are sent as they are, and gzip would make 8 kB of them a third."""
WITH_THE_WIDGET = {"console, appearance", "console, appearance, wrong values"}
"""Show the real button: the widget's script comes on top."""
PHONE, DESK = {"width": 320, "height": 700}, {"width": 1100, "height": 900}
WIDTHS = (320, 390, 768, 1100, 1200)
MOST_STOPS = 40


@dataclass
class Seen:
    """What the walk found at one stop; empty or 0 is good."""

    faults: list[str] = field(default_factory=list)
    shifted: float = 0
    too_wide: dict[str, int] = field(default_factory=dict)
    too_small: list[str] = field(default_factory=list)
    too_fine: list[str] = field(default_factory=list)
    menu_rows: dict[int, int] = field(default_factory=dict)
    menu: list[int] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    focused: int = 0
    requests: int = 0
    size: float = 0
    script: float = 0


class Scales:
    """What loading a page brings over the network, the document and what it asks for; one for each tab."""

    def __init__(self, page: Page):
        self.kinds: dict[str, str] = {}
        self.sizes: dict[str, float] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.loadingFinished", self._came)

    def _asked(self, said: dict[str, Any]) -> None:
        if said.get("type") == "Document" and "redirectResponse" not in said:
            self.kinds.clear()
            self.sizes.clear()
        if not said["request"]["url"].startswith("data:"):  # part of what was loaded before, such as a select's arrow
            self.kinds[said["requestId"]] = said.get("type", "")

    def _came(self, said: dict[str, Any]) -> None:
        if said["requestId"] in self.kinds:
            self.sizes[said["requestId"]] = said["encodedDataLength"]

    def read(self, seen: Seen) -> None:
        """Write it down."""
        seen.requests, seen.size = len(self.sizes), sum(self.sizes.values())
        seen.script = sum(size for name, size in self.sizes.items() if self.kinds[name] == "Script")


@pytest.fixture(scope="module")
def walk(chromium: Browser, gallery: Gallery) -> dict[str, Seen]:
    """Every stop, seen; a stop's name says which."""
    pages: dict[Any, tuple[Page, Scales]] = {}
    walked: set[str | None] = set()
    found: dict[str, Seen] = {}
    for stop in STOPS:
        if stop.who not in pages:
            page = prepared(gallery.browser(chromium, stop.who))
            pages[stop.who] = page, Scales(page)
        endpoint = gallery.endpoint(stop)
        found[stop.name] = _look(*pages[stop.who], gallery, stop, first=endpoint not in walked)
        walked.add(endpoint)
    for page, _scales in pages.values():
        page.context.close()
    return found


def prepared(context: BrowserContext) -> Page:
    """A page that watches what moves, and has axe at hand."""
    page = context.new_page()
    page.add_init_script(SHIFTS)
    page.add_init_script(path=AXE)
    return page


def _look(page: Page, scales: Scales, gallery: Gallery, stop: Stop, *, first: bool) -> Seen:
    """One stop; where it is the `first` of its address, also by keys, and once more as a desk loads it."""
    seen = Seen()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="dark")
    gallery.show(page, stop)
    page.evaluate("document.fonts.ready.then(() => 0)")
    scales.read(seen)
    seen.shifted = page.evaluate("window.shifted")
    if first:
        _walk_by_keys(page, seen)
    seen.faults += _faults(page, "phone, dark")
    page.evaluate(COLOURS_SHOWN)
    page.emulate_media(color_scheme="light")
    seen.faults += _faults(page, "phone, light", COLOURS)
    page.evaluate(COLOURS_SHOWN)
    seen.too_small = page.evaluate(TOO_SMALL)
    page.evaluate(SPACE_OUT, SPACED)
    seen.too_wide["spaced"] = page.evaluate(TOO_WIDE)
    page.evaluate(SPACE_OUT, "")
    seen.too_fine = [] if stop.who == OTTO else page.evaluate(TOO_FINE)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        seen.too_wide[str(width)], seen.menu_rows[width] = page.evaluate(WIDE_AND_ROWS)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    seen.menu = page.evaluate(MENU_PLACES)
    more = COLOURS if page.evaluate(COLOURS_SHOWN) else ()
    seen.faults += _faults(page, "desk, light", SIZES + more)
    page.emulate_media(color_scheme="dark")
    if page.evaluate(COLOURS_SHOWN):
        seen.faults += _faults(page, "desk, dark", COLOURS)
    if first and not stop.post:
        gallery.show(page, stop)
        page.evaluate("document.fonts.ready.then(() => 0)")
        seen.shifted += page.evaluate("window.shifted")
    return seen


def _walk_by_keys(page: Page, seen: Seen) -> None:
    """Tab from the first thing to the last."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        unseen = page.evaluate(UNSEEN)
        if unseen is None:
            return
        seen.focused += 1
        seen.unseen += [unseen] if unseen else []


def _faults(page: Page, where: str, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds, by rule and element."""
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    passes, *found = page.evaluate(ASK_AXE, only)
    assert rules or passes > 10, "axe looked at nothing"
    return [f"{where}: {one}" for one in found]


# --- the list ---------------------------------------------------------------------------------------------------------


def test_no_page_is_forgotten(gallery: Gallery) -> None:
    """Every address that answers GET with a page is a stop. A new page: add it to `portal_states.STOPS`."""
    rules = [rule for rule in gallery.rules.iter_rules() if "GET" in (rule.methods or ())]
    pages = {rule.endpoint for rule in rules if not rule.endpoint.startswith(OPERATIONS)}
    shown = {gallery.endpoint(stop) for stop in STOPS if not stop.post}
    assert pages - NO_PAGES - ELSEWHERE - shown == set()
    assert pages >= NO_PAGES | ELSEWHERE, "what is no page must be there at all"
    assert len({stop.name for stop in STOPS}) == len(STOPS)


def test_the_owner_may_look_too(gallery: Gallery) -> None:
    """The console's pages are walked as the others are."""
    assert len([stop for stop in STOPS if stop.who == OTTO]) >= 4


# --- what the walk saw ------------------------------------------------------------------------------------------------


def test_axe_finds_nothing(walk: dict[str, Seen]) -> None:
    assert {name: seen.faults for name, seen in walk.items() if seen.faults} == {}


def test_nothing_sticks_out_at_any_width_nor_with_wider_letters(walk: dict[str, Seen]) -> None:
    wide = {(name, at): by for name, seen in walk.items() for at, by in seen.too_wide.items() if by > 0}
    assert wide == {}


def test_nothing_moves_while_a_page_loads(walk: dict[str, Seen]) -> None:
    assert {name: seen.shifted for name, seen in walk.items() if seen.shifted} == {}


def test_a_first_view_is_light(walk: dict[str, Seen]) -> None:
    weights = {name: (seen.size, seen.requests, seen.script) for name, seen in walk.items()}
    assert {name: weight for name, weight in weights.items() if not _is_light(name, *weight)} == {}


def _is_light(name: str, size: float, requests: int, script: float) -> bool:
    """True for a page within its limits."""
    widget = 1 if name in WITH_THE_WIDGET else 0
    few = 2 <= requests <= MOST_REQUESTS + widget
    return few and 10_000 < size <= MOST_BYTES and script <= MOST_SCRIPT + widget * 12_000


def test_buttons_are_large_enough_for_a_thumb(walk: dict[str, Seen]) -> None:
    assert {name: seen.too_small for name, seen in walk.items() if seen.too_small} == {}


def test_no_text_of_a_page_for_people_is_smaller_than_15_px(walk: dict[str, Seen]) -> None:
    assert {name: seen.too_fine for name, seen in walk.items() if seen.too_fine} == {}


def test_the_portals_menu_has_one_row_and_does_not_jump_from_page_to_page(walk: dict[str, Seen]) -> None:
    portal = {stop.name for stop in STOPS if stop.path.startswith("/me") and stop.who != OTTO}
    assert {
        name: seen.menu_rows for name, seen in walk.items() if name in portal and max(seen.menu_rows.values()) > 1
    } == {}
    places = {tuple(seen.menu) for name, seen in walk.items() if name in portal and seen.menu}
    assert len(places) == 1


def test_the_focus_is_always_seen_on_a_walk_by_keys(walk: dict[str, Seen]) -> None:
    assert {name: seen.unseen for name, seen in walk.items() if seen.unseen} == {}
    assert walk["home, much"].focused > 15
    assert sum(seen.focused > 0 for seen in walk.values()) > 30


def test_the_walk_would_have_found_it(chromium: Browser, gallery: Gallery) -> None:
    """One fault of each kind, planted on one page."""
    with gallery.browser(chromium, FULL) as context:
        page = prepared(context)
        page.goto(f"{gallery.served.url}/me/privacy")
        assert page.evaluate(TOO_SMALL) == []
        assert [page.evaluate(COLOURS_SHOWN) > 0 for _ in range(2)] == [True, False]
        page.evaluate("document.querySelector('main p').style.color = '#777'")
        assert page.evaluate(COLOURS_SHOWN) == 1
        page.evaluate(SPACE_OUT, "*{outline:0!important} .btn{min-height:20px!important;padding:0!important}")
        page.evaluate("document.querySelector('label[for=name]').remove()")
        assert page.evaluate(TOO_FINE) == []
        assert page.evaluate(MENU_ROWS) == 1
        page.evaluate("document.querySelector('main p').style.fontSize = '14px'")
        page.evaluate("document.querySelector('.top nav > ul').style.display = 'grid'")
        assert page.evaluate(TOO_FINE) != []
        assert page.evaluate(MENU_ROWS) > 1
        page.keyboard.press("Tab")
        assert "skip" in page.evaluate(UNSEEN)
        assert page.evaluate(TOO_SMALL) != []
        assert any("label" in fault for fault in _faults(page, "here"))
        page.evaluate("document.querySelector('main').insertAdjacentHTML('afterbegin', '<pre id=wide></pre>')")
        page.evaluate("document.querySelector('#wide').style.width = '3000px'")
        assert page.evaluate(TOO_WIDE) > 0
        page.wait_for_function("window.shifted > 0")
