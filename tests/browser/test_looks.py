"""How the button and its panel look and read: names, contrast, both directions, forced colours, no motion, on paper.

The keyboard walk runs in all three browsers; axe and what a person sets in their system (dark, forced colours, less
motion, paper) are asked of Chromium, whose emulation is complete. Each bar of axe has a control that it must find.
"""

from typing import Any

import pytest

from browser_table import BUTTON, Person, Street, violations
from plumbing.drivers import Played

pytestmark = pytest.mark.browser
FADES = "deep(document).some((e) => e.getAnimations().some((one) => one.playState === 'running'))"
PAGE = "<main><h1>Bees in winter</h1><pass-along></pass-along><p>They stay warm.</p></main>"
DARK = '<meta name=color-scheme content="light dark">'
FAULTS = {
    "a control without a name": "<button></button>",
    "text that is hardly there": '<p style="color:#999;background:#fff">pale</p>',
}


@pytest.fixture
def chromium_person(chromium_driver: Played, street: Street) -> Person:
    """Somebody before Chromium, who may `begin` again with settings of their own."""
    chromium_driver.begin()
    return Person(chromium_driver, street)


def look(person: Person, body: str = PAGE, of_html: str = "lang=en", **media: Any) -> None:
    """Open the page as a system with these settings shows it."""
    person.driver.begin(**media)
    person.come(body, DARK, of_html=of_html)


SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "light": ("lang=en", {"color_scheme": "light"}),
    "dark": ("lang=en", {"color_scheme": "dark"}),
    "right to left": ("lang=ar dir=rtl", {"color_scheme": "light"}),
    "right to left, dark": ("lang=ar dir=rtl", {"color_scheme": "dark"}),
    "forced colours": ("lang=en", {"forced_colors": "active"}),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_axe_finds_nothing_closed_or_open(chromium_person: Person, setting: str) -> None:
    of_html, media = SETTINGS[setting]
    look(chromium_person, of_html=of_html, **media)
    assert violations(chromium_person) == []
    chromium_person.js("along.open()")
    chromium_person.until("panel()?.matches(':popover-open')")
    chromium_person.until(f"!{FADES}")
    assert violations(chromium_person) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_axe_would_have_found_it(chromium_person: Person, fault: str) -> None:
    look(chromium_person, PAGE.replace("</main>", FAULTS[fault] + "</main>"))
    assert violations(chromium_person) != []


def test_the_keyboard_alone_is_enough_and_every_stop_has_a_name(person: Person) -> None:
    person.come(BUTTON + "<a href='/blank'>After</a>")
    person.js("document.activeElement.blur()")
    person.keys("Tab")
    assert person.focus == "Share"
    person.until("visible(find('Share')) && active().matches(':focus-visible')")
    person.keys("Enter")
    person.until("nameOf(active()) === 'Copy link'")
    stops = [person.focus]
    for _ in range(40):
        person.keys("Tab")
        stops.append(person.focus)
        if stops[-1] == "After":
            break
    assert stops[-1] == "After", stops
    assert "" not in stops[:-1], stops
    assert len(set(stops)) == len(stops), "somebody is caught"
    assert {"Send a plain link"} < set(stops)
    assert len([stop for stop in stops if stop.endswith("(opens in a new tab)")]) >= 7
    person.until("!panel().matches(':popover-open')")
    person.well()


def test_a_screen_reader_hears_what_opens_what_is_in_it_and_what_happened(chromium_person: Person) -> None:
    chromium_person.come()
    assert isinstance(chromium_person.driver, Played)
    snapshot = chromium_person.driver.page.locator("pass-along").aria_snapshot
    assert 'button "Share"' in snapshot()
    chromium_person.share()
    opened = snapshot()
    for words in (
        'button "Share" [expanded]',
        'group "Share"',
        'textbox "Link"',
        'button "Copy link"',
        "list",
        "listitem",
    ):
        assert words in opened, opened
    assert 'link "Email"' in opened
    assert 'link "Bluesky (opens in a new tab)"' in opened
    chromium_person.until("field().value.includes('ht=')")
    chromium_person.press("Copy link")
    chromium_person.until("controls().some((e) => /copied/i.test(nameOf(e)))")
    assert "status: Link copied" in snapshot()


def test_right_to_left_the_panel_stays_on_the_page(person: Person) -> None:
    person.come(of_html="lang=ar dir=rtl")
    person.js("find('مشاركة').click()")
    person.until("panel()?.matches(':popover-open')")
    box = person.js("const b = panel().getBoundingClientRect(); return [b.left, b.right, innerWidth]")
    assert 0 <= box[0] < box[1] <= box[2]
    assert person.js("return getComputedStyle(panel()).direction") == "rtl"
    assert person.js("return document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("above", [0, 340, 740])
def test_wherever_the_button_stands_all_of_the_panel_is_in_the_window(person: Person, above: int) -> None:
    """At the top it opens below, at the bottom above, and in the middle, where it fits neither way, over the button."""
    person.come(f"<main><div style='height:{above}px'></div><pass-along></pass-along></main>")
    person.share()
    box = person.js("const b = panel().getBoundingClientRect(); return [b.top, b.bottom, innerHeight]")
    assert 0 <= box[0] < box[1] <= box[2]
    person.well()


def test_targets_are_at_least_44_pixels(chromium_person: Person) -> None:
    every = [f"look={look_} size={size}" for look_ in ("outline", "solid", "plain", "icon") for size in ("s", "m", "l")]
    chromium_person.come("".join(f"<p>Before</p><pass-along {said}></pass-along><p>After</p>" for said in every))
    chromium_person.until(f"controls().filter((e) => nameOf(e) === 'Share').length === {len(every)}")
    small = chromium_person.js(
        """return controls().filter((e) => nameOf(e) === "Share").filter((e) => {
          e.scrollIntoView({ block: "center", behavior: "instant" });
          const box = e.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
          const hits = ([dx, dy]) => document.elementFromPoint(x + dx, y + dy) === e.getRootNode().host;
          return ![[-21.5, 0], [21.5, 0], [0, -21.5], [0, 21.5]].every(hits) }).map((e) => e.className)"""
    )
    assert small == []


def test_with_less_motion_nothing_moves(chromium_person: Person) -> None:
    durations = """return [panel(), find("Copy link"), find("Share")].flatMap((e) => {
        const style = getComputedStyle(e);
        return (style.transitionDuration + "," + style.animationDuration).split(",").map(parseFloat) })"""
    look(chromium_person, reduced_motion="reduce")
    chromium_person.share()
    assert set(chromium_person.js(durations)) == {0}
    look(chromium_person, reduced_motion="no-preference")
    chromium_person.share()
    assert max(chromium_person.js(durations)) > 0


def test_on_paper_there_is_no_button(chromium_person: Person) -> None:
    look(chromium_person)
    chromium_person.share()
    assert isinstance(chromium_person.driver, Played)
    chromium_person.driver.page.emulate_media(media="print")
    assert chromium_person.js("return controls().map(nameOf)") == []


def test_in_forced_colours_edges_and_focus_are_still_seen(chromium_person: Person) -> None:
    look(chromium_person, forced_colors="active")
    chromium_person.keys("Tab")
    style = chromium_person.js(
        """const style = getComputedStyle(find("Share"));
        return [style.borderTopStyle, parseFloat(style.borderTopWidth), style.outlineStyle]"""
    )
    assert style[0] == "solid"
    assert style[1] >= 1
    assert style[2] != "none"


@pytest.mark.parametrize("width", [320, 1200])
def test_nothing_scrolls_sideways_though_text_is_spaced_and_large(chromium_person: Person, width: int) -> None:
    spacing = "*{letter-spacing:.12em!important;word-spacing:.16em!important;line-height:1.5!important}"
    chromium_person.come(PAGE, f"<style>{spacing} html{{font-size:200%}}</style>")
    assert isinstance(chromium_person.driver, Played)
    chromium_person.driver.page.set_viewport_size({"width": width, "height": 800})
    chromium_person.share()
    box = chromium_person.js("const b = panel().getBoundingClientRect(); return [b.left, b.right, innerWidth]")
    assert 0 <= box[0] < box[1] <= box[2]
    assert chromium_person.js("return document.documentElement.scrollWidth - innerWidth") <= 0
    assert chromium_person.js("return panel().scrollWidth - panel().clientWidth") <= 0
