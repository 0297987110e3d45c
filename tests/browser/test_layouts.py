"""A row of targets in the page and a bar at the window's edge; what `along.explain()` says."""

import re
from typing import Any
from urllib.parse import unquote

import pytest

from browser_table import AXE, TAGS, TOKEN, Person, heard, page_of, resized

pytestmark = pytest.mark.browser
LINKS, NOTES = "POST /v1/links", "POST /v1/notes"
TO = "email whatsapp mastodon bluesky linkedin"
KEPT = "<a href='mailto:?body=x'>Send this page</a>" + "<i></i>" * 6
ROW = f"<h1>Bees</h1><pass-along as=row to='{TO}'>{KEPT}</pass-along><p>The end.</p>"
BAR = f"<h1>Bees</h1><pass-along as=bar to='{TO}'></pass-along><p>The end.</p>"
STYLE = """<style>
  pass-along[as=row] { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.75rem, 1fr)); gap: 8px }
  pass-along[as=row] > * { min-block-size: 46px }
  pass-along[as=bar] { display: block; min-block-size: 46px }
  @media (width >= 64rem) {
    pass-along[as=bar] { position: fixed; inset-block-start: 50%; inset-inline-start: 0; min-block-size: 0 }
  }
</style>"""
NAMES = ["Copy link", "Email", "WhatsApp", "Mastodon", "Bluesky", "LinkedIn", "Share…"]
WAITING = "controls().some((e) => nameOf(e) === 'Copy link')"


def drawn(cleo: Person, body: str, **page: Any) -> str:
    """Open a page with a layout and wait until it is drawn; returns the page's address."""
    url = cleo.come(body, STYLE, **page)
    cleo.until("document.querySelector('pass-along').shadowRoot?.querySelector('li') && 1")
    return url


@pytest.mark.parametrize("width", [390, 700, 1100])
@pytest.mark.parametrize("body", [ROW, BAR], ids=["row", "bar"])
def test_a_layout_moves_nothing_and_asks_for_one_part(cleo: Person, body: str, width: int) -> None:
    resized(cleo, width, 700)
    drawn(cleo, body)
    names = cleo.js("return controls().map((e) => nameOf(e).replace(/ \\(.*/, ''))")
    assert [name for name in names if name not in ("×", "Close")] == NAMES
    assert sorted(line for line in cleo.door.lines() if "hints" not in line) == [
        "GET /along/bees01.js",
        "GET /along/layout.js",
    ]
    assert cleo.kept() == {"local": {}, "session": {}, "cookie": ""}
    assert cleo.js("return document.documentElement.scrollWidth <= innerWidth")
    cleo.well()


@pytest.mark.parametrize("body", [ROW, BAR], ids=["row", "bar"])
@pytest.mark.parametrize("page", ["lang=en", "lang=ar dir=rtl"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_layout_has_no_axe_violations(cleo: Person, body: str, page: str, scheme: str) -> None:
    page_of(cleo).emulate_media(color_scheme=scheme)
    cleo.come(body, STYLE + "<meta name=color-scheme content='light dark'><title>Bees</title>", of_html=page)
    cleo.until("document.querySelector('pass-along').shadowRoot?.querySelector('li') && 1")
    page_of(cleo).evaluate(AXE.read_text())
    run = "async (tags) => (await axe.run('pass-along', { runOnly: tags, resultTypes: ['violations'] })).violations"
    assert page_of(cleo).evaluate(run, TAGS) == []
    page_of(cleo).emulate_media(color_scheme="light")


def test_a_press_in_a_row_waits_for_the_code_and_counts_once(cleo: Person) -> None:
    drawn(cleo, ROW)
    with page_of(cleo).expect_popup() as opened:
        cleo.press("Mastodon")
    opened.value.close()
    address = unquote(cleo.js("return find('Mastodon').href"))
    assert TOKEN.search(address), address
    cleo.door.wait_for(NOTES)
    (note,) = cleo.door.notes()
    assert (note["kind"], note["to"], note["token"]) == ("share", "mastodon", TOKEN.search(address)[1])  # type: ignore[index]
    cleo.until("deep(document).some((e) => e.matches('output') && /thank-you code/.test(e.textContent))")


def test_copy_link_in_a_row_copies_the_link_with_its_code(cleo: Person) -> None:
    url = drawn(cleo, ROW)
    link = cleo.copy()
    assert re.fullmatch(re.escape(url) + r"\?ht=[\w-]{27}", link)
    cleo.door.wait_for(NOTES)
    assert [note["to"] for note in cleo.door.notes()] == ["copy"]


def test_the_dots_open_the_panel_beside_them(cleo: Person) -> None:
    resized(cleo, 1000, 800)
    drawn(cleo, ROW)
    cleo.press("Share…")
    cleo.until("panel()?.matches(':popover-open') && 1")
    button, panel = cleo.js(
        "return [find('Share…'), panel()].map((e) => e.getBoundingClientRect().toJSON())",
    )
    assert panel["top"] >= button["bottom"]
    cleo.keys("Escape")
    cleo.until("!panel().matches(':popover-open')")
    cleo.until("find('Email').href.includes('ht%3D')")  # and what is drawn with the token leaves the focus where it is
    assert cleo.focus == "Share…"


def test_a_page_that_refuses_credit_has_plain_links_in_its_row(cleo: Person) -> None:
    drawn(cleo, ROW.replace("as=row", "as=row credit=off"))
    with page_of(cleo).expect_popup() as opened:
        cleo.press("Bluesky")
    opened.value.close()
    address = unquote(cleo.js("return find('Bluesky').href"))
    assert not TOKEN.search(address)
    assert LINKS not in cleo.door.lines()
    assert NOTES not in cleo.door.lines()


def test_a_bar_covers_no_text_in_a_narrow_window_and_can_be_closed_in_a_wide_one(cleo: Person) -> None:
    where = "return getComputedStyle(document.querySelector('pass-along')).position"
    resized(cleo, 1020, 700)
    drawn(cleo, BAR)
    assert cleo.js(where) == "static"
    assert not cleo.js("return controls().some((e) => nameOf(e) === 'Close')")
    resized(cleo, 1100, 700)
    assert cleo.js(where) == "fixed"
    cleo.press("Close")
    cleo.until("!controls().length")


def test_a_bar_has_one_line_between_two_entries_also_in_forced_colours(cleo: Person) -> None:
    cleo.driver.begin(forced_colors="active")
    resized(cleo, 1920, 900)
    drawn(cleo, BAR)
    widths = cleo.js(
        """return deep(document).filter((e) => e.matches("li > *")).map((e) => getComputedStyle(e).borderWidth)"""
    )
    assert widths == ["0px", *["1px 0px 0px"] * (len(widths) - 1)]


def test_places_of_the_owners_own_and_rare_ones_have_a_name_a_glyph_and_the_link(cleo: Person) -> None:
    own = """<script>along = { config: { targets: {
      intranet: ["Intranet", "https://intranet.example/?u={u}"], bad: ["Bad", "javascript:alert(1)"] } } }</script>"""
    cleo.come("<pass-along to='intranet bad vk viber email'></pass-along>", own)
    cleo.share()
    cleo.until("field().value.includes('ht=')")
    entries = cleo.until(
        """(() => {
          const links = [...panel().querySelectorAll("ul")][0].querySelectorAll("a");
          const pathOf = (e) => e.querySelector("path").getAttribute("d");
          const drawn = [...links].map((e) => [nameOf(e).split(" (")[0], e.href, pathOf(e)]);
          return drawn.every(([, , path]) => path) && drawn;
        })()"""
    )
    assert [name for name, *_ in entries] == ["Intranet", "VK", "Viber", "Email"]
    assert all("ht%3D" in href for _, href, _ in entries)
    cleo.well()


def test_icons_off_draws_none(cleo: Person) -> None:
    cleo.come("<pass-along icons=off></pass-along>")
    cleo.share()
    assert cleo.js("return panel().querySelectorAll('svg').length") == 0


# --- why a link is plain ----------------------------------------------------------------------------------------------


def why(cleo: Person) -> str:
    """The reason that `along.explain()` gives for the first button."""
    return str(cleo.js("return (await along.explain()).links[0].why"))


def test_explain_says_why_a_link_is_plain(cleo: Person) -> None:
    cleo.come()
    cleo.until("along.explain && document.querySelector('pass-along').shadowRoot && 1")
    assert "nobody has pointed" in why(cleo)
    cleo.share()
    cleo.until("field().value.includes('ht=')")
    assert why(cleo) == "it has a code"
    cleo.js("along.consent(false)")
    assert "consent" in why(cleo)
    assert "GET /along/explain.js" in cleo.door.lines()


def test_explain_says_where_each_setting_came_from(cleo: Person) -> None:
    cleo.come("<pass-along credit=off></pass-along>", "<script>along = { config: { days: 7 } }</script>")
    cleo.until("along.explain && document.querySelector('pass-along').shadowRoot && 1")
    found = cleo.js("const { settings, links } = await along.explain(); return [settings, links[0].why]")
    assert {"name": "days", "value": 7, "from": "along.config on this page"} in found[0]
    assert "the element's attribute" in found[1]


def test_debugging_is_drawn_for_who_asks_and_for_nobody_else(cleo: Person) -> None:
    url = cleo.come()
    cleo.until("document.querySelector('pass-along').shadowRoot && 1")
    assert "GET /along/explain.js" not in cleo.door.lines()
    cleo.driver.open(url + "?along-debug")
    said = cleo.until("document.querySelector('#along-debug')?.shadowRoot.textContent")
    assert "nobody's link led here" in said
    assert "Nothing was found." in said


def test_a_policy_that_forbids_the_server_is_named_in_the_console(cleo: Person) -> None:
    said = heard(cleo)
    policy = "<meta http-equiv=Content-Security-Policy content=\"connect-src 'self'\">"
    cleo.come(head=policy)
    cleo.until("along.explain && 1")
    problems = cleo.js("return (await along.explain()).problems")
    assert problems == [f"this page's Content Security Policy forbids {cleo.door.url}: add it to connect-src"]
    cleo.js("await along.explain()")
    assert sum("forbids" in text and "Passalong" in text for text in said) == 1


def test_icons_that_are_switched_off_go_from_a_row_that_is_there_and_come_back(cleo: Person) -> None:
    drawn(cleo, ROW)
    glyphs = "return document.querySelector('pass-along').shadowRoot.querySelectorAll('svg').length"
    assert cleo.js(glyphs) == len(NAMES)
    for icons, left in (("off", 0), ("on", len(NAMES))):
        cleo.js("document.querySelector('pass-along').setAttribute('icons', given[0])", icons)
        cleo.until(f"document.querySelector('pass-along').shadowRoot.querySelectorAll('svg').length === {left}")
