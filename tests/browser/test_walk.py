"""The panel by keyboard alone, as a screen reader hears it: roles, names and states out of the browser's own tree.

At every stop the ring of the focus must be seen, and what has it must not be covered. Chromium tells its tree; that the
keys lead the same way in Firefox and WebKit is asked in test_looks.py.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from browser_table import EYES, Person, Street
from passalong.web.browser.releases import STATIC
from plumbing.drivers import Played

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.browser
DARK = '<meta name=color-scheme content="light dark">'
BODY = "<main><h1>Bees</h1><pass-along></pass-along><p>In winter <a href='/blank'>After</a></p></main>"
PLACES = ("WhatsApp", "Mastodon", "Bluesky", "LinkedIn", "X", "Facebook", "Reddit")
SETTINGS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "light": ("en", "ltr", {"color_scheme": "light"}),
    "dark, twice as large": ("fr", "ltr", {"color_scheme": "dark", "size": (640, 400)}),
    "forced colours, right to left": ("ar", "rtl", {"forced_colors": "active"}),
    "dark, less motion, right to left": ("he", "rtl", {"color_scheme": "dark", "reduced_motion": "reduce"}),
    "four times as large": ("de", "ltr", {"size": (320, 256)}),
}
SEEN = """
  const e = active(), box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const topmost = (root, x, y) => {
    const found = root.elementFromPoint(x, y);
    return found?.shadowRoot && found !== root.host ? topmost(found.shadowRoot, x, y) : found;
  };
  return {
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    uncovered: e.contains(topmost(document, box.x + box.width / 2, box.y + box.height / 2)),
    inside: box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight,
  };
"""


class Reader:
    """What a screen reader is told by the browser."""

    def __init__(self, person: Person):
        assert isinstance(person.driver, Played)
        self.person, self.page = person, person.driver.page
        self._cdp = self.page.context.new_cdp_session(self.page)

    def heard(self) -> tuple[str, str, dict[str, Any]]:
        """Role, name and states of what has the focus."""
        found = self._cdp.send("Runtime.evaluate", {"expression": f"(() => {{ {EYES}; return active() }})()"})
        asked = {"objectId": found["result"]["objectId"], "fetchRelatives": False}
        node = self._cdp.send("Accessibility.getPartialAXTree", asked)["nodes"][0]
        states = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
        return node["role"]["value"], node["name"]["value"], states

    def step(self, key: str = "Tab") -> tuple[str, str]:
        """One key; the role and the name of where it leads. The ring is seen, and nothing lies over it."""
        self.person.keys(key)
        seen = self.person.js(SEEN)
        role, name, _ = self.heard()
        assert seen == {"ring": True, "uncovered": True, "inside": True}, (role, name, seen)
        return role, name


def words_of(language: str) -> dict[str, str]:
    """What the panel says in a language."""
    if language == "en":
        found: dict[str, str] = json.loads((ROOT / "widget/words/en.json").read_text())
        return found
    found = json.loads((STATIC / f"along/words.{language}.js").read_text().removeprefix("export default "))
    return found


def come(person: Person, language: str, direction: str, media: dict[str, Any]) -> Reader:
    """Open the page as somebody's system shows it."""
    size = media.get("size", (1200, 800))
    person.driver.begin(**{name: value for name, value in media.items() if name != "size"})
    assert isinstance(person.driver, Played)
    person.driver.page.set_viewport_size({"width": size[0], "height": size[1]})
    person.come(BODY, DARK, of_html=f"lang={language} dir={direction}")
    person.until("window.along?.config && document.querySelector('pass-along').shadowRoot")
    return Reader(person)


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_whole_panel_is_walked_by_keyboard_and_every_stop_is_heard(
    chromium_driver: Played, street: Street, setting: str
) -> None:
    language, direction, media = SETTINGS[setting]
    chromium_driver.begin()
    person = Person(chromium_driver, street)
    reader, words = come(person, language, direction, media), words_of(language)

    role, share = reader.step()
    assert (role, reader.heard()[2]["expanded"]) == ("button", False)
    person.keys("Enter")
    person.until("panel()?.matches(':popover-open') && active().part.contains('copy')")
    person.until("field().value.includes('ht=')")
    person.js("await Promise.all(panel().getAnimations().map((one) => one.finished))")
    assert reader.heard()[:2] == ("button", words["copy"])
    role, name = reader.step("Shift+Tab")
    assert (role, name, reader.heard()[2]["readonly"]) == ("textbox", words["link"], True)
    assert person.js("return [active().selectionStart, active().selectionEnd === active().value.length]") == [0, True]

    tab = f" ({words['newTab']})"
    expected = [
        ("button", words["copy"]),
        ("link", words["email"]),
        *(("link", place + tab) for place in PLACES),
        ("button", words["qr"]),
        ("link", words["others"] + tab),
        ("button", words["no"]),
        ("link", words["what"] + tab),
    ]
    assert [reader.step() for _ in expected] == expected
    for key in ("Shift+Tab", "Space"):
        person.keys(key)
    person.until("!field().value.includes('ht=')")
    assert reader.heard()[1:] == (words["no"], reader.heard()[2])
    assert reader.heard()[2]["pressed"] == "true"

    person.keys("Escape")
    person.until("!panel().matches(':popover-open')")
    role, name, states = reader.heard()
    assert (role, name, states["expanded"]) == ("button", share, False)
    person.keys("Tab")
    assert reader.heard()[:2] == ("link", "After")
    assert person.seen()["errors"] == []


def test_a_stop_without_a_ring_would_have_been_noticed(chromium_driver: Played, street: Street) -> None:
    chromium_driver.begin()
    reader = come(Person(chromium_driver, street), "en", "ltr", {})
    reader.person.js("find('Share').style.outline = 'none'")
    with pytest.raises(AssertionError, match="'ring': False"):
        reader.step()


def test_the_groups_around_them_are_heard_too(chromium_driver: Played, street: Street) -> None:
    """The panel is a group of the button's name, its places a list, and what happened is said by a status."""
    chromium_driver.begin()
    person = Person(chromium_driver, street)
    reader = come(person, "en", "ltr", {})
    person.share()
    person.until("field().value.includes('ht=')")
    nodes = reader._cdp.send("Accessibility.getFullAXTree")["nodes"]
    heard = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]}
    assert {("group", "Share"), ("list", ""), ("status", ""), ("navigation", "")} <= heard
    unnamed = [
        node for node in nodes if node["role"]["value"] in ("button", "link", "textbox") and not node["name"]["value"]
    ]
    assert unnamed == []
    # Anywhere else Chromium calls the panel the button's details, and Orca reads all of it at once.
    assert person.js("return find('Share').nextElementSibling === panel()")
