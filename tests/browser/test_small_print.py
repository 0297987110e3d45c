"""Sentences of the README that nothing else holds: what is copied by hand, which title goes out, where the panel opens.

The same code in every engine, so all of it runs in Chromium.
"""

import pytest

from browser_table import BUTTON, Person, Street
from plumbing.drivers import Played

pytestmark = pytest.mark.browser
NO_CLIPBOARD = """<script>
  navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  document.execCommand = () => false;
</script>"""


@pytest.fixture
def otto_sees(chromium_driver: Played, street: Street) -> Person:
    """Somebody before Chromium."""
    chromium_driver.begin()
    return Person(chromium_driver, street)


def open_panel(person: Person) -> None:
    """Share, and wait for a link with a code."""
    person.share()
    person.until("field().value.includes('ht=')")


def test_where_copying_is_refused_the_link_is_selected_and_the_keys_are_said(otto_sees: Person) -> None:
    otto_sees.come(head=NO_CLIPBOARD)
    open_panel(otto_sees)
    otto_sees.press("Copy link")
    otto_sees.until("find('Press Ctrl+C')")
    marked = otto_sees.js("const e = active(); return e.value.slice(e.selectionStart, e.selectionEnd)")
    assert marked == otto_sees.link
    assert otto_sees.door.notes() == [], "nothing was shared yet"
    otto_sees.keys("Control+c")
    otto_sees.door.wait_for("POST /v1/notes")
    assert otto_sees.door.notes()[0]["to"] == "copy"


def test_copied_is_said_for_four_seconds(otto_sees: Person) -> None:
    assert isinstance(otto_sees.driver, Played)
    clock = otto_sees.driver.page.clock
    clock.install()
    otto_sees.come()
    open_panel(otto_sees)
    clock.pause_at(otto_sees.js("return Date.now()") + 1_000)  # from here on time passes by our word alone
    otto_sees.press("Copy link")
    otto_sees.until("find('Link copied')")
    clock.run_for(3900)
    assert otto_sees.js("return !!find('Link copied')")
    clock.run_for(200)
    assert otto_sees.js("return [!!find('Link copied'), !!find('Copy link')]") == [False, True]


OG = '<meta property="og:title" content="Bees &amp; their winter">'


@pytest.mark.parametrize(
    ("attribute", "head", "title"),
    [
        ('title="A hive"', OG, "A hive"),
        ("", OG, "Bees & their winter"),
        ("", "", "Bees in winter"),
        ("", '<meta property="og:title" content="">', "Bees in winter"),
    ],
    ids=["its own", "og:title", "the document's", "an empty og:title"],
)
def test_the_nearest_title_goes_out(otto_sees: Person, attribute: str, head: str, title: str) -> None:
    otto_sees.come(f"<pass-along {attribute}></pass-along>", head)
    open_panel(otto_sees)
    sent = otto_sees.js("return new URL(find('Reddit').href).searchParams.get('title')")
    assert sent == title


def test_a_place_that_reads_og_url_gets_the_short_link_where_there_is_one(otto_sees: Person) -> None:
    address = "return new URL(find('Facebook').href).searchParams.get('u')"
    otto_sees.come()
    open_panel(otto_sees)
    assert otto_sees.js(address) == otto_sees.link
    otto_sees.come(head='<meta property="og:url" content="https://example.org/">')
    open_panel(otto_sees)
    assert str(otto_sees.js(address)).startswith(f"{otto_sees.door.url}/h/")


def test_what_is_this_leads_to_the_open_book_and_every_tab_of_its_own_knows_nothing_of_the_page(
    otto_sees: Person,
) -> None:
    otto_sees.come()
    open_panel(otto_sees)
    assert otto_sees.js("return find('What is this?').href") == f"{otto_sees.door.url}/open/bees01"
    tabs = otto_sees.js(
        "return controls().filter((e) => e.matches('a[target=_blank]')).map((e) => [e.rel, /new tab/.test(nameOf(e))])"
    )
    assert len(tabs) >= 9
    assert {tuple(tab) for tab in tabs} == {("noopener noreferrer", True)}


@pytest.mark.parametrize("where", ["", "above", "sheet"])
def test_the_panel_opens_where_its_owner_wants_it(otto_sees: Person, where: str) -> None:
    otto_sees.come(
        f"<div style='height:600px'></div><pass-along open='{where}'></pass-along><div style='height:900px'>"
    )
    otto_sees.js("scrollTo(0, 590 - (given[0] === 'above' ? 580 : 0))", where)
    open_panel(otto_sees)
    otto_sees.js("await Promise.all(panel().getAnimations().map((one) => one.finished))")
    button, panel, window = otto_sees.js(
        """const box = (e) => { const b = e.getBoundingClientRect(); return [b.top, b.bottom, b.left, b.width] };
        return [box(find("Share")), box(panel()), [innerHeight, document.documentElement.clientWidth]]"""
    )
    if where == "sheet":
        assert (round(panel[1]), panel[2], round(panel[3])) == (window[0], 0, window[1])
    elif where == "above":
        assert panel[1] <= button[0]
    else:
        assert panel[0] >= button[1]


@pytest.mark.parametrize(("width", "columns"), [(320, 2), (300, 1)])
def test_below_twenty_rem_the_places_stand_in_one_column(otto_sees: Person, width: int, columns: int) -> None:
    assert isinstance(otto_sees.driver, Played)
    otto_sees.driver.page.set_viewport_size({"width": width, "height": 800})
    otto_sees.come()
    open_panel(otto_sees)
    lefts = otto_sees.js(
        "return ['Email', 'WhatsApp', 'Mastodon'].map((name) => find(name).getBoundingClientRect().left)"
    )
    assert len(set(lefts)) == columns


def test_a_page_that_nobody_has_looked_at_is_no_arrival_until_somebody_does(otto_sees: Person) -> None:
    hidden = "<script>let away = true; Object.defineProperty(document, 'hidden', { get: () => away })</script>"
    otto_sees.come(head=hidden, query=f"?ht={otto_sees.street.token()}")
    otto_sees.stay()
    assert otto_sees.door.notes() == []
    otto_sees.js("away = false; document.dispatchEvent(new Event('visibilitychange'))")
    otto_sees.door.wait_for("POST /v1/notes")


@pytest.mark.parametrize("how", ["history.back()", "location.hash = 'ht=' + given[0]"])
def test_a_browser_without_the_navigation_api_is_followed_by_its_old_events(otto_sees: Person, how: str) -> None:
    token = otto_sees.street.token()
    old = "<script>Object.defineProperty(window, 'navigation', { value: undefined })</script>"
    otto_sees.come(head=old)
    if "back" in how:
        otto_sees.js("history.replaceState({}, '', '?ht=' + given[0]); history.pushState({}, '', '/elsewhere')", token)
    otto_sees.js(how, token)
    otto_sees.move_a_little()
    otto_sees.door.wait_for("POST /v1/notes")
    assert otto_sees.door.notes()[0]["token"] == token


def test_settings_come_from_the_attribute_then_from_the_page_then_from_the_site(otto_sees: Person) -> None:
    config = '<script>window.along = { config: { look: "solid", label: "Pass it on", credit: "off" } }</script>'
    url = otto_sees.come(BUTTON + '<pass-along label="Mine" credit="on"></pass-along>', config)
    otto_sees.until("find('Pass it on') && find('Mine')")
    looks = "return ['Pass it on', 'Mine'].map((name) => find(name).className.trim())"
    assert otto_sees.js(looks) == ["solid", "solid"]
    otto_sees.press("Pass it on")
    otto_sees.until("panel()?.matches(':popover-open')")
    assert otto_sees.link == url
    assert "POST /v1/links" not in otto_sees.door.lines()
