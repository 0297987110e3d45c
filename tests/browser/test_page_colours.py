"""The widget in the colours of the page and of a brand, in hostile sheets, and under a block list.

What depends on an engine runs in all three browsers, the rest in Chromium.
"""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from browser_table import BUTTON, Person, Street, open_panel, resized
from plumbing.browsers import ARGUMENTS, chromium_program

pytestmark = pytest.mark.browser
LINKS, NOTES = "POST /v1/links", "POST /v1/notes"


# --- what the page looks like -----------------------------------------------------------------------------------------


BRIGHTNESS = """const rgb = (e, name) => {
    const probe = document.createElement("i");
    probe.style.color = `color-mix(in srgb, ${getComputedStyle(e)[name]}, ${getComputedStyle(e)[name]})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color.match(/[\\d.]+(e-\\d+)?/g).map(Number);
    probe.remove();
    return found.slice(0, 3).map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
  };
  const shine = (e, name) => { const [r, g, b] = rgb(e, name); return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05 };
  const contrast = (e) => {
    const [a, b] = [shine(e, "color"), shine(e, "backgroundColor")];
    return Math.max(a, b) / Math.min(a, b);
  };
"""


def test_the_panel_is_dark_on_a_page_that_is_dark_without_saying_so(person: Person) -> None:
    person.come("<style>body { background: #222; color: #ddd }</style>" + BUTTON)
    open_panel(person)
    assert person.js(BRIGHTNESS + "return shine(panel(), 'backgroundColor') < 0.2 && contrast(panel()) > 7")
    person.come("<style>body { background: oklch(98% 0.01 90); color: #888 }</style>" + BUTTON)
    open_panel(person)
    assert person.js(BRIGHTNESS + "return shine(panel(), 'backgroundColor') > 0.8 && contrast(panel()) > 7")


@pytest.mark.parametrize(
    ("look", "style"),
    [
        ("solid", "--along-accent: #ffe94d"),
        ("solid", "--along-accent: #7a4b00"),
        ("solid", "--along-accent: #777"),
        ("outline", "--along-button-bg: #103"),
        ("outline", "--along-button-bg: #f40"),
        ("solid", "--along-bg: #fff; --along-accent: #fff"),
    ],
)
def test_a_label_reads_on_every_colour_of_a_brand(person: Person, look: str, style: str) -> None:
    person.come(f"<pass-along look={look} style='{style}'></pass-along>")
    assert person.js(BRIGHTNESS + "return contrast(find('Share'))") >= 4.5
    open_panel(person)
    assert person.js(BRIGHTNESS + "return contrast(find('Copy link'))") >= 4.5


def test_a_tint_leaves_the_label_as_the_page_writes(person: Person) -> None:
    person.come("<div style='color: rgb(0, 0, 128)'><pass-along style='--along-button-bg: #0001'></pass-along></div>")
    red, green, blue = person.js(BRIGHTNESS + "return rgb(find('Share'), 'color')")
    assert red < 0.01
    assert green < 0.01
    assert blue > 0.2


def test_a_dark_panel_has_light_words(cleo: Person) -> None:
    cleo.come("<pass-along style='--along-bg: #123'></pass-along>")
    open_panel(cleo)
    assert cleo.js(BRIGHTNESS + "return contrast(panel())") > 7


def test_a_sheet_has_a_way_out_that_stays_in_sight(cleo: Person) -> None:
    resized(cleo, 390, 420)
    cleo.come()
    open_panel(cleo)
    cleo.js("panel().scrollTo(0, 9999)")
    close, height = cleo.js("return [find('Close').getBoundingClientRect().toJSON(), innerHeight]")
    assert 0 <= close["top"] < close["bottom"] <= height
    cleo.point_at("Close")  # a pointer that moved ends the guard against double clicks
    cleo.press("Close")
    cleo.until("!panel().matches(':popover-open')")
    assert cleo.focus == "Share"


def test_letters_of_three_pixels_do_not_reach_in(person: Person) -> None:
    person.come(
        "<style>* { font: 3px serif !important }</style><pass-along></pass-along><pass-thanks></pass-thanks>",
        query=f"?ht={person.street.token()}",
    )
    person.until("find('Don’t count me')")
    sizes = "return ['Share', 'Don’t count me'].map((name) => parseFloat(getComputedStyle(find(name)).fontSize))"
    assert min(person.js(sizes)) >= 12


# --- block lists ------------------------------------------------------------------------------------------------------

BLOCKER = {
    "manifest.json": json.dumps(
        {
            "manifest_version": 3,
            "name": "Social lists",
            "version": "1",
            "permissions": ["scripting", "tabs"],
            "host_permissions": ["<all_urls>"],
            "background": {"service_worker": "worker.js"},
        }
    ),
    "worker.js": "",
}
"""A content blocker: its sheets are the user's, and so reach into shadow roots."""

BLOCK = """async () => {
  const [tab] = await chrome.tabs.query({ url: "http://localhost/*" });
  await chrome.scripting.insertCSS({
    target: { tabId: tab.id }, origin: "USER",
    css: `[href^="https://wa.me/"], [href*="linkedin.com/sharing"], [href*="facebook.com/sharer"] {
      display: none !important }`,
  });
}"""
"""The blocker at work. The test calls it: a page may be shown before a starting extension listens for navigations."""


def test_a_target_hidden_by_a_block_list_leaves_no_hole(
    playwright_driver: Playwright, street: Street, tmp_path: Path
) -> None:
    folder = tmp_path / "blocker"
    folder.mkdir()
    for name, text in BLOCKER.items():
        (folder / name).write_text(text)
    arguments = [*ARGUMENTS, f"--load-extension={folder}", "--disable-features=DisableLoadExtensionCommandLineSwitch"]
    url = street.site.put(BUTTON, street.tag())
    with playwright_driver.chromium.launch_persistent_context(
        tmp_path / "person",
        executable_path=chromium_program(full=True),
        args=arguments,
        ignore_default_args=["--disable-extensions"],
    ) as context:
        worker = context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")
        page = context.pages[0]
        page.goto(url)
        worker.evaluate(BLOCK)
        page.get_by_role("button", name="Share").click()
        page.get_by_role("link", name="Mastodon").wait_for()
        page.locator("a[href^='https://wa.me/']").wait_for(state="hidden")
        places = (
            page.locator("ul")
            .first.locator("a")
            .evaluate_all(
                "all => all.map((e) => [e.textContent.split(' ')[0], e.checkVisibility(), e.offsetLeft, e.offsetTop])"
            )
        )
    shown = {name: (left, top) for name, is_seen, left, top in places if is_seen}
    assert set(shown) == {"Email", "Mastodon", "Bluesky", "X", "Reddit"}
    assert len({left for left, _ in shown.values()}) == 2
    rows = sorted({top for _, top in shown.values()})
    assert [sum(at == row for _, at in shown.values()) for row in rows] == [2, 2, 1]
