"""Otto chooses how the widget looks: the live widget, its code and the errors follow what he types."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser_table import ASK_AXE, AXE, TAGS
from cast import a_site
from passalong.flow.owners import sites
from passalong.lib.clock import SystemClock
from plumbing.browsers import NewContext
from serving import Passalong, start

pytestmark = pytest.mark.browser
SITE = "bees01"
WIDTHS = (320, 390, 1_100, 1_920)
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
TOP_OF = "selector => document.querySelector(selector).getBoundingClientRect().top"
PICTURES = os.environ.get("PASSALONG_TEST_PICTURES", "")
"""A folder for pictures of the page, to look at."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Passalong]:
    """A server with Otto's new site; the page changes nothing there."""
    folder = tmp_path_factory.mktemp("appearance")
    made = start(f"sqlite:///{folder / 'appearance.sqlite3'}", folder)
    a_site(made.db, SystemClock())
    yield made
    made.stop()


def open_appearance(served: Passalong, page: Page, query: str = "") -> None:
    """Otto has opened the page of his console."""
    code = sites.new_owner_code(served.db, SystemClock(), SITE)
    page.goto(f"{served.url}/start?k={SITE}.{code}")
    page.get_by_role("button", name="Open the console").click()
    page.goto(f"{served.url}/console/{SITE}/appearance{query}")


def test_the_live_widget_and_the_code_follow_every_choice(served: Passalong, new_context: NewContext) -> None:
    page = new_context().new_page()
    open_appearance(served, page)
    widget, code = page.locator(".own pass-along"), page.locator("#code")
    page.get_by_label("Layout").select_option("row")
    expect(widget.get_by_role("link", name="Mastodon")).to_be_visible()
    expect(code).to_contain_text('<pass-along as="row">')
    page.get_by_label("Symbols beside the names").select_option("off")
    expect(widget.locator("li svg")).to_have_count(0)
    page.get_by_label("Hashtags").fill("#bread oven")
    page.get_by_label("Your account on X").fill("@anna_bakes")
    expect(code).to_contain_text('icons="off" hashtags="bread oven" via="anna_bakes"')
    to_x = widget.get_by_role("link", name="X", exact=False).filter(has_text="X").first
    expect(to_x).to_have_attribute("href", re.compile("hashtags=bread(,|%2C)oven&via=anna_bakes"))
    page.get_by_label("Layout").select_option("bar")
    expect(widget.get_by_role("button", name="Close")).to_be_visible()
    ground, bar = page.locator(".own .ground").bounding_box(), widget.bounding_box()
    assert ground and bar
    assert ground["x"] <= bar["x"] < ground["x"] + ground["width"]
    page.get_by_label("Layout").select_option("button")
    expect(widget.get_by_role("button", name="Share", exact=True)).to_be_visible()
    assert 'as="' not in code.inner_text()


def test_an_error_appears_beside_the_field_while_typing_and_goes_again(
    served: Passalong, new_context: NewContext
) -> None:
    page = new_context().new_page()
    open_appearance(served, page)
    via = page.get_by_label("Your account on X")
    via.fill("not an account")
    expect(page.locator("#via-error")).to_contain_text("“not an account” is not an account on X")
    expect(page.get_by_role("alert")).to_contain_text("not an account on X")
    expect(via).to_have_attribute("aria-invalid", "true")
    expect(via).to_have_value("not an account")
    expect(page.locator("#code")).to_have_text("<pass-along></pass-along>")
    via.fill("anna")
    expect(page.locator("#via-error")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#code")).to_contain_text('via="anna"')


def test_on_a_phone_the_widget_is_seen_before_the_list_of_networks(served: Passalong, new_context: NewContext) -> None:
    page = new_context(phone=True).new_page()
    open_appearance(served, page)
    assert page.evaluate(TOP_OF, ".stages") < page.evaluate(TOP_OF, "#code") < page.evaluate(TOP_OF, "#targets")


def test_enter_in_a_field_shows_the_choice_without_javascript(served: Passalong, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    open_appearance(served, page)
    page.get_by_label("Hashtags").fill("bread")
    page.get_by_label("Hashtags").press("Enter")
    expect(page.locator("#code")).to_contain_text('hashtags="bread"')


@pytest.mark.parametrize("query", ["", "?as=row", "?as=bar", "?as=tower&colour=red&page=x&label=%1b&via=%22&order=y"])
def test_the_page_is_fit_for_everybody(served: Passalong, new_context: NewContext, query: str) -> None:
    """No fault by axe in both schemes and nothing wider than the window, in every layout and with errors."""
    page = new_context().new_page()
    open_appearance(served, page, query)
    page.add_init_script(path=AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(TOO_WIDE) <= 0, width
            if PICTURES:
                name = f"appearance-{query[1:7] or 'usual'}-{scheme}-{width}.png"
                page.screenshot(path=Path(PICTURES) / name, full_page=True)
        found = page.evaluate(ASK_AXE, TAGS)
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
