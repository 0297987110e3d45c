"""The console's lists in a browser: a screen and a half tall, new events announced, all of it without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from cast import a_person, an_id, anna
from client import Client
from flow.office import PAGE, SITE
from portal_history import OTTO
from portal_states import Gallery

pytestmark = pytest.mark.browser
EVENTS = f"/console/{SITE}/events"
HEIGHT = "document.documentElement.scrollHeight / innerHeight"


def shown(gallery: Gallery, chromium: Browser, path: str, **options: object) -> Iterator[Page]:
    """A page of the console in Otto's browser."""
    with gallery.browser(chromium, OTTO, **options) as context:
        page = context.new_page()
        page.goto(f"{gallery.served.url}{path}")
        yield page


@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024), (1440, 900), (1920, 1080)])
def test_the_list_of_events_is_a_screen_and_a_half_tall(
    chromium: Browser, gallery: Gallery, width: int, height: int
) -> None:
    for page in shown(gallery, chromium, f"{EVENTS}?range=90", viewport={"width": width, "height": height}):
        assert page.locator("table.lines tbody tr").count() >= 10
        assert page.evaluate(HEIGHT) <= 1.5


def test_a_new_event_is_announced_and_shown_by_loading_again(chromium: Browser, gallery: Gallery) -> None:
    for page in shown(gallery, chromium, EVENTS):
        page.clock.install()
        page.reload()
        assert page.locator(".live").inner_text() == ""
        client: Client = gallery.served.client()
        token = client.issue_link(SITE, guest=anna.guest, page=PAGE, request_id=an_id("live", 1))
        came = client.visit(SITE, token, visitor=a_person("live").visitor, page=PAGE, note_id=an_id("visit", "live"))
        assert came.status == 202
        for _ in range(30):
            page.clock.run_for(10_000)
            if page.locator(".live").inner_text():
                break
            page.wait_for_timeout(200)
        expect(page.locator(".live a")).to_have_text("1 new event. Show it")


def test_without_javascript_events_are_found_and_read(chromium: Browser, gallery: Gallery) -> None:
    for page in shown(gallery, chromium, EVENTS, java_script_enabled=False):
        page.get_by_label("Order, visit, link, person or page").fill("early")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name=re.compile("Why")).first.click()
        expect(page.get_by_role("heading", name="What was received")).to_be_visible()
