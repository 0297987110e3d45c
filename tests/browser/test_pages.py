"""Every page for people, in every state, in one walk of one Chromium: axe, width, shifts, weight, focus, no script.

`portal_states.STOPS` names the states and is held against the URL map. The walk loads each of them, asks all that there
is to ask, and writes it down; the tests read what was written.

The short form loads a stop once, in one of four `VIEWS` in turn, and asks axe once. The full form, `make test-pages`,
loads every stop on a phone and the first of each address at a desk too, and asks axe all its rules once, those about
size at both widths, those about colour in both schemes; at the second width again where a text is shown that was not,
or in other colours. It presses Tab from control to control, where the short form moves the focus.
"""

from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from browser_table import AXE, TAGS
from fuzzing import FULL as EVERYTHING
from portal_history import FULL, OTTO
from portal_states import SPACE_OUT, STOPS, TOO_WIDE, UNSEEN, Gallery, Stop

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NO_PAGES = {
    *("static", "health.healthz", "health.readyz", "assets.robots", "script.script", "script.frozen"),
    *("links.hop", "links.hop_by_word", "magic_link.first_hop"),
    *("poster.qr_of_link", "poster.qr_of_code", "console_posters.qr_of_link", "console_posters.qr_of_code"),
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
        "api_llms.mcp_metadata",
        "book.book",
    ),
}
"""What answers GET without being a page: files for programs, and addresses that lead on to another."""
OPERATIONS = ("api.", "own.")
"""The operations of the API and of one's own account, which answer JSON (test_description.py, test_own_account.py)."""
ELSEWHERE = {
    "poster.of_code",
    "console_posters.of_link",
    "console_posters.of_code",
    "gallery.gallery",
    "first_run.page",
    "first_run.choices",
}
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
AT_A_WIDTH = f"() => [{TOO_WIDE}, ({MENU_ROWS})(), ({TOO_SMALL})()]"
TOO_WIDE_SPACED = f"""css => {{ const spaceOut = {SPACE_OUT}; spaceOut(css); const found = {TOO_WIDE};
  spaceOut(""); return found; }}"""
COLOURS_SHOWN = """() => { const all = [...document.querySelectorAll("body *")]; window.coloursShown ??= new Set();
  const grounds = new Map(), before = window.coloursShown.size;
  const behind = e => { if (e && !grounds.has(e)) {
      const { backgroundColor, backgroundImage } = getComputedStyle(e);
      grounds.set(e, [backgroundColor, backgroundImage, behind(e.parentElement)].join());
    } return grounds.get(e); };
  all.forEach((e, at) => {
    if (![...e.childNodes].some(one => one.nodeType === 3 && one.data.trim()) || !e.checkVisibility()) return;
    const { color, fontSize, fontWeight, opacity, textDecorationLine } = getComputedStyle(e);
    window.coloursShown.add([at, color, fontSize, fontWeight, opacity, textDecorationLine, behind(e)].join());
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
VIEWS = ((PHONE, "dark"),) if EVERYTHING else ((PHONE, "dark"), (PHONE, "light"), (DESK, "dark"), (DESK, "light"))
WIDTHS = (1200, 1100, 768, 390, 320) if EVERYTHING else (1100, 768, 320)
MOST_STOPS = 40
FOCUS_EACH = f"""most => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")]
  .filter(e => e.checkVisibility() && !e.disabled && e.tabIndex >= 0).slice(0, most)
  .map(e => {{ e.focus(); return ({UNSEEN})(); }}).filter(unseen => unseen !== null)"""
"""Move the focus from control to control, as Tab does, and say whose focus is not seen."""


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
    for stop, view in zip(STOPS, cycle(VIEWS), strict=False):
        if stop.who not in pages:
            page = prepared(gallery.browser(chromium, stop.who))
            pages[stop.who] = page, Scales(page)
        endpoint = gallery.endpoint(stop)
        page, scales = pages[stop.who]
        found[stop.name] = seen = _load(page, gallery, stop, view)
        scales.read(seen)
        _look(page, stop, seen, first=endpoint not in walked)
        if EVERYTHING:
            _look_again(page, gallery, stop, seen, first=endpoint not in walked)
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


def _load(page: Page, gallery: Gallery, stop: Stop, view: tuple[Any, Any]) -> Seen:
    """Load a stop, see what moves meanwhile, and ask axe."""
    size, scheme = view
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    seen = Seen()
    seen.shifted = _show(page, gallery, stop)
    seen.faults = _faults(page, f"{size['width']}, {scheme}")
    return seen


def _show(page: Page, gallery: Gallery, stop: Stop) -> float:
    """Bring a page to a stop, and return how much of it moved."""
    gallery.show(page, stop)
    page.evaluate("document.fonts.ready.then(() => 0)")
    return float(page.evaluate("window.shifted"))


def _look(page: Page, stop: Stop, seen: Seen, *, first: bool) -> None:
    """Measure what is shown; where it is the `first` of its address, also the focus."""
    if first:
        (_walk_by_keys if EVERYTHING else _move_focus)(page, seen)
    seen.too_fine = [] if stop.who == OTTO else page.evaluate(TOO_FINE)
    for width in WIDTHS if _width(page) > PHONE["width"] else reversed(WIDTHS):  # no change of size more than needed
        if _width(page) != width:
            page.set_viewport_size({"width": width, "height": 900})
        seen.too_wide[str(width)], seen.menu_rows[width], too_small = page.evaluate(AT_A_WIDTH)
        seen.too_small += too_small
        if width == PHONE["width"]:
            seen.too_wide["spaced"] = page.evaluate(TOO_WIDE_SPACED, SPACED)
        if width == DESK["width"]:
            seen.menu = page.evaluate(MENU_PLACES)


def _width(page: Page) -> int:
    """Return the width of a page's window."""
    assert page.viewport_size is not None
    return page.viewport_size["width"]


def _look_again(page: Page, gallery: Gallery, stop: Stop, seen: Seen, *, first: bool) -> None:
    """The full form: axe in the other scheme and at the other width, and the `first` of its address once more."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.evaluate(COLOURS_SHOWN)
    page.emulate_media(color_scheme="light")
    seen.faults += _faults(page, "phone, light", COLOURS)
    page.evaluate(COLOURS_SHOWN)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    more = COLOURS if page.evaluate(COLOURS_SHOWN) else ()
    seen.faults += _faults(page, "desk, light", SIZES + more)
    page.emulate_media(color_scheme="dark")
    if page.evaluate(COLOURS_SHOWN):
        seen.faults += _faults(page, "desk, dark", COLOURS)
    if first and not stop.post:
        seen.shifted += _show(page, gallery, stop)


def _move_focus(page: Page, seen: Seen) -> None:
    """Press Tab once, which shows the focus from then on, and move it from control to control."""
    page.keyboard.press("Tab")
    controls = page.evaluate(FOCUS_EACH, MOST_STOPS)
    seen.focused = len(controls)
    seen.unseen += [unseen for unseen in controls if unseen]


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
        assert all(page.evaluate(FOCUS_EACH, MOST_STOPS)), "the focus of no control is seen"
        assert page.evaluate(TOO_SMALL) != []
        assert any("label" in fault for fault in _faults(page, "here"))
        page.evaluate("document.querySelector('main').insertAdjacentHTML('afterbegin', '<pre id=wide></pre>')")
        page.evaluate("document.querySelector('#wide').style.width = '3000px'")
        assert page.evaluate(TOO_WIDE) > 0
        page.wait_for_function("window.shifted > 0")
