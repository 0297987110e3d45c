"""One walk with a real screen reader: Orca before Chromium, through sharing, thanks and the portal, by keys alone.

`docs/screen-reader.md` has what it said, shortened: `pytest -m long -s` on this file prints all of it.
"""

import pytest
from playwright.sync_api import Playwright

from browser_table import BUTTON, SITE, Street
from cast import an_id, anna
from plumbing.screen_reader import ScreenReader, a_screen_reader

pytestmark = [pytest.mark.browser, pytest.mark.long]


def test_sharing_thanks_and_the_portal_are_said_and_worked_by_keys(
    playwright_driver: Playwright, screen: str, street: Street
) -> None:
    with a_screen_reader(playwright_driver, screen) as reader:
        try:
            share(reader, street)
            thank(reader, street)
            visit_the_portal(reader, street)
        finally:
            print("\n".join(reader.said()))


def share(reader: ScreenReader, street: Street) -> None:
    """Open the panel, hear its parts, copy the link."""
    reader.open(street.site.put(BUTTON, f"<title>Bees in winter</title>{street.tag()}"))
    reader.hears("Finished loading Bees in winter")
    reader.page.wait_for_function("document.querySelector('pass-along').shadowRoot")
    reader.tabs_to("Share collapsed push button")
    reader.page.wait_for_function("document.querySelector('pass-along').shadowRoot.querySelector('[popover]')")
    reader.press("Return")
    reader.hears("Copy link")
    assert not any("Other networks" in said for said in reader.said()), "the whole panel is read out"
    reader.tabs_to("WhatsApp")


def thank(reader: ScreenReader, street: Street) -> None:
    """Arrive through Anna's link, hear who learns of it, say thank you."""
    page = street.site.put("<h1>Bees</h1><pass-thanks></pass-thanks>", f"<title>Bees</title>{street.tag()}")
    reader.open(f"{page}?ht={street.token(page)}")
    reader.hears("Someone passed this to you")
    reader.page.wait_for_function("document.querySelector('pass-thanks').shadowRoot?.querySelector('button')")
    reader.press("Home")
    reader.tabs_to("Thank you push button")
    reader.press("Return")
    reader.hears("✓")


def visit_the_portal(reader: ScreenReader, street: Street) -> None:
    """Open Anna's credit, and go from heading to heading."""
    client = street.served.client()
    client.share(SITE, street.token(), guest=anna.guest, note_id=an_id("heard"))
    street.served.settled()
    reader.open(client.send("POST", "/v1/credit", {"site": SITE, "guest": anna.guest}).json()["url"])
    reader.page.wait_for_url("**/me")
    reader.hears("Finished loading")
    for _ in range(4):
        reader.press("h")
        reader.hears("heading level")
