"""The pages as somebody has set their system: without scripts, on paper, with less motion, in forced colours."""

import re

import pytest
from playwright.sync_api import Browser

from portal_history import FULL, MUCH
from portal_states import SPACE_OUT, TOO_WIDE, UNSEEN, Gallery

pytestmark = pytest.mark.browser


def test_all_of_it_works_without_a_script(chromium: Browser, gallery: Gallery) -> None:
    """Read, ask, hide a name, use credit: forms alone, and each page says what became of it."""
    url = gallery.served.url
    with gallery.browser(chromium, FULL, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{url}/me/claims/new")
        page.fill("#order", "1234")
        page.fill("#words", "It should have counted.")
        page.click("main button")
        assert "It should have counted." in page.inner_text("main")
        page.goto(f"{url}/me/privacy")
        page.fill("#name", "Anna")
        page.get_by_role("button", name="Save", exact=True).click()
        assert page.input_value("#name") == "Anna"
        page.goto(f"{url}/me/use")
        page.fill("#give_back-EUR", "1.20")
        page.locator("li", has=page.locator("#give_back-EUR")).get_by_role("button").click()
        page.click("main .row button >> text=Confirm")
        assert "You gave €1.20" in page.inner_text("main")
        page.click("text=Dark")
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.goto(f"{url}/me/keep")
        page.fill("#address", "anna@example.org")
        page.click("text=Send me a link")
        assert "we've sent a link" in page.inner_text("main")


def test_yes_and_no_are_the_same_size(chromium: Browser, gallery: Gallery) -> None:
    with gallery.browser(chromium, FULL) as context:
        page = context.new_page()
        for path in ("/me/privacy/erase", "/me/use/confirm?way=give_back&unit=EUR&amount=1"):
            page.goto(f"{gallery.served.url}{path}")
            boxes = [one.bounding_box() for one in page.locator("main .row .btn").all()]
            heights = {round(box["height"]) for box in boxes if box}
            assert len(boxes) == 2
            assert len(heights) == 1
            assert min(heights) >= 44


def test_the_picture_shows_one_size(chromium: Browser, gallery: Gallery) -> None:
    with gallery.browser(chromium, MUCH) as context:
        page = context.new_page()
        for width, seen in ((1200, "wide"), (320, "narrow")):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{gallery.served.url}/me")
            shown = [one.get_attribute("class") for one in page.locator("svg.tree").all() if one.is_visible()]
            assert shown == [f"tree {seen}"]
            words = page.locator(f"svg.{seen} text").all()
            sizes = [float(word.evaluate("e => e.getBoundingClientRect().height")) for word in words]
            assert min(sizes) >= 13


@pytest.mark.parametrize("path", ["/me", "/me/credit", "{much_why}", "/me/statement"])
def test_on_paper_a_page_is_black_on_white_and_has_nothing_to_press(
    chromium: Browser, gallery: Gallery, path: str
) -> None:
    with gallery.browser(chromium, MUCH, color_scheme="dark", viewport={"width": 718, "height": 1_000}) as context:
        page = context.new_page()
        page.goto(f"{gallery.served.url}{path.format_map(gallery.known)}")
        page.emulate_media(media="print")
        seen = [e for e in page.locator("nav, button, .btn, .foot, .skip").all() if e.is_visible()]
        assert seen == []
        ink, paper = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).background]"
        )
        assert sum(map(int, re.findall(r"\d+", ink)[:3])) < 120
        assert sum(map(int, re.findall(r"\d+", paper)[:3])) > 700
        assert page.evaluate(TOO_WIDE) <= 0
        assert page.pdf(format="A4").startswith(b"%PDF")


def test_with_less_motion_nothing_moves_and_without_it_nothing_does_either(chromium: Browser, gallery: Gallery) -> None:
    durations = """() => [...new Set([...document.querySelectorAll("*")].flatMap(e => {
        const style = getComputedStyle(e);
        return (style.transitionDuration + "," + style.animationDuration).split(",").map(parseFloat); }))]"""
    with gallery.browser(chromium, MUCH) as context:
        page = context.new_page()
        page.goto(f"{gallery.served.url}/me")
        assert page.evaluate(durations) == [0]
        page.evaluate(SPACE_OUT, "a{transition:opacity 1s}")
        assert page.evaluate(durations) != [0]


def test_in_forced_colours_states_edges_and_focus_are_still_seen(chromium: Browser, gallery: Gallery) -> None:
    shape = """e => { const style = getComputedStyle(e, "::before");
        return [style.borderTopWidth, style.borderRadius, style.backgroundColor, style.transform].join(); }"""
    with gallery.browser(chromium, FULL, forced_colors="active") as context:
        page = context.new_page()
        page.goto(f"{gallery.served.url}/me/credit")
        states = ("waiting", "ready", "taken_back", "used")
        shapes = {page.locator(f".st-{state}").first.evaluate(shape) for state in states}
        assert len(shapes) == len(states), shapes
        for name in (".btn", ".sum", ".top"):
            assert page.locator(name).first.evaluate("e => getComputedStyle(e).borderBottomStyle") == "solid"
        page.keyboard.press("Tab")
        assert page.evaluate(UNSEEN) == ""
