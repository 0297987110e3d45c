"""The gallery shows every look, state and language at once, sends nothing, and axe has nothing to say about any of it.

It takes some seconds: ten panels are opened one after the other, and somebody has to arrive.
"""

import pytest

from browser_table import SITE, Person, Street, violations
from passalong.flow.owners import sites
from passalong.lib.clock import SystemClock
from passalong.web.browser import releases
from plumbing.drivers import Played

pytestmark = pytest.mark.browser
LESS = ("region", "landmark-unique")
"""Ten panels at once are ten groups of one name: never so on a page."""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 320)])
def test_the_gallery_shows_everything_and_sends_nothing(
    chromium_driver: Played, street: Street, scheme: str, width: int
) -> None:
    chromium_driver.begin(color_scheme=scheme)
    person, page = Person(chromium_driver, street), chromium_driver.page
    page.set_viewport_size({"width": width, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    code = sites.new_owner_code(street.served.db, SystemClock(), SITE)
    page.goto(f"{street.door.url}/start?k={SITE}.{code}")
    page.get_by_role("button", name="Open the console").click()
    page.goto(f"{street.door.url}/console/{SITE}/gallery")
    page.wait_for_selector("html[data-shown]", state="attached", timeout=20_000)
    panels = "return deep(document).filter((e) => e.matches('[part~=panel]') && visible(e)).length"
    assert person.js(panels) == page.locator("[data-state]").count() >= 10
    assert person.js("return deep(document).some((e) => e.textContent === 'Credit goes to you (Ana).')")
    buttons = person.js("return deep(document).filter((e) => e.matches('[part~=button]') && visible(e)).length")
    assert buttons >= 12 + len(releases.languages())
    assert person.js("return controls().some((e) => nameOf(e).endsWith('count me'))")
    assert person.js("return { ...localStorage, ...sessionStorage }") == {}
    assert [line for line in street.door.lines() if "/v1/" in line] == []
    assert person.js("return document.documentElement.scrollWidth - innerWidth") <= 0
    assert errors == []
    assert [found for found in violations(person) if not found.startswith(LESS)] == []
