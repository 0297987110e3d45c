"""What `passalong demo run` tells people to do, done in a real browser: share, come, buy, look, return."""

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from demo.places import Place, running
from plumbing.browsers import NewContext, move_a_little

ARTICLES = ["bees-in-winter", "planting-for-pollinators", "how-a-hive-decides"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_page(context: BrowserContext, address: str, faults: list[str]) -> Page:
    """A page that notes down whatever its console says: a strict policy that is broken shows nowhere else."""
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    return page


def reload_until(page: Page, words: str, within_s: float = 20.0) -> None:
    """Reload a page until it says these words."""
    over = time.monotonic() + within_s
    while words not in page.get_by_role("main").inner_text():
        assert time.monotonic() < over, words
        page.reload()


def test_the_four_steps_do_what_they_say(place: Place, new_context: NewContext) -> None:
    faults: list[str] = []
    with running(place) as (_, lines):
        article, console = re.findall(r"http://[^\s,]+", "\n".join(lines))
        anna = new_context(permissions=["clipboard-read", "clipboard-write"])
        annas = open_page(anna, article, faults)
        annas.get_by_role("button", name="Share").click()
        expect(annas.get_by_label("Link", exact=True)).to_have_value(re.compile(r"\?ht="))
        annas.get_by_role("button", name="Copy link").click()
        link = annas.evaluate("navigator.clipboard.readText()")

        cleos = open_page(new_context(), link, faults)
        with cleos.expect_response(lambda answer: answer.url.endswith("/v1/notes")) as noted:
            cleos.wait_for_function("!!window.along?.code")
            move_a_little(cleos)
        assert noted.value.headers["along-kept"] == "visit"
        cleos.get_by_role("link", name="Shop", exact=True).click()
        cleos.get_by_role("button", name="Hive kit").click()
        expect(cleos.get_by_text("You bought: Hive kit, €42.00.")).to_be_visible()
        expect(cleos.get_by_text("The order carried one")).to_be_visible()

        annas.reload()
        annas.get_by_role("button", name="Share").click()
        with anna.expect_page() as opened:
            annas.get_by_role("link", name="Your credit").click()
        credit = opened.value
        credit.wait_for_url("**/me")
        expect(credit.get_by_role("main")).to_contain_text("You have earned €3.36 and 8 points")

        ottos = open_page(new_context(), console, faults)
        ottos.get_by_role("button", name="Open the console").click()
        expect(ottos.get_by_role("main")).to_contain_text("€42.00")

        cleos.get_by_role("button", name="Return it").click()
        expect(cleos.get_by_text("You got €42.00 back.")).to_be_visible()
        reload_until(credit, "Taken back")
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_almanac_fits_a_small_phone_moves_nothing_and_is_open_to_all(
    place: Place, new_context: NewContext, scheme: str
) -> None:
    faults: list[str] = []
    with running(place):
        page = open_page(new_context(viewport={"width": 320, "height": 640}, color_scheme=scheme), place.shop, faults)
        for path in ["", "shop", *ARTICLES]:
            page.goto(f"{place.shop}/{path}")
            page.wait_for_function("window.along")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
            assert page.evaluate(SHIFTS) == 0
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
    assert faults == []


SHIFTS = """() => new Promise((tell) => {
    new PerformanceObserver((list) => tell(list.getEntries().reduce((sum, entry) => sum + entry.value, 0)))
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => tell(0), 300);
})"""
